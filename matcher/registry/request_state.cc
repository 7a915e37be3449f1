#include "matcher/registry/request_state.h"

#include <algorithm>

namespace tallystick::matcher {
namespace {

constexpr std::size_t kMaxRefusalBytes = 4 * 1024;

}  // namespace

Result<v1::RequestState> GetRequest(const storage::View& view, std::string_view id) {
  TS_ASSIGN_OR_RETURN(auto found, FindState<v1::RequestState>(view, RequestViewKey(id)));
  if (!found) return Error(Code::kNotFound, "request.unknown", "no such request");
  return *std::move(found);
}

bool IsPartyOf(const v1::RequestState& request, std::string_view party) {
  return std::find(request.parties().begin(), request.parties().end(), party) !=
         request.parties().end();
}

bool IsAwaited(const v1::RequestState& request, std::string_view party) {
  return std::find(request.awaiting().begin(), request.awaiting().end(), party) !=
         request.awaiting().end();
}

void RemoveAwaiting(v1::RequestState& request, std::string_view party) {
  auto* awaiting = request.mutable_awaiting();
  const auto found = std::find(awaiting->begin(), awaiting->end(), party);
  if (found != awaiting->end()) awaiting->erase(found);
}

void AwaitAll(v1::RequestState& request) {
  request.clear_awaiting();
  for (const std::string& party : request.parties()) request.add_awaiting(party);
}

RecordBuilder RecordOf(std::string_view name, const Event& event, const v1::RequestState& request,
                       const v1::AgreementState& agreement, ByteView subject) {
  RecordBuilder record(name, event.now, event.actor.id, event.salt);
  record.Subject(request.id(), subject).Agreement(agreement);
  return record;
}

void Refuse(v1::RequestState& request, const v1::RequestRefusal& refusal) {
  request.set_phase(v1::REQUEST_PHASE_REFUSED);
  *request.mutable_refusal() = refusal;
  request.clear_awaiting();
}

bool IsDecided(const v1::RequestState& request) {
  return request.phase() == v1::REQUEST_PHASE_RELEASED ||
         request.phase() == v1::REQUEST_PHASE_REFUSED;
}

Result<v1::RequestRefusal> RefusalOf(v1::RequestRefusal given, std::string_view party) {
  if (given.ByteSizeLong() > kMaxRefusalBytes) {
    return Error(Code::kInvalidArgument, "approval.refusal", "the refusal is over its limit");
  }
  given.set_whose(std::string(party));
  if (given.rule().empty()) given.set_rule("AGR-DENIED");
  if (given.message().empty()) given.set_message("a party refuses this request");
  if (given.would_pass().empty()) given.set_would_pass("what the party asks for; talk to it");
  return given;
}

Result<std::optional<v1::RequestState>> Answered(const storage::View& view,
                                                 const std::string& definition_key) {
  TS_ASSIGN_OR_RETURN(const auto id, view.Get(DefinitionViewKey(definition_key)));
  if (!id) return std::optional<v1::RequestState>();
  return FindState<v1::RequestState>(view, RequestViewKey(*id));
}

void AnswerAgain(v1::RequestState& request, const v1::RequestState& answered) {
  request.set_phase(v1::REQUEST_PHASE_RELEASED);
  request.set_release(answered.release());
  request.set_release_digest(answered.release_digest());
  request.clear_release_signatures();
  request.clear_labels();
  request.clear_awaiting();
}

Result<v1::Record> AnsweredMeanwhile(const storage::View& view, const Event& event,
                                     v1::RequestState& request, const v1::RequestState& answered,
                                     const v1::AgreementState& agreement) {
  AnswerAgain(request, answered);
  RecordBuilder record =
      RecordOf("request.answered-again", event, request, agreement, request.release_digest());
  record.Put(RequestViewKey(request.id()), request);
  TS_RETURN_IF_ERROR(EraseProposal(view, request, record));
  return record.Build();
}

Status EraseOpenings(const storage::View& view, const v1::RequestState& request,
                     RecordBuilder& record) {
  for (const std::string& party : request.parties()) {
    const Bytes key = OpeningViewKey(request.id(), party);
    TS_ASSIGN_OR_RETURN(const auto present, view.Get(key));
    if (present) record.Erase(key);
  }
  return Ok();
}

Status EraseProposal(const storage::View& view, const v1::RequestState& request,
                     RecordBuilder& record) {
  record.Erase(ProposalViewKey(request.id()));
  return EraseOpenings(view, request, record);
}

}  // namespace tallystick::matcher
