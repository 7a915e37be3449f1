// Requests and releases.
#include <algorithm>

#include "agreements/policy.h"
#include "matcher/registry/requests.h"
#include "matcher/registry/state_reader.h"
#include "matcher/service/matcher_service.h"
#include "proto/codec.h"
#include "proto/errors.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kMaxListedRequests = 1000;

// The proposal as one party may see it: its own codes and its own witnesses.
v1::ReleaseProposal ProposalFor(const v1::StoredProposal& stored, std::string_view party) {
  v1::ReleaseProposal proposal;
  proposal.set_body(stored.body());
  proposal.set_witnesses(stored.witnesses());
  *proposal.mutable_measure_witnesses() = stored.measure_witnesses();
  *proposal.mutable_sums() = stored.sums();
  // A third party of the agreement has neither dataset, and so no witnesses of its own.
  if (stored.left_party() == party) {
    proposal.set_own_witnesses(stored.witnesses_left());
    *proposal.mutable_own_measure_witnesses() = stored.measure_witnesses_left();
  } else if (stored.right_party() == party) {
    proposal.set_own_witnesses(stored.witnesses_right());
    *proposal.mutable_own_measure_witnesses() = stored.measure_witnesses_right();
  }
  const auto body = Parse<v1::ReleaseBody>(stored.body(), kMaxReleaseBytes);
  for (const v1::CodeList& codes : stored.codes()) {
    if (body.ok() && codes.dimension() < static_cast<std::uint32_t>(body->dimensions_size()) &&
        body->dimensions(static_cast<int>(codes.dimension())).party() == party) {
      *proposal.add_codes() = codes;
    }
  }
  return proposal;
}

// Adds what the other parties have sealed to this one, once every party has given its part.
Status AddPartialsFor(const storage::View& view, const v1::RequestState& request,
                      std::string_view party, v1::ReleaseProposal& proposal) {
  if (request.phase() != v1::REQUEST_PHASE_OPENED) return Ok();
  for (const std::string& from : request.parties()) {
    if (from == party) continue;
    TS_ASSIGN_OR_RETURN(const auto given,
                        GetState<v1::Signed>(view, OpeningViewKey(request.id(), from)));
    TS_ASSIGN_OR_RETURN(const auto opening, Parse<v1::Opening>(given.body(), kMaxOpeningBytes));
    for (const v1::SealedPartials& partials : opening.partials()) {
      if (partials.to() == party) *proposal.add_partials() = partials;
    }
  }
  return Ok();
}

bool Awaits(const v1::RequestState& request, std::string_view who) {
  return std::find(request.awaiting().begin(), request.awaiting().end(), who) !=
         request.awaiting().end();
}

// Labels are for their recipients alone.
void KeepLabelsFor(v1::RequestState& request, std::string_view who) {
  google::protobuf::RepeatedPtrField<v1::SealedLabels> kept;
  for (const v1::SealedLabels& labels : request.labels()) {
    if (labels.to() == who) *kept.Add() = labels;
  }
  *request.mutable_labels() = std::move(kept);
}

}  // namespace

// What awaits the asker comes first, then the newest: an agent must never miss its part. A listing
// has no bytes that somebody else chose the size of; GetRequest has all.
Result<Frame> MatcherService::ListRequests(const Actor& actor) {
  std::vector<v1::RequestState> requests;
  Status status = Ok();
  TS_RETURN_IF_ERROR(
      ScanStates<v1::RequestState>(view(), "request/", [&](const v1::RequestState& request) {
        const auto agreement = GetAgreement(view(), ToHex(request.agreement_digest()));
        if (!agreement.ok()) {
          status = agreement.error();
          return false;
        }
        if (!IsParty(*agreement, actor.id) && !IsPerson(*agreement, actor.id)) return true;
        v1::RequestState& shown = requests.emplace_back(request);
        shown.clear_request();
        shown.clear_verdicts();
        shown.clear_release_signatures();
        shown.clear_release_refusal();
        shown.clear_labels();
        return true;
      }));
  TS_RETURN_IF_ERROR(status);
  const auto before = [&](const v1::RequestState& a, const v1::RequestState& b) {
    const bool a_awaits = Awaits(a, actor.id);
    if (a_awaits != Awaits(b, actor.id)) return a_awaits;
    return std::pair(-a.submitted_time(), a.id()) < std::pair(-b.submitted_time(), b.id());
  };
  std::sort(requests.begin(), requests.end(), before);
  if (requests.size() > kMaxListedRequests) requests.resize(kMaxListedRequests);
  v1::RequestList list;
  for (v1::RequestState& request : requests) *list.add_requests() = std::move(request);
  return ToFrame(list);
}

