// What the parties do with a protected table: give their part in opening its sums, where it has
// measures, and sign it (protocol.md, sections 6 and 7).
#pragma once

#include "matcher/registry/step.h"

namespace tallystick::matcher {

// StepOpening takes a party's partial decryptions, which it cannot read: one sealed set for each
// other party and nothing else. Once every party's are in, all are awaited again, to read the sums
// and sign. The same opening again changes nothing; another one is a kConflict "opening.given".
Result<Outcome> StepOpening(const storage::View& view, const Event& event,
                            const OpeningEvent& opening);

// StepReleaseApproval takes a party's signature of a table, or its signed refusal. Of a table with
// measures the signature is over the body with the statistics that the party has read from the
// opened sums: once the second party's differ, the request is refused.
Result<Outcome> StepReleaseApproval(const storage::View& view, const Event& event,
                                    const MatcherIdentity& matcher,
                                    const ReleaseApprovalEvent& approval);

}  // namespace tallystick::matcher
