#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace tallystick::crypto {

// LegacyHmac computes HMAC (RFC 2104) with SHA-1 or MD5, which the "double hash" of old linkage
// schemas is made of. It exists for agreement with partners who run clkhash, where it picks
// positions in a filter; nothing in Tallystick rests on either hash. Never use it to authenticate.
//
// Thread safety: const methods from any thread. Move-only; the key is wiped.
class LegacyHmac {
 public:
  enum class Hash { kSha1, kMd5 };
  static constexpr std::size_t kMaxSize = 20;

  LegacyHmac(Hash hash, ByteView key);

  // 20 for SHA-1, 16 for MD5.
  std::size_t size() const { return hash_ == Hash::kSha1 ? 20 : 16; }

  // Writes size() bytes. Cost: four compressions for a short message.
  void Compute(ByteView message, std::uint8_t out[kMaxSize]) const;

 private:
  Hash hash_;
  SecretBuffer inner_key_;  // the key block with each pad
  SecretBuffer outer_key_;
};

}  // namespace tallystick::crypto
