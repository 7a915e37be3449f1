// HKDF with SHA-256 (RFC 5869).
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

}  // namespace tallystick::crypto
