#include "matcher/registry/requests.h"

#include <algorithm>
#include <memory>
#include <set>

#include "agreements/policy.h"
#include "matcher/registry/agreement_steps.h"
#include "matcher/registry/request_state.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "proto/domains.h"
#include "proto/errors.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kMaxRequestBytes = 320 * 1024;
// Of one person, not decided yet: agents and the pipeline take them one by one.
constexpr std::size_t kMaxWaitingRequests = 50;

Error NoSubmission(const CheckedRequest& checked, const agreements::Dataset& dataset) {
  // Each version has keys of its own: what was encoded under those before joins with nothing.
  const Literal would_pass =
      checked.terms.version > 1
          ? Literal(
                "the party submits the dataset again: what it submitted under an earlier "
                "version of the agreement is not counted")
          : Literal("the party commits a submission of the dataset first");
  return Error(Code::kPermissionDenied, "request.no-submission",
               "a dataset of this output has no committed submission under this version")
      .With("dataset", Name(dataset.id))
      .Refused(
          {"AGR-NO-SUBMISSION", agreements::ClauseFor(checked.terms, dataset.line), would_pass});
}

// The job binds a request to what it runs over; `attempt` is always 1 so far.
crypto::Digest JobOf(const CheckedRequest& checked) {
  Bytes bytes;
  AppendLp(bytes, "tallystick/v1/job");
  AppendLp(bytes, crypto::Sha256(checked.request.Body()).view());
  AppendLp(bytes, checked.left_root);
  AppendLp(bytes, checked.right_root);
  AppendU64(bytes, checked.agreement.epoch());
  AppendU64(bytes, 1);
  return crypto::Sha256(bytes);
}

// The same definition over the same submissions has the same key.
std::string DefinitionKeyOf(const CheckedRequest& checked) {
  Bytes bytes;
  AppendLp(bytes, agreements::DefinitionDigest(checked.terms, checked.definition).view());
  AppendLp(bytes, checked.left_root);
  AppendLp(bytes, checked.right_root);
  return crypto::Sha256(bytes).hex();
}

Status RequireFewWaiting(const storage::View& view, std::string_view person) {
  std::size_t waiting = 0;
  TS_RETURN_IF_ERROR(
      ScanStates<v1::RequestState>(view, "request/", [&](const v1::RequestState& request) {
        if (request.person() == person && !IsDecided(request)) ++waiting;
        return true;
      }));
  if (waiting < kMaxWaitingRequests) return Ok();
  return Error(Code::kExhausted, "request.too-many-waiting",
               "too many requests of this person wait for a decision");
}

// Whether the agreement refuses the request, rather than the request being no request: under a
// broken signature nobody asked anything.
bool IsByRule(const Error& error) {
  return error.refusal().has_value() && error.id() != "request.signature";
}

// A request that the agreement refuses: who asked has an entry in the log as everybody has.
// REQUIRES: CheckRequest() refused `encoded` with `why`.
Result<Outcome> RecordRefusal(const storage::View& view, const Event& event, ByteView encoded,
                              const Error& why) {
  TS_ASSIGN_OR_RETURN(const auto request, agreements::SignedRequest::Decode(encoded));
  const std::string id = request.Id();
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement, GetAgreement(view, request.digest.hex()));
  const v1::ErrorBody answer = ToWire(why);
  const Bytes refusal = Serialise(ToRequestRefusal(why, "agreement"));
  Outcome outcome;
  // As it will be restored for whoever repeats it.
  outcome.refused = FromWire(answer);
  outcome.record = RecordBuilder("request.refused", event.now, event.actor.id, event.salt)
                       .Subject(id, refusal)
                       .Agreement(agreement)
                       .Detail(refusal)
                       .Put(RefusedViewKey(id), answer)
                       .Build();
  return outcome;
}

