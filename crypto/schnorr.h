// Schnorr proof of knowledge of a discrete logarithm on P-256 (RFC 8235), made non-interactive and
// bound to a context.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/p256.h"

namespace tallystick::crypto {

// A proof is R (65 bytes) ‖ s (32 bytes) with s·G = R + c·P and
// c = HashToScalar(lp(P) ‖ lp(R) ‖ lp(context), "tallystick/v1/schnorr").
inline constexpr std::size_t kSchnorrProofSize = 65 + 32;

// ProveKnowledge shows that the caller knows x with p = x·G, to whoever has the same context: a
// proof copied into another context does not verify. REQUIRES: p = x·G (checked).
Bytes ProveKnowledge(const Scalar& x, const Point& p, ByteView context);

// VerifyKnowledge fails with kPermissionDenied "crypto.bad-proof", whatever is wrong with it.
Status VerifyKnowledge(const Point& p, ByteView proof, ByteView context);

}  // namespace tallystick::crypto
