#include "matcher/registry/release_steps.h"

#include <algorithm>
#include <set>

#include "agreements/measure_table.h"
#include "agreements/release_answer.h"
#include "matcher/registry/agreement_steps.h"
#include "matcher/registry/request_state.h"
#include "matcher/registry/requests.h"
#include "proto/domains.h"
#include "proto/errors.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kMaxSealedLabelsBytes = 512 * 1024;

// One set of labels for each recipient: without it a reader could never open the release.
Status CheckLabels(const v1::ReleaseApproval& approval, const agreements::Output& output,
                   std::string_view party) {
  const auto malformed = [] {
    return Error(Code::kInvalidArgument, "approval.labels",
                 "there is not one sealed set of labels for each recipient");
  };
  std::set<std::string_view> missing(output.recipients.begin(), output.recipients.end());
  std::size_t sealed_bytes = 0;
  for (const v1::SealedLabels& labels : approval.labels()) {
    sealed_bytes += labels.sealed().size();
    if (labels.from() != party || sealed_bytes > kMaxSealedLabelsBytes ||
        missing.erase(labels.to()) == 0) {
      return malformed();
    }
  }
  return missing.empty() ? Ok() : Status(malformed());
}

// A request whose table waits for this party, and what it hangs on.
struct Turn {
  v1::RequestState request;
  v1::AgreementState agreement;
  agreements::Agreement terms;
  v1::StoredProposal proposal;
  v1::ReleaseBody body;  // of the proposal, without statistics
};

// REQUIRES: `request` awaits `party`.
Result<std::unique_ptr<Turn>> TakeTurn(const storage::View& view, v1::RequestState request,
                                       std::string_view party, Time now) {
  auto turn = std::make_unique<Turn>();
  turn->request = std::move(request);
  TS_ASSIGN_OR_RETURN(turn->agreement, GetAgreement(view, ToHex(turn->request.agreement_digest())));
  TS_RETURN_IF_ERROR(RequireActive(turn->agreement, now));
  TS_RETURN_IF_ERROR(RequireSubmissions(view, turn->request));
  TS_ASSIGN_OR_RETURN(turn->terms, agreements::ParseAgreement(turn->agreement.text(), nullptr));
  TS_RETURN_IF_ERROR(RequireKeysOf(view, turn->terms, party));
  TS_ASSIGN_OR_RETURN(turn->proposal,
                      GetState<v1::StoredProposal>(view, ProposalViewKey(turn->request.id())));
  TS_ASSIGN_OR_RETURN(turn->body, Parse<v1::ReleaseBody>(turn->proposal.body(), kMaxReleaseBytes));
  return turn;
}

// Exactly one sealed set for each other party, of the size that there can be.
Status CheckPartials(const v1::Opening& opening, const v1::RequestState& request,
                     std::string_view party) {
  const auto malformed = [] {
    return Error(Code::kInvalidArgument, "opening.partials",
                 "there is not one sealed set of partial decryptions for each other party");
  };
  std::set<std::string_view> missing(request.parties().begin(), request.parties().end());
  missing.erase(party);
  for (const v1::SealedPartials& partials : opening.partials()) {
    if (partials.from() != party || partials.sealed().empty() ||
        partials.sealed().size() > kMaxSealedPartialsBytes || missing.erase(partials.to()) == 0) {
      return malformed();
    }
  }
  if (!missing.empty()) return malformed();
  if (opening.ledger_size() == 0 || opening.ledger_head().size() != crypto::Digest::kSize) {
    return Error(Code::kInvalidArgument, "opening.ledger",
                 "an opening names the ledger that it is in");
  }
  return Ok();
}

// Statistics as they may become part of the body: one encoding, nothing else in it, and one of each
// kind for each cell that is to have them.
Status CheckForm(const Turn& turn, ByteView statistics) {
  const auto malformed = [] {
    return Error(Code::kInvalidArgument, "approval.statistics",
                 "the statistics are not those that the tables call for");
  };
  const auto given = Parse<v1::ReleaseBody>(statistics, kMaxReleaseBytes);
  if (!given.ok()) return malformed();
  v1::ReleaseBody alone;
  *alone.mutable_statistics() = given->statistics();
  if (Serialise(alone) != statistics) return malformed();
  const agreements::Output* output = turn.terms.FindOutput(turn.request.output());
  if (output == nullptr) return Error(Code::kDataLoss, "request.output", "the output is gone");
  TS_ASSIGN_OR_RETURN(auto counts, agreements::RenderedTable::Decode(turn.body.table()));
  agreements::AnswerTables tables{std::move(counts), {}};
  for (const v1::MeasureTable& table : turn.body.measure_tables()) {
    TS_ASSIGN_OR_RETURN(auto decoded, agreements::RenderedTable::Decode(table.table()));
    tables.measures.push_back(std::move(decoded));
  }
  if (tables.measures.size() != output->Measures().size()) return malformed();
  return agreements::CheckStatistics(*output, tables, *given).ok() ? Ok() : Status(malformed());
}