// The clause that asks for the dataset of a submission.
std::optional<Clause> DatasetClause(const storage::View& view, const v1::RequestState& request,
                                    const v1::SubmissionState& submission) {
  const auto agreement = GetAgreement(view, ToHex(request.agreement_digest()));
  const auto manifest = ManifestOf(submission);
  if (!agreement.ok() || !manifest.ok()) return std::nullopt;
  const auto terms = agreements::ParseAgreement(agreement->text(), nullptr);
  if (!terms.ok()) return std::nullopt;
  const agreements::Dataset* dataset = terms->FindDataset(manifest->dataset());
  if (dataset == nullptr) return std::nullopt;
  return agreements::ClauseFor(*terms, dataset->line);
}

}  // namespace

Status RequireSubmissions(const storage::View& view, const v1::RequestState& request) {
  for (const std::string& id : {request.left_submission(), request.right_submission()}) {
    TS_ASSIGN_OR_RETURN(const auto submission,
                        GetState<v1::SubmissionState>(view, SubmissionViewKey(id)));
    if (submission.phase() == "committed" || submission.phase() == "superseded") continue;
    return Error(Code::kPermissionDenied, "request.submission-gone",
                 "a submission that the request runs over was withdrawn or destroyed")
        .Refused({"AGR-SUBMISSION-WITHDRAWN", DatasetClause(view, request, submission),
                  "a new submission and a new request"});
  }
  return Ok();
}

Result<v1::RequestState> GetVisibleRequest(const storage::View& view, std::string_view id,
                                           std::string_view who) {
  TS_ASSIGN_OR_RETURN(v1::RequestState request, GetRequest(view, id));
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement,
                      GetAgreement(view, ToHex(request.agreement_digest())));
  if (!IsParty(agreement, who) && !IsPerson(agreement, who)) {
    return Error(Code::kNotFound, "request.unknown", "no such request");
  }
  return request;
}

Result<std::unique_ptr<CheckedRequest>> CheckRequest(const storage::View& view,
                                                     std::string_view person, ByteView encoded,
                                                     Time now) {
  if (encoded.size() > kMaxRequestBytes) {
    return Error(Code::kInvalidArgument, "request.too-large", "the request is over its limit");
  }
  auto checked = std::make_unique<CheckedRequest>();
  TS_ASSIGN_OR_RETURN(checked->request, agreements::SignedRequest::Decode(encoded));
  if (checked->request.person != person) {
    return Error(Code::kPermissionDenied, "request.person", "signed by someone else");
  }
  TS_ASSIGN_OR_RETURN(checked->agreement, GetAgreement(view, checked->request.digest.hex()));
  if (!IsPerson(checked->agreement, person)) {
    return Error(Code::kNotFound, "agreement.unknown", "no such agreement");
  }
  TS_RETURN_IF_ERROR(RequireActive(checked->agreement, now));
  TS_ASSIGN_OR_RETURN(checked->terms,
                      agreements::ParseAgreement(checked->agreement.text(), nullptr));
  TS_ASSIGN_OR_RETURN(const crypto::Digest chain,
                      crypto::Digest::FromBytes(checked->agreement.chain_digest()));
  TS_RETURN_IF_ERROR(agreements::VerifyRequest(
      checked->terms, chain, static_cast<std::uint32_t>(checked->agreement.epoch()),
      checked->request));
  TS_ASSIGN_OR_RETURN(checked->definition,
                      agreements::ParseRequest(checked->request.file, nullptr));
  const Date today = DateOf(now);
  TS_RETURN_IF_ERROR(agreements::MayRequest(checked->terms, checked->definition, person, today));
  checked->output = checked->terms.FindOutput(checked->definition.output);
  TS_RETURN_IF_ERROR(agreements::MayRelease(checked->terms, checked->output->id, today));

  const auto load = [&](const std::string& dataset_id, v1::SubmissionState& target,
                        Bytes& root) -> Status {
    const agreements::Dataset* dataset = checked->terms.FindDataset(dataset_id);
    TS_ASSIGN_OR_RETURN(const auto found,
                        CommittedSubmission(view, checked->agreement, dataset_id));
    if (!found) return NoSubmission(*checked, *dataset);
    TS_ASSIGN_OR_RETURN(const v1::Manifest manifest, ManifestOf(*found));
    target = *found;
    root = manifest.root();
    return Ok();
  };
  TS_RETURN_IF_ERROR(load(checked->output->left, checked->left, checked->left_root));
  TS_RETURN_IF_ERROR(load(checked->output->right, checked->right, checked->right_root));
  return checked;
}

