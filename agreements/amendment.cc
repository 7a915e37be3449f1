#include "agreements/amendment.h"

#include <algorithm>

namespace tallystick::agreements {
namespace {

bool SameParties(const Agreement& a, const Agreement& b) {
  return a.parties.size() == b.parties.size() &&
         std::all_of(a.parties.begin(), a.parties.end(), [&](const Party& party) {
           const Party* other = b.FindParty(party.id);
           return other != nullptr && other->signing_key == party.signing_key &&
                  other->sealing_key == party.sealing_key;
         });
}

bool SameIdentifiers(const Agreement& a, const Agreement& b) {
  const auto same = [](const Identifier& x, const Identifier& y) {
    return x.name == y.name && x.kind == y.kind && x.required == y.required;
  };
  return a.datasets.size() == b.datasets.size() &&
         std::all_of(a.datasets.begin(), a.datasets.end(), [&](const Dataset& dataset) {
           const Dataset* other = b.FindDataset(dataset.id);
           return other != nullptr && other->party == dataset.party &&
                  std::equal(dataset.identifiers.begin(), dataset.identifiers.end(),
                             other->identifiers.begin(), other->identifiers.end(), same);
         });
}

bool SameLinkage(const Agreement& a, const Agreement& b) {
  const auto same = [](const MatchKey& x, const MatchKey& y) {
    return x.name == y.name && x.parts == y.parts;
  };
  return a.linkage.protocol == b.linkage.protocol && a.linkage.padding == b.linkage.padding &&
         std::equal(a.linkage.ladder.begin(), a.linkage.ladder.end(), b.linkage.ladder.begin(),
                    b.linkage.ladder.end(), same);
}

}  // namespace

Result<crypto::Digest> ChainDigest(const Agreement& agreement,
                                   const std::optional<crypto::Digest>& predecessor_chain) {
  if (!agreement.replaces) return agreement.digest;
  if (!predecessor_chain) {
    return Error(Code::kFailedPrecondition, "agreement.predecessor-unknown",
                 "the version that this agreement amends is not known here")
        .With("agreement", Name(agreement.id));
  }
  return *predecessor_chain;
}

Status CheckAmendment(const Agreement& previous, const Agreement& next) {
  if (next.replaces != previous.digest || next.id != previous.id ||
      next.version != previous.version + 1) {
    return Error(Code::kInvalidArgument, "agreement.amendment",
                 "an amendment keeps the id, adds 1 to the version, and names the digest of the "
                 "version before")
        .With("agreement", Name(next.id))
        .With("version", static_cast<std::uint64_t>(next.version));
  }
  return Ok();
}

bool NeedsNewEpoch(const Agreement& previous, const Agreement& next) {
  return !SameParties(previous, next) || !SameIdentifiers(previous, next) ||
         !SameLinkage(previous, next);
}

}  // namespace tallystick::agreements
