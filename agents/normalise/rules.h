// What two agents compare before they trust that they normalise alike (protocol.md, section 2).
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace tallystick::agents {

// NormaliserDigest covers the version, the Unicode tables, the word lists and the nicknames. It is
// the same on every machine; under "normaliser 1" it never changes (a test holds its value). Cost:
// 1 ms once, then nothing.
crypto::Digest NormaliserDigest();

inline constexpr std::size_t kTestTokenCount = 64;

// TestTokens returns 64 tokens of 16 bytes, one behind the other, of committed made-up rows under
// the default ladder, with `key` as the token key of every match key. Equal tokens show that two
// programs follow the rules, and not only that they carry the same tables.
Bytes TestTokens(const crypto::SecretBytes<32>& key);

}  // namespace tallystick::agents
