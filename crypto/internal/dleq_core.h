// The proof with its nonce given, so that the vectors of RFC 9497 can be computed. Nothing but
// dleq.cc and tests includes this: two proofs with one nonce reveal the secret.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/dleq.h"

namespace tallystick::crypto {

// Fails, with a probability of 2^-250, when a hash or a sum is zero.
Result<Bytes> ProveDleqWith(const Scalar& k, const DleqBatch& batch, const DleqContext& context,
                            const Scalar& nonce);

}  // namespace tallystick::crypto
