#include "matcher/registry/step.h"

#include "matcher/registry/agreement_steps.h"
#include "matcher/registry/members.h"
#include "matcher/registry/release_steps.h"
#include "matcher/registry/requests.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "proto/errors.h"

namespace tallystick::matcher {
namespace {

constexpr std::uint32_t kAnswered = 200;

Result<Outcome> Decide(const storage::View& view, const MatcherIdentity& matcher,
                       const Event& event) {
  struct Visitor {
    const storage::View& view;
    const MatcherIdentity& matcher;
    const Event& event;

    Result<Outcome> operator()(const InviteEvent& it) { return StepInvite(view, event, it); }
    Result<Outcome> operator()(const EnrolEvent& it) { return StepEnrol(view, event, it); }
    Result<Outcome> operator()(const RenewEvent& it) { return StepRenew(view, event, it); }
    Result<Outcome> operator()(const RevokeMemberEvent& it) {
      return StepRevokeMember(view, event, it);
    }
    Result<Outcome> operator()(const ProposeEvent& it) {
      return StepPropose(view, event, matcher, it);
    }
    Result<Outcome> operator()(const AgreementStepEvent& it) {
      return StepAgreement(view, event, it);
    }
    Result<Outcome> operator()(const OpenSubmissionEvent& it) {
      return StepOpenSubmission(view, event, it);
    }
    Result<Outcome> operator()(const CommitSubmissionEvent& it) {
      return StepCommitSubmission(view, event, it);
    }
    Result<Outcome> operator()(const WithdrawSubmissionEvent& it) {
      return StepWithdrawSubmission(view, event, it);
    }
    Result<Outcome> operator()(const DestroyedEvent& it) { return StepDestroyed(view, event, it); }
    Result<Outcome> operator()(const SubmitRequestEvent& it) {
      return StepSubmitRequest(view, event, it);
    }
    Result<Outcome> operator()(const VerdictEvent& it) { return StepVerdict(view, event, it); }
    Result<Outcome> operator()(const ProtectedEvent& it) { return StepProtected(view, event, it); }
    Result<Outcome> operator()(const RefuseEvent& it) { return StepRefuse(view, event, it); }
    Result<Outcome> operator()(const OpeningEvent& it) { return StepOpening(view, event, it); }
    Result<Outcome> operator()(const ReleaseApprovalEvent& it) {
      return StepReleaseApproval(view, event, matcher, it);
    }
    Result<Outcome> operator()(const ExpireEvent& it) { return StepExpire(view, event, it); }
    Result<Outcome> operator()(const RefusalsEvent& it) { return StepRefusals(event, it); }
  };
  return std::visit(Visitor{view, matcher, event}, event.what);
}

}  // namespace

Result<Outcome> Step(const storage::View& view, const MatcherIdentity& matcher,
                     const Event& event) {
  if (event.idempotency_id.empty()) return Decide(view, matcher, event);
  const Bytes answer_key = AnswerViewKey(event.actor.id, event.idempotency_id);
  TS_ASSIGN_OR_RETURN(const auto answered, FindState<v1::Answer>(view, answer_key));
  if (answered) {
    if (ByteView(answered->request_digest()) != event.request_digest.view()) {
      return Error(Code::kConflict, "idempotency.reused",
                   "this idempotency id was used for something else");
    }
    if (answered->status() == kAnswered) return Outcome{std::nullopt, answered->body(), {}};
    TS_ASSIGN_OR_RETURN(const auto refusal, Parse<v1::ErrorBody>(answered->body()));
    return Outcome{std::nullopt, {}, FromWire(refusal)};
  }
  TS_ASSIGN_OR_RETURN(Outcome outcome, Decide(view, matcher, event));
  if (outcome.record) {
    v1::Answer answer;
    answer.set_request_digest(Bytes(event.request_digest.view()));
    if (outcome.refused) {
      answer.set_status(HttpStatusOf(*outcome.refused));
      answer.set_body(Serialise(ToWire(*outcome.refused)));
    } else {
      answer.set_status(kAnswered);
      answer.set_body(outcome.answer);
    }
    v1::MutationRecord* mutation = outcome.record->add_mutations();
    mutation->set_key(answer_key);
    mutation->set_value(Serialise(answer));
  }
  return outcome;
}

std::vector<storage::Mutation> MutationsOf(const v1::Record& record) {
  std::vector<storage::Mutation> mutations;
  mutations.reserve(static_cast<std::size_t>(record.mutations_size()));
  for (const v1::MutationRecord& mutation : record.mutations()) {
    if (mutation.erase()) {
      mutations.push_back({mutation.key(), std::nullopt});
    } else {
      mutations.push_back({mutation.key(), mutation.value()});
    }
  }
  return mutations;
}

}  // namespace tallystick::matcher
