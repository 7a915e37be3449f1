// Hashing to points of P-256, RFC 9380: the suites P256_XMD:SHA-256_SSWU_RO_ and _NU_. Nobody knows
// the discrete logarithm of what comes out.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/p256.h"

namespace tallystick::crypto {

// HashToCurve is hash_to_curve of section 3: indistinguishable from a random point. REQUIRES:
// 1 <= dst.size() <= 255. Fails only for a message whose two halves cancel out, which nobody can
// find. Cost: about 20 µs, the same for every message of one length. Thread safety: any thread.
Result<Point> HashToCurve(ByteView message, ByteView dst);

// EncodeToCurve is encode_to_curve: about half the points, unevenly, at half the cost. Only where a
// specification asks for it.
Point EncodeToCurve(ByteView message, ByteView dst);

}  // namespace tallystick::crypto
