// SHA-256 (FIPS 180-4) and its digests.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tallystick::crypto {

// Digest is a SHA-256 value. Not a secret: it compares in variable time and prints as hex. The
// default is all zeros.
class Digest {
 public:
  static constexpr std::size_t kSize = 32;

  Digest() = default;

  // FromBytes takes exactly 32 bytes, else kInvalidArgument.
  static Result<Digest> FromBytes(ByteView bytes);
  // FromHex takes exactly 64 hex digits of either case, else kInvalidArgument.
  static Result<Digest> FromHex(std::string_view hex);

  ByteView view() const { return {reinterpret_cast<const char*>(bytes_.data()), kSize}; }
  std::string hex() const { return ToHex(view()); }

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  friend class Sha256Hasher;
  friend class HmacSha256;

  std::array<std::uint8_t, kSize> bytes_{};
};

// Sha256 hashes `bytes` in one call. Cost: about 0.1 µs, and 0.6 ns a byte with SHA extensions.
Digest Sha256(ByteView bytes);

// Sha256Hasher hashes what arrives in pieces. A copy continues from the same prefix.
//
// Thread safety: none.
class Sha256Hasher {
 public:
  Sha256Hasher();

  void Update(ByteView bytes);
  // Finish returns the digest of everything since construction or the last Finish(), and starts
  // anew.
  Digest Finish();

 private:
  alignas(8) std::array<unsigned char, 112> state_;  // a SHA256_CTX
};

}  // namespace tallystick::crypto

template <>
struct std::hash<tallystick::crypto::Digest> {
  // A digest is uniform already; its first bytes do.
  std::size_t operator()(const tallystick::crypto::Digest& digest) const noexcept {
    std::size_t value;
    std::memcpy(&value, digest.view().data(), sizeof value);
    return value;
  }
};