Result<Frame> MatcherService::GetRelease(Call& call) {
  TS_ASSIGN_OR_RETURN(const v1::RequestState asked,
                      GetVisibleRequest(view(), call.arguments[0], call.actor.id));
  if (asked.phase() == v1::REQUEST_PHASE_REFUSED) {
    call.status = 403;
    return ToFrame(BodyOf(asked.refusal()));
  }
  if (asked.phase() != v1::REQUEST_PHASE_RELEASED) {
    return Error(Code::kFailedPrecondition, "release.not-yet", "the request is not released yet");
  }
  TS_ASSIGN_OR_RETURN(v1::RequestState answer,
                      GetVisibleRequest(view(), asked.release(), call.actor.id));
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement,
                      GetAgreement(view(), ToHex(answer.agreement_digest())));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms,
                      agreements::ParseAgreement(agreement.text(), nullptr));
  v1::ReleaseBundle bundle;
  KeepLabelsFor(answer, call.actor.id);
  *bundle.mutable_state() = answer;
  bundle.set_agreement_text(agreement.text());
  *bundle.mutable_matcher() = parts_.registry->identity().description;
  TS_ASSIGN_OR_RETURN(*bundle.mutable_receipt(),
                      parts_.registry->ReceiptFor(answer.release_sequence()));
  bundle.set_asked(asked.request());
  const Status may_read =
      agreements::MayRead(terms, answer.output(), call.actor.id, DateOf(parts_.clock->Now()));
  if (!may_read.ok()) {
    // Compliance officers see that it was released, when and under what; not the table.
    if (call.actor.role != v1::ROLE_COMPLIANCE) return may_read.error();
    return ToFrame(bundle);
  }
  TS_ASSIGN_OR_RETURN(const auto stored,
                      GetState<v1::StoredProposal>(view(), ProposalViewKey(answer.id())));
  bundle.set_body(stored.body());
  bundle.set_witnesses(stored.witnesses());
  *bundle.mutable_measure_witnesses() = stored.measure_witnesses();
  return ToFrame(bundle);
}

Result<Frame> MatcherService::DispatchRequests(Call& call) {
  switch (call.route->id) {
    case RouteId::kCheckRequest: {
      TS_ASSIGN_OR_RETURN(const auto encoded, Parse<v1::EncodedRequest>(call.request.body));
      const auto checked =
          CheckRequest(view(), call.actor.id, encoded.request(), parts_.clock->Now());
      v1::RequestCheck answer;
      answer.set_permitted(checked.ok());
      if (!checked.ok()) {
        if (!checked.error().refusal()) return checked.error();
        *answer.mutable_refusal() = ToRequestRefusal(checked.error(), "agreement");
      }
      return ToFrame(answer);
    }
    case RouteId::kSubmitRequest: {
      TS_ASSIGN_OR_RETURN(const auto encoded, Parse<v1::EncodedRequest>(call.request.body));
      return Submit(call, SubmitRequestEvent{encoded.request()});
    }
    case RouteId::kListRequests:
      return ListRequests(call.actor);
    case RouteId::kVerdict: {
      VerdictEvent verdict;
      verdict.request_id = call.arguments[0];
      TS_RETURN_IF_ERROR(ParseInto(verdict.verdict, call.request.body, kMaxControlMessageBytes));
      return Submit(call, std::move(verdict));
    }
    case RouteId::kOpening: {
      OpeningEvent opening;
      opening.request_id = call.arguments[0];
      TS_RETURN_IF_ERROR(ParseInto(opening.opening, call.request.body, kMaxOpeningBytes));
      return Submit(call, std::move(opening));
    }
    case RouteId::kLedgerMark: {
      TS_ASSIGN_OR_RETURN(const auto mark,
                          FindState<v1::LedgerMark>(view(), LedgerViewKey(call.actor.id)));
      return ToFrame(mark.value_or(v1::LedgerMark()));
    }
    case RouteId::kApproveRelease: {
      ReleaseApprovalEvent approval;
      approval.request_id = call.arguments[0];
      TS_RETURN_IF_ERROR(ParseInto(approval.approval, call.request.body, kMaxManifestBytes));
      return Submit(call, std::move(approval));
    }
    case RouteId::kGetRelease:
      return GetRelease(call);
    case RouteId::kProposal: {
      TS_ASSIGN_OR_RETURN(const v1::RequestState request,
                          GetVisibleRequest(view(), call.arguments[0], call.actor.id));
      TS_ASSIGN_OR_RETURN(const auto stored,
                          GetState<v1::StoredProposal>(view(), ProposalViewKey(request.id())));
      v1::ReleaseProposal proposal = ProposalFor(stored, call.actor.id);
      TS_RETURN_IF_ERROR(AddPartialsFor(view(), request, call.actor.id, proposal));
      return ToFrame(proposal);
    }
    default: {
      TS_ASSIGN_OR_RETURN(v1::RequestState request,
                          GetVisibleRequest(view(), call.arguments[0], call.actor.id));
      KeepLabelsFor(request, call.actor.id);
      return ToFrame(request);
    }
  }
}

}  // namespace tallystick::matcher