Result<Outcome> StepSubmitRequest(const storage::View& view, const Event& event,
                                  const SubmitRequestEvent& submit) {
  const auto decision = CheckRequest(view, event.actor.id, submit.request, event.now);
  if (!decision.ok() && !IsByRule(decision.error())) return decision.error();
  // Its own signer sent it: CheckRequest() looks at that before any rule.
  TS_ASSIGN_OR_RETURN(const auto sent, agreements::SignedRequest::Decode(submit.request));
  const std::string id = sent.Id();
  TS_ASSIGN_OR_RETURN(const auto refused, FindState<v1::ErrorBody>(view, RefusedViewKey(id)));
  if (refused) return Outcome{std::nullopt, {}, FromWire(*refused)};
  if (!decision.ok()) return RecordRefusal(view, event, submit.request, decision.error());
  const std::unique_ptr<CheckedRequest>& checked = *decision;
  Outcome outcome;
  TS_ASSIGN_OR_RETURN(const auto present, FindState<v1::RequestState>(view, RequestViewKey(id)));
  if (present) {
    outcome.answer = Serialise(*present);
    return outcome;
  }
  const std::string definition_key = DefinitionKeyOf(*checked);
  TS_ASSIGN_OR_RETURN(const auto answered, Answered(view, definition_key));
  if (!answered) TS_RETURN_IF_ERROR(RequireFewWaiting(view, event.actor.id));

  v1::RequestState state;
  state.set_id(id);
  state.set_request(submit.request);
  state.set_person(event.actor.id);
  state.set_agreement_digest(checked->agreement.digest());
  state.set_agreement_id(checked->agreement.id());
  state.set_epoch(checked->agreement.epoch());
  state.set_output(checked->output->id);
  state.set_left_submission(checked->left.id());
  state.set_right_submission(checked->right.id());
  state.set_left_root(checked->left_root);
  state.set_right_root(checked->right_root);
  state.set_job(Bytes(JobOf(*checked).view()));
  state.set_definition(definition_key);
  state.set_submitted_time(event.now.time_since_epoch().count());
  for (const std::string& party : checked->agreement.parties()) state.add_parties(party);
  if (answered) {
    AnswerAgain(state, *answered);
  } else {
    state.set_phase(v1::REQUEST_PHASE_SUBMITTED);
    AwaitAll(state);
  }
  outcome.answer = Serialise(state);
  outcome.record = RecordOf(answered ? "request.answered-again" : "request.submitted", event, state,
                            checked->agreement, submit.request)
                       .Put(RequestViewKey(id), state)
                       .Build();
  return outcome;
}