// The parties have read different numbers from the same sums: neither is released.
Result<Outcome> RefuseDiffering(const storage::View& view, const Event& event, Turn& turn) {
  const Error differ =
      Error(Code::kPermissionDenied, "release.refused",
            "the parties have read different statistics from the same sums")
          .Refused({"REL-STATISTICS", std::nullopt, "the same statistics, signed by every party"});
  const v1::RequestRefusal refusal = ToRequestRefusal(differ, "matcher");
  Refuse(turn.request, refusal);
  RecordBuilder record =
      RecordOf("release.refused", event, turn.request, turn.agreement, Serialise(refusal));
  record.Detail(Serialise(refusal)).Put(RequestViewKey(turn.request.id()), turn.request);
  TS_RETURN_IF_ERROR(EraseProposal(view, turn.request, record));
  Outcome outcome;
  outcome.answer = Serialise(turn.request);
  outcome.record = record.Build();
  return outcome;
}

Result<Outcome> TakeRefusal(const storage::View& view, const Event& event,
                            const v1::Signed& signed_refusal, Turn& turn) {
  const std::string& party = event.actor.id;
  v1::RequestState& state = turn.request;
  TS_RETURN_IF_ERROR(VerifySigned(view, party, signed_refusal, kReleaseRefusalDomain));
  TS_ASSIGN_OR_RETURN(const auto body, Parse<v1::ReleaseRefusal>(signed_refusal.body()));
  if (body.request_id() != state.id() || body.release_digest() != state.release_digest()) {
    return Error(Code::kInvalidArgument, "approval.digest", "the refusal is of another release");
  }
  TS_ASSIGN_OR_RETURN(const auto refusal, RefusalOf(body.refusal(), party));
  Refuse(state, refusal);
  state.mutable_release_refusal()->set_party(party);
  *state.mutable_release_refusal()->mutable_message() = signed_refusal;
  RecordBuilder record =
      RecordOf("release.refused", event, state, turn.agreement, signed_refusal.body());
  record.Put(RequestViewKey(state.id()), state);
  TS_RETURN_IF_ERROR(EraseProposal(view, state, record));
  Outcome outcome;
  outcome.answer = Serialise(state);
  outcome.record = record.Build();
  return outcome;
}

}  // namespace

Result<Outcome> StepOpening(const storage::View& view, const Event& event,
                            const OpeningEvent& opening) {
  const std::string& party = event.actor.id;
  TS_ASSIGN_OR_RETURN(v1::RequestState state, GetRequest(view, opening.request_id));
  if (!IsPartyOf(state, party)) {
    return Error(Code::kNotFound, "request.unknown", "no such request");
  }
  const Bytes key = OpeningViewKey(state.id(), party);
  TS_ASSIGN_OR_RETURN(const auto present, FindState<v1::Signed>(view, key));
  if (present) {
    if (present->body() != opening.opening.body()) {
      return Error(Code::kConflict, "opening.given", "this party has given its opening already");
    }
    return Outcome{std::nullopt, Serialise(state), {}};
  }
  const auto phase = [] {
    return Error(Code::kFailedPrecondition, "opening.phase", "the request awaits no opening");
  };
  if (state.phase() != v1::REQUEST_PHASE_PROTECTED || !IsAwaited(state, party)) return phase();
  TS_ASSIGN_OR_RETURN(const auto turn, TakeTurn(view, std::move(state), party, event.now));
  if (turn->body.measure_tables().empty()) return phase();
  v1::RequestState& request = turn->request;
  TS_RETURN_IF_ERROR(VerifySigned(view, party, opening.opening, kOpeningDomain));
  TS_ASSIGN_OR_RETURN(const auto body,
                      Parse<v1::Opening>(opening.opening.body(), kMaxOpeningBytes));
  if (body.request_id() != request.id() || body.job() != request.job() ||
      body.release_digest() != request.release_digest()) {
    return Error(Code::kInvalidArgument, "opening.digest", "the opening is of another table");
  }
  TS_RETURN_IF_ERROR(CheckPartials(body, request, party));
  Outcome outcome;
  TS_ASSIGN_OR_RETURN(const auto answered, Answered(view, request.definition()));
  if (answered) {
    TS_ASSIGN_OR_RETURN(outcome.record,
                        AnsweredMeanwhile(view, event, request, *answered, turn->agreement));
    outcome.answer = Serialise(request);
    return outcome;
  }
  RemoveAwaiting(request, party);
  if (request.awaiting().empty()) {
    request.set_phase(v1::REQUEST_PHASE_OPENED);
    AwaitAll(request);
  }
  v1::LedgerMark mark;
  mark.set_request_id(request.id());
  mark.set_size(body.ledger_size());
  mark.set_head(body.ledger_head());
  outcome.answer = Serialise(request);
  outcome.record =
      RecordOf("request.opening", event, request, turn->agreement, opening.opening.body())
          .Put(RequestViewKey(request.id()), request)
          .Put(key, opening.opening)
          .Put(LedgerViewKey(party), mark)
          .Build();
  return outcome;
}

