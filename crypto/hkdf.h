// HKDF (RFC 5869), with SHA-256 unless said otherwise.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace tallystick::crypto {

inline constexpr std::size_t kHkdfMaxLength = 255 * 32;

// HkdfExtract returns the pseudorandom key HMAC(salt, ikm). An empty salt is 32 zero bytes.
SecretBytes<32> HkdfExtract(ByteView salt, ByteView ikm);

// HkdfExpand returns 32 bytes for `info`.
SecretBytes<32> HkdfExpand(const SecretBytes<32>& prk, ByteView info);

// HkdfExpandBytes returns `length` bytes. REQUIRES: length <= kHkdfMaxLength. The caller wipes
// them where they are secret.
Bytes HkdfExpandBytes(ByteView prk, ByteView info, std::size_t length);

enum class HkdfHash { kSha256, kSha512 };
constexpr std::size_t HkdfMaxLength(HkdfHash hash) {
  return 255 * (hash == HkdfHash::kSha256 ? std::size_t{32} : std::size_t{64});
}

// HkdfBytes extracts, then expands, with a choice of hash, as linkage schemas of clkhash ask for
// it. An empty salt is as many zero bytes as the hash has. REQUIRES: length <= HkdfMaxLength(hash).
// The caller wipes the result.
Bytes HkdfBytes(HkdfHash hash, ByteView salt, ByteView ikm, ByteView info, std::size_t length);

}  // namespace tallystick::crypto
