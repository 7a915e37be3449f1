#include "agents/cli/session.h"

#include "agents/approve/ceremony_runner.h"
#include "agents/approve/standing.h"
#include "agreements/policy.h"
#include "client/log_follower.h"

namespace tallystick::agents {

Result<Session> Session::Open(const std::filesystem::path& home) {
  TS_ASSIGN_OR_RETURN(AgentHome agent_home, AgentHome::Open(home));
  TS_ASSIGN_OR_RETURN(client::MatcherClient matcher,
                      client::MatcherClient::Connect(agent_home.identity()));
  return Session{std::move(agent_home), std::move(matcher), SystemClock()};
}

Result<ActiveAgreement> FindSigned(Session& session, std::string_view name) {
  TS_ASSIGN_OR_RETURN(v1::AgreementState state, client::FindAgreement(session.matcher, name));
  const std::string digest_hex = ToHex(state.digest());
  TS_ASSIGN_OR_RETURN(agreements::Agreement terms, session.home.LoadSigned(digest_hex));
  return ActiveAgreement{std::move(state), std::move(terms), digest_hex};
}

namespace {

Status RequireActive(const ActiveAgreement& found) {
  const auto refuse = [&](Literal rule, Literal message, Literal would_pass) {
    return Error(Code::kPermissionDenied, "agreement.not-active", message)
        .With("state", Name(client::PhaseName(found.state.phase())))
        .Refused({rule, agreements::ClauseFor(found.terms, 1), would_pass});
  };
  switch (found.state.phase()) {
    case v1::AGREEMENT_PHASE_ACTIVE:
      return Ok();
    case v1::AGREEMENT_PHASE_SUSPENDED:
      return refuse("AGR-SUSPENDED", "the agreement is suspended",
                    "the party that suspended it resumes it");
    case v1::AGREEMENT_PHASE_REVOKED:
      return refuse("AGR-REVOKED", "the agreement is revoked", "a new agreement");
    case v1::AGREEMENT_PHASE_SUPERSEDED:
      return refuse("AGR-SUPERSEDED", "the agreement has been amended", "its newest version");
    default:
      return refuse("AGR-NOT-ACTIVE", "the agreement is not signed and confirmed by every party",
                    "every party signs it and runs its agent");
  }
}

}  // namespace

Result<ActiveAgreement> RequireUsable(Session& session, std::string_view name) {
  // A matcher that shows another history than before is given nothing.
  TS_RETURN_IF_ERROR(client::FollowLog(session.matcher, session.home.identity()));
  TS_ASSIGN_OR_RETURN(ActiveAgreement found, FindSigned(session, name));
  TS_RETURN_IF_ERROR(agreements::InTerm(found.terms, DateOf(session.clock.Now())));
  TS_RETURN_IF_ERROR(AdvanceCeremony(session.home, session.matcher, found.state));
  TS_RETURN_IF_ERROR(RequireActive(found));
  TS_RETURN_IF_ERROR(RequireInForce(session.home, found.terms));
  return found;
}

Result<const agreements::Dataset*> ChooseDataset(const agreements::Agreement& terms,
                                                 std::string_view party,
                                                 const std::string& dataset) {
  const auto own = terms.DatasetsOf(party);
  if (dataset.empty()) {
    if (own.size() == 1) return own.front();
    return Error(Code::kInvalidArgument, "usage.dataset",
                 "this party has several datasets (or none): name one with --dataset");
  }
  for (const agreements::Dataset* candidate : own) {
    if (candidate->id == dataset) return candidate;
  }
  return Error(Code::kInvalidArgument, "usage.dataset", "this party has no such dataset");
}

}  // namespace tallystick::agents
