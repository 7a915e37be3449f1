// The agent's part of the key ceremony, a step at a time.
#pragma once

#include <optional>

#include "agents/agent_home.h"
#include "agreements/ceremony.h"
#include "client/matcher_client.h"

namespace tallystick::agents {

// SignAgreement stores the agreement's bytes and the ceremony's keys, then commits. `agreement`
// must be what the matcher serves under its digest; the caller has compared the fingerprint.
// Repeating it is a no-op. Fails with kPermissionDenied "agreement.chain" when chain or epoch are
// not those of the agreement's history, with kConflict "agreement.signed-elsewhere" when another
// home of this institution has signed.
Status SignAgreement(const AgentHome& home, client::MatcherClient& matcher,
                     const agreements::Agreement& agreement, const v1::AgreementState& state);

// CeremonyTurn is what an agent does next in a ceremony.
struct CeremonyTurn {
  std::optional<v1::AgreementStep> step;  // to be posted; then it is this agent's turn again
  bool finished = false;                  // the secret is kept; nothing follows
};

// TakeCeremonyTurn decides by what the matcher shows, which it does not trust: every message of the
// other parties is verified against the agreement as signed here. What cannot be taken back is
// durable before it is returned. Where the keys are lost after the confirmation there is nothing to
// do any more, and the log says so. Fails as MakeReveal(), FinishCeremony() and CheckConfirmation()
// do, and with kPermissionDenied "ceremony.commitments-changed" when the share was revealed to
// other commitments before; nothing of the ceremony is kept then. No network. REQUIRES: Guard().
Result<CeremonyTurn> TakeCeremonyTurn(const AgentHome& home, const v1::AgreementState& state);

// AdvanceCeremony does whatever this agent can do for an agreement it has signed: reveal, confirm,
// and, when every confirmation holds, keep the secret and destroy the one-time keys. Returns true
// when something was done. A confirmation that does not hold is refused and nothing is kept.
Result<bool> AdvanceCeremony(const AgentHome& home, client::MatcherClient& matcher,
                             v1::AgreementState& state);

// The context that keys and requests of `state` hang on.
Result<agreements::CeremonyContext> ContextOf(const v1::AgreementState& state);

}  // namespace tallystick::agents
