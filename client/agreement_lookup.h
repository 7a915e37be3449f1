// Agreements by what people call them.
#pragma once

#include "agreements/agreement.h"
#include "client/matcher_client.h"

namespace tallystick::client {

// FindAgreement resolves an agreement's id, or 8 or more hex digits of its digest. Of several
// versions of one agreement the active one is meant, else the newest. The text is checked against
// its digest. Fails with kNotFound "agreement.unknown", kConflict "agreement.ambiguous" (a digest
// prefix of several, or an id of several that are no versions of each other and not the only active
// one).
Result<v1::AgreementState> FindAgreement(MatcherClient& matcher, std::string_view name);

// "active", "proposed", …
std::string_view PhaseName(v1::AgreementPhase phase);
std::string_view PhaseName(v1::RequestPhase phase);

// ParseServed parses the text of an agreement as the matcher serves it, after checking its digest.
Result<agreements::Agreement> ParseServed(const v1::AgreementState& state);

}  // namespace tallystick::client
