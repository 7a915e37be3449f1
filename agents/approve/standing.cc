#include "agents/approve/standing.h"

#include <algorithm>

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
  TS_ASSIGN_OR_RETURN(const bool had, home.HasSecret(digest_hex));
  // Also where the secret alone is gone: a share that is left would open old measures.
  TS_RETURN_IF_ERROR(home.EraseSecret(digest_hex));
  if (!had) return Ok();
  LogEvent(Level::kInfo, "agreement.secret-destroyed", {{"agreement", Name(terms.id)}});
  return Ok();
}

// Whether `version` amends the version `digest`, directly or over others that were signed here.
bool Amends(const AgentHome& home, agreements::Agreement version, const crypto::Digest& digest) {
  while (version.replaces) {
    if (*version.replaces == digest) return true;
    auto previous = home.LoadSigned(version.replaces->hex());
    if (!previous.ok()) return false;
    version = *std::move(previous);
  }
  return false;
}

// Whether a version that amends `terms` is in force here. Not its direct successor alone: that one
// may be amended too by now, and its secret destroyed.
Result<bool> IsAmended(const AgentHome& home, const agreements::Agreement& terms) {
  TS_ASSIGN_OR_RETURN(const auto signed_agreements, home.SignedAgreements());
  for (const std::string& digest_hex : signed_agreements) {
    TS_ASSIGN_OR_RETURN(const bool has_secret, home.HasSecret(digest_hex));
    if (!has_secret) continue;
    auto other = home.LoadSigned(digest_hex);
    if (other.ok() && Amends(home, *std::move(other), terms.digest)) return true;
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
  return Error(
             Code::kFailedPrecondition, "agreement.no-secret",
             "this agreement is not active here: its ceremony is not finished, it is over, or its "
             "keys are lost, which agreement rotate mends")
      .With("agreement", Name(terms.id));
}

Status RequireShare(const AgentHome& home, const agreements::Agreement& terms) {
  if (std::all_of(terms.datasets.begin(), terms.datasets.end(),
                  [](const agreements::Dataset& it) { return it.measures.empty(); })) {
    return Ok();
  }
  const std::string digest_hex = terms.digest.hex();
  const auto share = home.LoadShare(digest_hex);
  const auto joint = home.LoadJoint(digest_hex);
  // What another try, or chmod, may mend is not lost.
  for (const Error* error :
       {share.ok() ? nullptr : &share.error(), joint.ok() ? nullptr : &joint.error()}) {
    if (error == nullptr || !error->id().starts_with("file.")) continue;
    LogError(Level::kWarning, "agreement.share-unreadable", *error);
    return Error(Code::kFailedPrecondition, "agreement.share-unreadable",
                 "the share of the agreement's joint key cannot be read: see doctor")
        .With("agreement", Name(terms.id));
  }
  if (share.ok() && joint.ok()) {
    const crypto::Point* own = joint->Find(home.id());
    if (own != nullptr && *own == crypto::Point::MulGenerator(*share)) return Ok();
  }
  const agreements::Party* self = terms.FindParty(home.id());
  return Error(Code::kPermissionDenied, "agreement.share-lost",
               "this institution has lost its share of the agreement's joint key: measures that "
               "were submitted under it cannot be opened any more")
      .With("agreement", Name(terms.id))
      .Refused({"AGR-SHARE-LOST", agreements::ClauseFor(terms, self == nullptr ? 1 : self->line),
                "agreement rotate, signed by every party, and then every dataset submitted again"});
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
