// Whether this agent takes part in anything under an agreement: decided from what was signed and
// from its own keys, so that a matcher that keeps quiet about a suspension, a revocation or an
// amendment gets no further approval, and one that invents a revocation destroys no key.
#pragma once

#include "agents/agent_home.h"
#include "client/matcher_client.h"

namespace tallystick::agents {

// RequireInForce fails with kPermissionDenied and rule AGR-REVOKED or AGR-SUSPENDED, or with
// kFailedPrecondition "agreement.no-secret" where the ceremony is not finished here, or its keys
// are destroyed because the term is over or an amendment took its place.
Status RequireInForce(const AgentHome& home, const agreements::Agreement& terms);

// RequireShare fails with kPermissionDenied and rule AGR-SHARE-LOST when this home no longer has
// its share of the agreement's joint key, or another than the ceremony proved: no sum of a measure
// can be opened then, by anyone, ever. Passes where the agreement declares no measure. Where the
// file is there and cannot be read, with kFailedPrecondition "agreement.share-unreadable". Cost: 10
// µs.
Status RequireShare(const AgentHome& home, const agreements::Agreement& terms);

// FollowStanding draws the consequences of what the matcher says of an agreement that this agent
// has signed, as far as they are proven: a revocation by the revoker's signature, an expiry by this
// agent's own clock, an amendment by its finished ceremony here. The secret is then destroyed.
// Fails with kPermissionDenied "agreement.unproven" when the matcher claims what nobody signed.
Status FollowStanding(const AgentHome& home, client::MatcherClient& matcher,
                      const v1::AgreementState& listed, Time now);

}  // namespace tallystick::agents