Result<Outcome> StepReleaseApproval(const storage::View& view, const Event& event,
                                    const MatcherIdentity& matcher,
                                    const ReleaseApprovalEvent& approval) {
  TS_ASSIGN_OR_RETURN(v1::RequestState asked, GetRequest(view, approval.request_id));
  const std::string& party = event.actor.id;
  if (!IsPartyOf(asked, party)) {
    return Error(Code::kNotFound, "request.unknown", "no such request");
  }
  Outcome outcome;
  const auto phase = [] {
    return Error(Code::kFailedPrecondition, "approval.phase", "the request awaits no signature");
  };
  const bool opened = asked.phase() == v1::REQUEST_PHASE_OPENED;
  if ((asked.phase() != v1::REQUEST_PHASE_PROTECTED && !opened) || !IsAwaited(asked, party)) {
    for (const v1::PartyMessage& given : asked.release_signatures()) {
      if (given.party() == party) {
        outcome.answer = Serialise(asked);
        return outcome;
      }
    }
    return phase();
  }
  TS_ASSIGN_OR_RETURN(const auto turn, TakeTurn(view, std::move(asked), party, event.now));
  v1::RequestState& state = turn->request;
  const v1::ReleaseApproval& given = approval.approval;
  if (given.has_refusal()) return TakeRefusal(view, event, given.refusal(), *turn);
  // A table with measures is signed with what its sums have said.
  if (!turn->body.measure_tables().empty() && !opened) return phase();
  if (opened) {
    TS_RETURN_IF_ERROR(CheckForm(*turn, given.statistics()));
  } else if (!given.statistics().empty()) {
    return Error(Code::kInvalidArgument, "approval.statistics", "the output has no measures");
  }
  const Bytes final_body = turn->proposal.body() + given.statistics();
  const Bytes digest(crypto::Sha256(final_body).view());
  if (given.request_id() != state.id() || given.release_digest() != digest ||
      given.signature().body() != digest) {
    return Error(Code::kInvalidArgument, "approval.digest", "the signature is of another release");
  }
  TS_RETURN_IF_ERROR(VerifySigned(view, party, given.signature(), kReleaseDomain));
  const agreements::Output* output = turn->terms.FindOutput(state.output());
  if (output == nullptr) return Error(Code::kDataLoss, "request.output", "the output is gone");
  TS_RETURN_IF_ERROR(CheckLabels(given, *output, party));
  const bool first = state.release_signatures().empty();
  if (opened && !first && turn->proposal.statistics() != given.statistics()) {
    return RefuseDiffering(view, event, *turn);
  }
  state.mutable_labels()->MergeFrom(given.labels());
  v1::PartyMessage* signature = state.add_release_signatures();
  signature->set_party(party);
  *signature->mutable_message() = given.signature();
  RemoveAwaiting(state, party);
  const bool complete = state.awaiting().empty();
  TS_ASSIGN_OR_RETURN(const auto answered, Answered(view, state.definition()));
  if (complete && answered) {
    TS_ASSIGN_OR_RETURN(outcome.record,
                        AnsweredMeanwhile(view, event, state, *answered, turn->agreement));
    outcome.answer = Serialise(state);
    return outcome;
  }
  RecordBuilder record = RecordOf(complete ? "release.published" : "release.signed", event, state,
                                  turn->agreement, digest);
  if (opened && first) turn->proposal.set_statistics(given.statistics());
  if (complete) {
    state.set_phase(v1::REQUEST_PHASE_RELEASED);
    state.set_release_digest(digest);
    state.set_matcher_signature(matcher.signing_key->Sign(kReleaseDomain, digest));
    state.set_release_sequence(event.sequence);
    record.PutBytes(DefinitionViewKey(state.definition()), state.id());
    if (opened) turn->proposal.set_body(final_body);
    if (opened) turn->proposal.clear_statistics();
    TS_RETURN_IF_ERROR(EraseOpenings(view, state, record));
  }
  if (opened && (first || complete)) record.Put(ProposalViewKey(state.id()), turn->proposal);
  record.Put(RequestViewKey(state.id()), state);
  outcome.answer = Serialise(state);
  outcome.record = record.Build();
  return outcome;
}

}  // namespace tallystick::matcher
