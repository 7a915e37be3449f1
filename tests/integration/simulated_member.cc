#include "tests/integration/simulated_member.h"

#include <algorithm>
#include <utility>

#include "matcher/registry/requests.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "proto/errors.h"

namespace tallystick::matcher {
namespace {

using agreements::TransitionKind;

constexpr std::string_view kMembers[] = {"csun", "lausd", "ucla", "pgarcia"};

// What the researcher asks: two of these are the same question.
struct Question {
  std::string_view nonce, output;
};
constexpr Question kQuestions[] = {
    {"a", "retention_by_pathway"}, {"b", "hired_by_pathway"}, {"c", "retention_by_pathway"}};

// Reads of a view that must not fail in a simulation.
template <class State>
std::optional<State> Read(const storage::View& view, ByteView key) {
  return FindState<State>(view, key).value();
}

std::optional<v1::AgreementState> ReadAgreement(const storage::View& view) {
  return Read<v1::AgreementState>(view, AgreementViewKey(SimulatedCast().digest_hex()));
}

bool HasMessageOf(const google::protobuf::RepeatedPtrField<v1::PartyBytes>& list,
                  std::string_view party) {
  return std::any_of(list.begin(), list.end(),
                     [&](const v1::PartyBytes& it) { return it.party() == party; });
}

std::uint64_t CountOf(const google::protobuf::RepeatedPtrField<v1::PartyBytes>& list,
                      std::string_view party) {
  return static_cast<std::uint64_t>(std::count_if(
      list.begin(), list.end(), [&](const v1::PartyBytes& it) { return it.party() == party; }));
}

SimulationOracle::Effect IsThere(Bytes key) {
  return [key = std::move(key)](const storage::View& view) {
    return view.Get(key).value().has_value();
  };
}

using MessageList = google::protobuf::RepeatedPtrField<v1::PartyBytes>;
SimulationOracle::Effect HasMessage(const MessageList& (v1::AgreementState::*list)() const,
                                    Bytes message) {
  return [list, message = std::move(message)](const storage::View& view) {
    const auto agreement = ReadAgreement(view);
    if (!agreement) return false;
    const MessageList& messages = ((*agreement).*list)();
    return std::any_of(messages.begin(), messages.end(),
                       [&](const v1::PartyBytes& it) { return it.bytes() == message; });
  };
}

Wish StepWish(std::string name, AgreementStepEvent step,
              const MessageList& (v1::AgreementState::*list)() const) {
  const Bytes message = step.step.message();
  return {std::move(name), std::move(step), HasMessage(list, message)};
}

std::optional<Wish> CeremonyWish(const std::string& party, const v1::AgreementState& agreement) {
  const Cast& cast = SimulatedCast();
  if (!HasMessageOf(agreement.commitments(), party)) {
    return StepWish("commit", cast.Commit(party), &v1::AgreementState::commitments);
  }
  if (agreement.commitments_size() == 2 && !HasMessageOf(agreement.reveals(), party)) {
    return StepWish("reveal", cast.Reveal(party), &v1::AgreementState::reveals);
  }
  if (agreement.reveals_size() == 2 && !HasMessageOf(agreement.confirmations(), party)) {
    return StepWish("confirm", cast.Confirm(party), &v1::AgreementState::confirmations);
  }
  return std::nullopt;
}

Wish TransitionWish(std::string name, const std::string& party, TransitionKind kind,
                    const v1::AgreementState& agreement) {
  const std::uint64_t sequence = CountOf(agreement.transitions(), party) + 1;
  return StepWish(std::move(name), SimulatedCast().Transition(party, kind, sequence),
                  &v1::AgreementState::transitions);
}

std::uint64_t NumberOf(const std::string& party, std::uint64_t sequence) {
  return (party == "csun" ? 100 : 200) + sequence;
}

std::optional<v1::SubmissionState> SubmissionOf(const storage::View& view, const std::string& party,
                                                std::uint64_t sequence) {
  return Read<v1::SubmissionState>(
      view, SubmissionViewKey(Cast::SubmissionId(NumberOf(party, sequence))));
}

std::optional<Wish> SubmissionWish(const std::string& party, const storage::View& view,
                                   const Temper& temper) {
  Bytes previous;
  for (std::uint64_t sequence = 1; sequence <= temper.submissions; ++sequence) {
    const auto submission = SubmissionOf(view, party, sequence);
    const std::uint64_t number = NumberOf(party, sequence);
    const std::string id = Cast::SubmissionId(number);
    if (!submission) {
      const ManifestFacts facts{.party = party,
                                .dataset = party == "csun" ? "candidates" : "hr",
                                .number = number,
                                .sequence = sequence,
                                .previous_manifest = previous};
      return Wish{"open " + std::to_string(number), SimulatedCast().Open(facts),
                  IsThere(SubmissionViewKey(id))};
    }
    if (submission->phase() == "open") {
      return Wish{"commit submission " + std::to_string(number), CommitSubmissionEvent{id},
                  [id](const storage::View& now) {
                    const auto it = Read<v1::SubmissionState>(now, SubmissionViewKey(id));
                    return it && it->committed() != 0;
                  }};
    }
    previous = submission->manifest_digest();
  }
  const auto first = SubmissionOf(view, party, 1);
  if (temper.withdraws_first && first && first->phase() == "superseded") {
    const std::string id = Cast::SubmissionId(NumberOf(party, 1));
    return Wish{"withdraw", Cast::Withdraw(party, id), [id](const storage::View& now) {
                  const auto it = Read<v1::SubmissionState>(now, SubmissionViewKey(id));
                  return it && (it->phase() == "withdrawn" || it->phase() == "destroyed");
                }};
  }
  return std::nullopt;
}

std::vector<v1::RequestState> RequestsOf(const storage::View& view) {
  std::vector<v1::RequestState> requests;
  const Status scanned =
      ScanStates<v1::RequestState>(view, "request/", [&](const v1::RequestState& request) {
        requests.push_back(request);
        return true;
      });
  return scanned.ok() ? requests : std::vector<v1::RequestState>();
}

bool Awaits(const v1::RequestState& request, std::string_view party) {
  return std::find(request.awaiting().begin(), request.awaiting().end(), party) !=
         request.awaiting().end();
}

bool Decided(const v1::RequestState& request) {
  return request.phase() == v1::REQUEST_PHASE_RELEASED ||
         request.phase() == v1::REQUEST_PHASE_REFUSED;
}

std::optional<Wish> AnswerWish(const std::string& party, const storage::View& view,
                               const Temper& temper) {
  for (const v1::RequestState& request : RequestsOf(view)) {
    if (!Awaits(request, party)) continue;
    const std::string id = request.id();
    if (request.phase() == v1::REQUEST_PHASE_SUBMITTED) {
      const bool deny =
          party == "lausd" && temper.lausd_denies_one && request.output() == "hired_by_pathway";
      return Wish{"verdict on " + id, Cast::Verdict(party, request, !deny),
                  [id, party](const storage::View& now) {
                    const auto it = Read<v1::RequestState>(now, RequestViewKey(id));
                    return it &&
                           std::any_of(it->verdicts().begin(), it->verdicts().end(),
                                       [&](const auto& given) { return given.party() == party; });
                  }};
    }
    if (request.phase() == v1::REQUEST_PHASE_PROTECTED) {
      return Wish{"sign " + id, Cast::Approve(party, request),
                  [id, party](const storage::View& now) {
                    const auto it = Read<v1::RequestState>(now, RequestViewKey(id));
                    return it && (Decided(*it) || !Awaits(*it, party));
                  }};
    }
  }
  return std::nullopt;
}

std::optional<Wish> InstitutionWish(const std::string& party, const storage::View& view,
                                    const Temper& temper) {
  const auto agreement = ReadAgreement(view);
  if (!agreement) {
    if (party != "csun" || !view.Get(MemberViewKey("lausd")).value()) return std::nullopt;
    return Wish{"propose", SimulatedCast().Propose(party),
                IsThere(AgreementViewKey(SimulatedCast().digest_hex()))};
  }
  switch (agreement->phase()) {
    case v1::AGREEMENT_PHASE_PROPOSED:
    case v1::AGREEMENT_PHASE_COMMITTED:
    case v1::AGREEMENT_PHASE_REVEALED:
      return CeremonyWish(party, *agreement);
    case v1::AGREEMENT_PHASE_SUSPENDED:
      if (party != "lausd") return std::nullopt;
      return TransitionWish("resume", party, TransitionKind::kResume, *agreement);
    case v1::AGREEMENT_PHASE_ACTIVE:
      break;
    default:
      return std::nullopt;
  }
  if (auto wish = SubmissionWish(party, view, temper)) return wish;
  if (party == "lausd" && temper.suspends_once && agreement->transitions_size() == 0) {
    return TransitionWish("suspend", party, TransitionKind::kSuspend, *agreement);
  }
  if (auto wish = AnswerWish(party, view, temper)) return wish;
  Temper all_answered = temper;
  all_answered.ends_in_revocation = false;
  if (party == "csun" && temper.ends_in_revocation && Finished(view, all_answered)) {
    return TransitionWish("revoke", party, TransitionKind::kRevoke, *agreement);
  }
  return std::nullopt;
}

std::optional<Wish> ResearcherWish(const storage::View& view) {
  const auto agreement = ReadAgreement(view);
  if (!agreement || agreement->phase() != v1::AGREEMENT_PHASE_ACTIVE) return std::nullopt;
  for (const std::string party : {"csun", "lausd"}) {
    const auto submission = SubmissionOf(view, party, 1);
    if (!submission || submission->committed() == 0) return std::nullopt;
  }
  for (const Question& question : kQuestions) {
    const auto request = SimulatedCast().Request(question.output, question.nonce);
    const Bytes key = RequestViewKey(request.Id());
    if (view.Get(key).value()) continue;
    return Wish{"ask " + std::string(question.nonce), Cast::Ask(request), IsThere(key)};
  }
  return std::nullopt;
}

std::optional<Wish> OperatorWish(const storage::View& view) {
  for (const std::string_view member : kMembers) {
    const Bytes secret = Cast::Secret(member);
    const Bytes key = InvitationViewKey(crypto::Sha256(secret).hex());
    if (view.Get(key).value()) continue;
    return Wish{"invite " + std::string(member), Cast::Invite(member, secret), IsThere(key)};
  }
  return std::nullopt;
}

std::optional<Wish> ServiceWish(const storage::View& view) {
  for (const v1::RequestState& request : RequestsOf(view)) {
    const bool approved = request.phase() == v1::REQUEST_PHASE_APPROVED;
    if (!approved && request.phase() != v1::REQUEST_PHASE_PROTECTED) continue;
    const std::string id = request.id();
    // As the pipeline does: what a request runs over was withdrawn meanwhile.
    if (const Status there = RequireSubmissions(view, request); !there.ok()) {
      return Wish{"refuse " + id, RefuseEvent{id, ToRequestRefusal(there.error(), "agreement")},
                  [id](const storage::View& now) {
                    const auto it = Read<v1::RequestState>(now, RequestViewKey(id));
                    return it && Decided(*it);
                  }};
    }
    if (!approved) continue;
    return Wish{"table of " + id, Cast::Table(request), [id](const storage::View& now) {
                  const auto it = Read<v1::RequestState>(now, RequestViewKey(id));
                  return it && (Decided(*it) || it->phase() == v1::REQUEST_PHASE_PROTECTED);
                }};
  }
  return std::nullopt;
}

}  // namespace

const Cast& SimulatedCast() {
  static const Cast* const cast = new Cast();
  return *cast;
}

std::optional<Wish> NextWish(const std::string& member, const storage::View& view,
                             const Temper& temper) {
  if (member == kOperator) return OperatorWish(view);
  if (member == kService) return ServiceWish(view);
  if (!view.Get(MemberViewKey(member)).value()) {
    const Bytes secret = Cast::Secret(member);
    if (!view.Get(InvitationViewKey(crypto::Sha256(secret).hex())).value()) return std::nullopt;
    return Wish{"enrol", Cast::Enrol(member, secret), IsThere(MemberViewKey(member))};
  }
  if (member == "pgarcia") return ResearcherWish(view);
  if (member == "ucla") return std::nullopt;
  return InstitutionWish(member, view, temper);
}

Wish ForbiddenWish(std::uint64_t choice) {
  const Cast& cast = SimulatedCast();
  const auto never = [](const storage::View&) { return false; };
  switch (choice % 5) {
    case 0:
      return {"replay a commitment", cast.Commit("csun"), never};
    case 1:
      return {"replay a revocation", cast.Transition("csun", TransitionKind::kRevoke, 1), never};
    case 2:
      return {"replay a manifest", cast.Open({.number = 101}), never};
    case 3:
      return {"commit another's", CommitSubmissionEvent{Cast::SubmissionId(101)}, never};
    default:
      return {"replay a request", Cast::Ask(cast.Request("hired_by_pathway", "b")), never};
  }
}

bool Finished(const storage::View& view, const Temper& temper) {
  const auto agreement = ReadAgreement(view);
  if (!agreement) return false;
  if (agreement->phase() == v1::AGREEMENT_PHASE_REVOKED) return true;
  if (temper.ends_in_revocation) return false;
  const std::vector<v1::RequestState> requests = RequestsOf(view);
  return requests.size() == std::size(kQuestions) &&
         std::all_of(requests.begin(), requests.end(), Decided);
}

}  // namespace tallystick::matcher