Result<Outcome> StepVerdict(const storage::View& view, const Event& event,
                            const VerdictEvent& verdict) {
  TS_RETURN_IF_ERROR(VerifySigned(view, event.actor.id, verdict.verdict, kVerdictDomain));
  TS_ASSIGN_OR_RETURN(const v1::Verdict body, Parse<v1::Verdict>(verdict.verdict.body()));
  TS_ASSIGN_OR_RETURN(v1::RequestState state, GetRequest(view, verdict.request_id));
  if (!IsPartyOf(state, event.actor.id)) {
    return Error(Code::kNotFound, "request.unknown", "no such request");
  }
  if (body.request_id() != state.id() || body.job() != state.job() ||
      body.agreement_digest() != state.agreement_digest()) {
    return Error(Code::kInvalidArgument, "verdict.job", "the verdict is about another job");
  }
  Outcome outcome;
  for (const v1::PartyMessage& given : state.verdicts()) {
    if (given.party() != event.actor.id) continue;
    if (given.message().body() != verdict.verdict.body()) {
      return Error(Code::kConflict, "verdict.given", "this party has given its verdict already");
    }
    outcome.answer = Serialise(state);
    return outcome;
  }
  if (state.phase() != v1::REQUEST_PHASE_SUBMITTED) {
    return Error(Code::kFailedPrecondition, "verdict.phase", "the request awaits no verdict");
  }
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement,
                      GetAgreement(view, ToHex(state.agreement_digest())));
  TS_RETURN_IF_ERROR(RequireActive(agreement, event.now));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms,
                      agreements::ParseAgreement(agreement.text(), nullptr));
  TS_RETURN_IF_ERROR(RequireKeysOf(view, terms, event.actor.id));
  v1::PartyMessage* given = state.add_verdicts();
  given->set_party(event.actor.id);
  *given->mutable_message() = verdict.verdict;
  RemoveAwaiting(state, event.actor.id);
  if (!body.approve()) {
    TS_ASSIGN_OR_RETURN(const auto refusal, RefusalOf(body.refusal(), event.actor.id));
    Refuse(state, refusal);
  } else if (state.awaiting().empty()) {
    state.set_phase(v1::REQUEST_PHASE_APPROVED);
  }
  outcome.answer = Serialise(state);
  outcome.record = RecordOf(body.approve() ? "request.approved" : "request.denied", event, state,
                            agreement, verdict.verdict.body())
                       .Put(RequestViewKey(state.id()), state)
                       .Build();
  return outcome;
}

Result<Outcome> StepProtected(const storage::View& view, const Event& event,
                              const ProtectedEvent& made) {
  TS_ASSIGN_OR_RETURN(v1::RequestState state, GetRequest(view, made.request_id));
  if (event.actor.id != kService || state.phase() != v1::REQUEST_PHASE_APPROVED) {
    return Error(Code::kFailedPrecondition, "request.phase", "the request awaits no table");
  }
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement,
                      GetAgreement(view, ToHex(state.agreement_digest())));
  TS_RETURN_IF_ERROR(RequireActive(agreement, event.now));
  TS_RETURN_IF_ERROR(RequireSubmissions(view, state));
  Outcome outcome;
  TS_ASSIGN_OR_RETURN(const auto answered, Answered(view, state.definition()));
  if (answered) {
    TS_ASSIGN_OR_RETURN(outcome.record,
                        AnsweredMeanwhile(view, event, state, *answered, agreement));
    return outcome;
  }
  state.set_phase(v1::REQUEST_PHASE_PROTECTED);
  state.set_release(state.id());
  state.set_release_digest(Bytes(crypto::Sha256(made.proposal.body()).view()));
  AwaitAll(state);
  outcome.record = RecordOf("request.protected", event, state, agreement, made.proposal.body())
                       .Put(RequestViewKey(state.id()), state)
                       .Put(ProposalViewKey(state.id()), made.proposal)
                       .Build();
  return outcome;
}

Result<Outcome> StepRefuse(const storage::View& view, const Event& event,
                           const RefuseEvent& refuse) {
  TS_ASSIGN_OR_RETURN(v1::RequestState state, GetRequest(view, refuse.request_id));
  if (event.actor.id != kService || IsDecided(state)) {
    return Error(Code::kFailedPrecondition, "request.phase", "the request is decided already");
  }
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement,
                      GetAgreement(view, ToHex(state.agreement_digest())));
  Refuse(state, refuse.refusal);
  Outcome outcome;
  RecordBuilder record =
      RecordOf("request.refused", event, state, agreement, Serialise(refuse.refusal));
  record.Detail(Serialise(refuse.refusal)).Put(RequestViewKey(state.id()), state);
  TS_RETURN_IF_ERROR(EraseProposal(view, state, record));
  outcome.record = record.Build();
  return outcome;
}

}  // namespace tallystick::matcher
