// Agreements: proposal, ceremony, transitions (protocol.md, section 2).
#pragma once

#include "agreements/agreement.h"
#include "matcher/registry/step.h"

namespace tallystick::matcher {

Result<Outcome> StepPropose(const storage::View& view, const Event& event,
                            const MatcherIdentity& matcher, const ProposeEvent& propose);
Result<Outcome> StepAgreement(const storage::View& view, const Event& event,
                              const AgreementStepEvent& step);

// Records that an agreement's term is over, and destroys what was submitted under it and the
// versions it replaced.
Result<Outcome> StepExpire(const storage::View& view, const Event& event,
                           const ExpireEvent& expire);
// The agreements that StepExpire has work with, by digest in hex.
Result<std::vector<std::string>> OverdueAgreements(const storage::View& view, Time now);

// AsOf returns the agreement as it stands at `now`: an agreement past its term is expired, whether
// or not that is recorded yet.
v1::AgreementState AsOf(v1::AgreementState agreement, Time now);

// RequireActive fails with kPermissionDenied and the rule that stands against using it.
Status RequireActive(const v1::AgreementState& agreement, Time now);

// RequireKeysOf fails with kFailedPrecondition "agreement.party-keys" when `party` has enrolled
// with another signing key than the one that the agreement names: what it signs now could never be
// verified with the agreement.
Status RequireKeysOf(const storage::View& view, const agreements::Agreement& terms,
                     std::string_view party);

// FindAgreementByName resolves what people call an agreement: an id (its newest version that `who`
// may see) or 8 or more hex digits of a digest.
Result<v1::AgreementState> FindAgreementByName(const storage::View& view, std::string_view name,
                                               std::string_view who);

}  // namespace tallystick::matcher
