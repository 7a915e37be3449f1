#include "agents/approve/standing.h"

#include "agreements/policy.h"
#include "agreements/transition.h"
#include "base/log.h"

namespace tallystick::agents {
namespace {

Error Refuse(const agreements::Agreement& terms, Literal rule, Literal message,
             Literal would_pass) {
  return Error(Code::kPermissionDenied, "agreement.not-active", message)
      .Refused({rule, agreements::ClauseFor(terms, terms.term.line), would_pass});
}

Error Unproven() {
  return Error(Code::kPermissionDenied, "agreement.unproven",
               "the matcher says that the agreement is over, and nothing signed says so");
}

Status DestroyKeys(const AgentHome& home, const agreements::Agreement& terms) {
  const std::string digest_hex = terms.digest.hex();
  TS_RETURN_IF_ERROR(home.EraseCeremony(digest_hex));
  TS_ASSIGN_OR_RETURN(const bool has_secret, home.HasSecret(digest_hex));
  if (!has_secret) return Ok();
  TS_RETURN_IF_ERROR(home.EraseSecret(digest_hex));
  LogEvent(Level::kInfo, "agreement.secret-destroyed", {{"agreement", Name(terms.id)}});
  return Ok();
}

// Whether a version that amends `terms` is in force here.
Result<bool> IsAmended(const AgentHome& home, const agreements::Agreement& terms) {
  TS_ASSIGN_OR_RETURN(const auto signed_agreements, home.SignedAgreements());
  for (const std::string& digest_hex : signed_agreements) {
    TS_ASSIGN_OR_RETURN(const bool has_secret, home.HasSecret(digest_hex));
    if (!has_secret) continue;
    const auto other = home.LoadSigned(digest_hex);
    if (other.ok() && other->replaces == terms.digest) return true;
  }
  return false;
}

Result<bool> IsRevoked(client::MatcherClient& matcher, const agreements::Agreement& terms) {
  TS_ASSIGN_OR_RETURN(const v1::AgreementState state, matcher.GetAgreement(terms.digest.hex()));
  agreements::TransitionState transitions;
  for (const v1::PartyBytes& entry : state.transitions()) {
    TS_ASSIGN_OR_RETURN(const auto transition, agreements::Transition::Decode(entry.bytes()));
    TS_ASSIGN_OR_RETURN(transitions,
                        agreements::ApplyTransition(terms, std::move(transitions), transition));
  }
  return transitions.revoked;
}

}  // namespace

Status RequireInForce(const AgentHome& home, const agreements::Agreement& terms) {
  const std::string digest_hex = terms.digest.hex();
  TS_ASSIGN_OR_RETURN(const Standing standing, home.LoadStanding(digest_hex));
  if (standing == Standing::kRevoked) {
    return Refuse(terms, "AGR-REVOKED", "the agreement is revoked", "a new agreement");
  }
  if (standing == Standing::kSuspended) {
    return Refuse(terms, "AGR-SUSPENDED", "this institution has suspended the agreement",
                  "agreement resume, in this home");
  }
  TS_ASSIGN_OR_RETURN(const bool has_secret, home.HasSecret(digest_hex));
  if (has_secret) return Ok();
  return Error(Code::kFailedPrecondition, "agreement.no-secret",
               "this agreement is not active here: its ceremony is not finished, or it is over")
      .With("agreement", Name(terms.id));
}

Status FollowStanding(const AgentHome& home, client::MatcherClient& matcher,
                      const v1::AgreementState& listed, Time now) {
  const std::string digest_hex = ToHex(listed.digest());
  TS_ASSIGN_OR_RETURN(const bool has_signed, home.HasSigned(digest_hex));
  if (!has_signed) return Ok();
  TS_ASSIGN_OR_RETURN(const Standing standing, home.LoadStanding(digest_hex));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms, home.LoadSigned(digest_hex));
  if (standing == Standing::kRevoked) return DestroyKeys(home, terms);
  switch (listed.phase()) {
    case v1::AGREEMENT_PHASE_REVOKED: {
      TS_ASSIGN_OR_RETURN(const bool revoked, IsRevoked(matcher, terms));
      if (!revoked) return Unproven();
      TS_RETURN_IF_ERROR(home.KeepStanding(digest_hex, Standing::kRevoked));
      return DestroyKeys(home, terms);
    }
    case v1::AGREEMENT_PHASE_EXPIRED:
      if (DateOf(now) <= terms.term.expires) return Unproven();
      return DestroyKeys(home, terms);
    case v1::AGREEMENT_PHASE_SUPERSEDED: {
      // The successor's ceremony may not be finished here yet.
      TS_ASSIGN_OR_RETURN(const bool amended, IsAmended(home, terms));
      return amended ? DestroyKeys(home, terms) : Ok();
    }
    default:
      return Ok();
  }
}

}  // namespace tallystick::agents
