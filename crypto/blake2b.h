#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace tallystick::crypto {

// KeyedBlake2b computes keyed BLAKE2b-512 (RFC 7693, sequential mode, no personalisation) under one
// key and one salt (the parameter block's bytes 32 to 47, BLAKE2 specification section 2.8). The
// key block is hashed once, when it is made: a short message then costs one compression, about
// 0.2 µs. This is the hash of the clkhash encoding; for anything new use HmacSha256.
//
// Thread safety: const methods from any thread. Move-only; the key state is wiped.
class KeyedBlake2b {
 public:
  static constexpr std::size_t kSize = 64;
  static constexpr std::size_t kMaxKeySize = 64;
  static constexpr std::size_t kSaltSize = 16;
  using Salt = std::array<std::uint8_t, kSaltSize>;

  // REQUIRES: `key` has 1 to kMaxKeySize bytes.
  KeyedBlake2b(ByteView key, const Salt& salt);

  KeyedBlake2b(KeyedBlake2b&& other) noexcept;
  KeyedBlake2b& operator=(KeyedBlake2b&&) = delete;
  ~KeyedBlake2b();

  void Compute(ByteView message, std::uint8_t out[kSize]) const;

 private:
  using State = std::array<std::uint64_t, 8>;

  State after_key_;
  State of_nothing_;  // the finished hash of the empty message: there the key block is the last
};

}  // namespace tallystick::crypto
