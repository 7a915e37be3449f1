// Versions of an agreement.
#pragma once

#include <optional>

#include "agreements/agreement.h"
#include "base/result.h"
#include "crypto/hash.h"

namespace tallystick::agreements {

// The digest of the first version, on which keys hang. `predecessor_chain` is the chain digest of
// the version this one replaces. Fails with kFailedPrecondition "agreement.predecessor-unknown"
// when it replaces one and none is given.
Result<crypto::Digest> ChainDigest(const Agreement& agreement,
                                   const std::optional<crypto::Digest>& predecessor_chain);

// Whether `next` amends `previous`: it names its digest, keeps its id and has the next version.
// Fails with kInvalidArgument "agreement.amendment".
Status CheckAmendment(const Agreement& previous, const Agreement& next);

// Whether an amendment needs a new ceremony: it changes party keys, identifiers or linkage.
bool NeedsNewEpoch(const Agreement& previous, const Agreement& next);

}  // namespace tallystick::agreements
