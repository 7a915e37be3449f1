#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace tallystick::crypto {

// HmacSha256 computes HMAC-SHA-256 (RFC 2104) under one key. The two key blocks are hashed once,
// when it is made, because agents compute a million tokens under one key. To compare a tag that
// someone sent, use ConstantTimeEqual(), never ==.
//
// Thread safety: const methods from any thread. Move-only; the key state is wiped.
class HmacSha256 {
 public:
  // A key of any length; keys over 64 bytes are hashed first, as the RFC says.
  explicit HmacSha256(ByteView key);
  explicit HmacSha256(const SecretBytes<32>& key);

  HmacSha256(HmacSha256&& other) noexcept;
  HmacSha256& operator=(HmacSha256&& other) noexcept;
  HmacSha256(const HmacSha256&) = delete;
  HmacSha256& operator=(const HmacSha256&) = delete;
  ~HmacSha256();

  // Cost: about 0.12 µs for a message of up to 55 bytes with SHA extensions.
  Digest Compute(ByteView message) const;

  // ComputeTruncated16 writes the first 16 bytes of Compute(message), with no allocation.
  void ComputeTruncated16(ByteView message, std::uint8_t out[16]) const;

 private:
  using State = std::array<unsigned char, 112>;  // a SHA256_CTX

  void Init(ByteView key);
  void Compute(ByteView message, std::uint8_t out[32]) const;

  alignas(8) State inner_;
  alignas(8) State outer_;
};

}  // namespace tallystick::crypto
