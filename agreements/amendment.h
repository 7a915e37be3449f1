// Versions of an agreement.
#pragma once

#include <optional>
#include <string>

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

// A party's new public keys, where it enrolled anew in another home.
struct PartyKeys {
  std::string party;
  Bytes signing_key, sealing_key;
};

// RotationText is the text of an amendment that has new key material and says nothing new: that of
// `current` with the next version and what it replaces, every other byte as it was, comments too.
// The same agreement always gives the same text. With `renewed`, that party's keys take the place
// of those in the text. A rotation that was turned down before it was active has its digest spent:
// `attempt` 2 and up differ in a comment at the end.
//
// Fails with kFailedPrecondition "agreement.rotate-by-hand" when the file spells what changes in a
// way that is not simply replaced (a version that is not plain digits, a key that stands twice),
// and with kInvalidArgument "agreement.party-unknown" when `renewed` is no party.
Result<Bytes> RotationText(const Agreement& current,
                           const std::optional<PartyKeys>& renewed = std::nullopt, int attempt = 1);

}  // namespace tallystick::agreements
