#include "tests/integration/simulated_member.h"

#include <algorithm>
#include <map>
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
// And what it asks once the agreement is amended.
constexpr Question kQuestionAfter = {"d", "retention_by_pathway"};

// Reads of a view that must not fail in a simulation.
template <class State>
std::optional<State> Read(const storage::View& view, ByteView key) {
  return FindState<State>(view, key).value();
}

std::optional<v1::AgreementState> ReadAgreement(const storage::View& view, const Cast& cast) {
  return Read<v1::AgreementState>(view, AgreementViewKey(cast.digest_hex()));
}

v1::AgreementPhase PhaseOf(const storage::View& view, const Cast& cast) {
  const auto agreement = ReadAgreement(view, cast);
  return agreement ? agreement->phase() : v1::AGREEMENT_PHASE_UNSPECIFIED;
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
SimulationOracle::Effect HasMessage(const Cast& cast,
                                    const MessageList& (v1::AgreementState::*list)() const,
                                    Bytes message) {
  return [&cast, list, message = std::move(message)](const storage::View& view) {
    const auto agreement = ReadAgreement(view, cast);
    if (!agreement) return false;
    const MessageList& messages = ((*agreement).*list)();
    return std::any_of(messages.begin(), messages.end(),
                       [&](const v1::PartyBytes& it) { return it.bytes() == message; });
  };
}

Wish StepWish(const Cast& cast, std::string name, AgreementStepEvent step,
              const MessageList& (v1::AgreementState::*list)() const) {
  const Bytes message = step.step.message();
  return {std::move(name), std::move(step), HasMessage(cast, list, message)};
}

std::optional<Wish> CeremonyWish(const Cast& cast, const std::string& party,
                                 const v1::AgreementState& agreement) {
  if (!HasMessageOf(agreement.commitments(), party)) {
    return StepWish(cast, "commit", cast.Commit(party), &v1::AgreementState::commitments);
  }
  if (agreement.commitments_size() == 2 && !HasMessageOf(agreement.reveals(), party)) {
    return StepWish(cast, "reveal", cast.Reveal(party), &v1::AgreementState::reveals);
  }
  if (agreement.reveals_size() == 2 && !HasMessageOf(agreement.confirmations(), party)) {
    return StepWish(cast, "confirm", cast.Confirm(party), &v1::AgreementState::confirmations);
  }
  return std::nullopt;
}

Wish TransitionWish(const Cast& cast, std::string name, const std::string& party,
                    TransitionKind kind, const v1::AgreementState& agreement) {
  const std::uint64_t sequence = CountOf(agreement.transitions(), party) + 1;
  return StepWish(cast, std::move(name), cast.Transition(party, kind, sequence),
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

// The chunks of a submission, made once: they are the same for every seed.
const std::vector<Bytes>& ChunksOf(const Cast& cast, const ManifestFacts& facts) {
  static auto* const made = new std::map<std::pair<std::string, std::uint64_t>, std::vector<Bytes>>;
  auto& chunks = (*made)[{cast.digest_hex(), facts.number}];
  if (chunks.empty()) chunks = cast.ChunksOf(facts);
  return chunks;
}

// The next few chunks that the matcher lacks.
std::optional<Wish> UploadWish(const Cast& cast, const ManifestFacts& facts,
                               const storage::ChunkStore& there) {
  constexpr std::size_t kAtOnce = 6;
  const std::string id = Cast::SubmissionId(facts.number);
  Wish wish{"chunks of " + std::to_string(facts.number), {}, {}};
  const std::vector<Bytes>& chunks = ChunksOf(cast, facts);
  for (std::size_t i = 0; i < chunks.size() && wish.chunks.size() < kAtOnce; ++i) {
    if (there.Has(SpaceOf(id), crypto::Sha256(chunks[i]))) continue;
    if (wish.chunks.empty()) wish.name += " from " + std::to_string(i);
    wish.chunks.push_back({id, chunks[i]});
  }
  if (wish.chunks.empty()) return std::nullopt;
  return wish;
}

// Opens, fills and commits the dataset's submissions `first` to `last` under `cast`.
std::optional<Wish> SubmissionWish(const Cast& cast, const std::string& party, const Sight& sight,
                                   std::uint64_t first, std::uint64_t last) {
  Bytes previous;
  if (first > 1) {
    const auto before = SubmissionOf(sight.view, party, first - 1);
    if (before) previous = before->manifest_digest();
  }
  for (std::uint64_t sequence = first; sequence <= last; ++sequence) {
    const auto submission = SubmissionOf(sight.view, party, sequence);
    const std::uint64_t number = NumberOf(party, sequence);
    const std::string id = Cast::SubmissionId(number);
    const ManifestFacts facts{.party = party,
                              .dataset = party == "csun" ? "candidates" : "hr",
                              .number = number,
                              .sequence = sequence,
                              .previous_manifest = previous};
    if (!submission) {
      return Wish{"open " + std::to_string(number), cast.Open(facts),
                  IsThere(SubmissionViewKey(id))};
    }
    if (submission->phase() == "open") {
      if (auto upload = UploadWish(cast, facts, sight.chunks)) return upload;
      return Wish{"commit submission " + std::to_string(number), CommitSubmissionEvent{id},
                  [id](const storage::View& now) {
                    const auto it = Read<v1::SubmissionState>(now, SubmissionViewKey(id));
                    return it && it->committed() != 0;
                  }};
    }
    previous = submission->manifest_digest();
  }
  return std::nullopt;
}

std::optional<Wish> WithdrawalWish(const std::string& party, const storage::View& view) {
  const auto first = SubmissionOf(view, party, 1);
  if (!first || first->phase() != "superseded") return std::nullopt;
  const std::string id = Cast::SubmissionId(NumberOf(party, 1));
  return Wish{"withdraw", Cast::Withdraw(party, id), [id](const storage::View& now) {
                const auto it = Read<v1::SubmissionState>(now, SubmissionViewKey(id));
                return it && (it->phase() == "withdrawn" || it->phase() == "destroyed");
              }};
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

// The first version is done with: every question of its time is answered.
bool FirstIsAnswered(const storage::View& view) {
  const std::vector<v1::RequestState> requests = RequestsOf(view);
  return requests.size() >= std::size(kQuestions) &&
         std::all_of(requests.begin(), requests.end(), Decided);
}

// What is left to do under the version that `cast` is of, once it is proposed.
std::optional<Wish> VersionWish(const Cast& cast, const std::string& party, const Sight& sight,
                                const Temper& temper) {
  const bool amended = &cast == &AmendedCast();
  const auto agreement = ReadAgreement(sight.view, cast);
  switch (agreement->phase()) {
    case v1::AGREEMENT_PHASE_PROPOSED:
    case v1::AGREEMENT_PHASE_COMMITTED:
    case v1::AGREEMENT_PHASE_REVEALED:
      return CeremonyWish(cast, party, *agreement);
    case v1::AGREEMENT_PHASE_SUSPENDED:
      if (party != "lausd") return std::nullopt;
      return TransitionWish(cast, "resume", party, TransitionKind::kResume, *agreement);
    case v1::AGREEMENT_PHASE_ACTIVE:
      break;
    default:
      return std::nullopt;
  }
  const std::uint64_t count = temper.submissions;
  auto wish = amended ? SubmissionWish(cast, party, sight, count + 1, count + 1)
                      : SubmissionWish(cast, party, sight, 1, count);
  if (wish) return wish;
  if (!amended && temper.withdraws_first) {
    if (auto withdrawal = WithdrawalWish(party, sight.view)) return withdrawal;
  }
  if (party == "lausd" && temper.suspends_once && agreement->transitions_size() == 0) {
    return TransitionWish(cast, "suspend", party, TransitionKind::kSuspend, *agreement);
  }
  if (auto answer = AnswerWish(party, sight.view, temper)) return answer;
  Temper all_answered = temper;
  all_answered.ends_in_revocation = false;
  const bool last = amended == temper.amends;
  if (party == "csun" && last && temper.ends_in_revocation && Finished(sight.view, all_answered)) {
    return TransitionWish(cast, "revoke", party, TransitionKind::kRevoke, *agreement);
  }
  return std::nullopt;
}

std::optional<Wish> InstitutionWish(const std::string& party, const Sight& sight,
                                    const Temper& temper) {
  if (!ReadAgreement(sight.view, SimulatedCast())) {
    if (party != "csun" || !sight.view.Get(MemberViewKey("lausd")).value()) return std::nullopt;
    return Wish{"propose", SimulatedCast().Propose(party),
                IsThere(AgreementViewKey(SimulatedCast().digest_hex()))};
  }
  if (auto wish = VersionWish(SimulatedCast(), party, sight, temper)) return wish;
  if (!temper.amends) return std::nullopt;
  if (ReadAgreement(sight.view, AmendedCast())) {
    return VersionWish(AmendedCast(), party, sight, temper);
  }
  const bool active = PhaseOf(sight.view, SimulatedCast()) == v1::AGREEMENT_PHASE_ACTIVE;
  if (party != "csun" || !active || !FirstIsAnswered(sight.view)) return std::nullopt;
  return Wish{"propose the amendment", AmendedCast().Propose(party),
              IsThere(AgreementViewKey(AmendedCast().digest_hex()))};
}

// The person's request. One that was refused is asked anew, as people do it: signed again.
agreements::SignedRequest RequestFor(const storage::View& view, const Cast& cast,
                                     const Question& question) {
  std::string nonce(question.nonce);
  while (view.Get(RefusedViewKey(cast.Request(question.output, nonce).Id())).value()) {
    nonce += question.nonce;
  }
  return cast.Request(question.output, nonce);
}

Wish AskWish(const storage::View& view, const Cast& cast, const Question& question) {
  const auto request = RequestFor(view, cast, question);
  return {"ask " + std::string(question.nonce), Cast::Ask(request),
          IsThere(RequestViewKey(request.Id()))};
}

bool IsAsked(const storage::View& view, const Cast& cast, const Question& question) {
  return view.Get(RequestViewKey(RequestFor(view, cast, question).Id())).value().has_value();
}

bool BothCommitted(const storage::View& view, std::uint64_t sequence) {
  for (const std::string party : {"csun", "lausd"}) {
    const auto submission = SubmissionOf(view, party, sequence);
    if (!submission || submission->committed() == 0) return false;
  }
  return true;
}

std::optional<Wish> ResearcherWish(const storage::View& view, const Temper& temper) {
  if (PhaseOf(view, AmendedCast()) == v1::AGREEMENT_PHASE_ACTIVE) {
    const bool ready = BothCommitted(view, temper.submissions + 1);
    if (!ready || IsAsked(view, AmendedCast(), kQuestionAfter)) return std::nullopt;
    return AskWish(view, AmendedCast(), kQuestionAfter);
  }
  if (PhaseOf(view, SimulatedCast()) != v1::AGREEMENT_PHASE_ACTIVE) return std::nullopt;
  if (!BothCommitted(view, 1)) return std::nullopt;
  for (const Question& question : kQuestions) {
    if (!IsAsked(view, SimulatedCast(), question)) {
      return AskWish(view, SimulatedCast(), question);
    }
  }
  return std::nullopt;
}

// ucla's second enrolment, as from a new home: other keys, another invitation.
Bytes SecondSecret() { return Cast::Secret("ucla again"); }

const agreements::TestMember& SecondKeys() {
  static const auto* const member =
      new agreements::TestMember(agreements::MakeTestMember("ucla-again"));
  return *member;
}

Wish EnrolAgainWish() {
  v1::Enrolment body = Cast::EnrolmentOf("ucla", SecondSecret());
  body.set_signing_key(Bytes(SecondKeys().signing_key.verify_key().view()));
  body.set_sealing_key(Bytes(SecondKeys().sealing_key.public_key().view()));
  return {"enrol again", Cast::Enrol(body, SecondKeys().signing_key, Cast::TlsKeyOf("ucla-again")),
          EnrolledAgain};
}

std::optional<Wish> OperatorWish(const storage::View& view, const Temper& temper) {
  for (const std::string_view member : kMembers) {
    const Bytes secret = Cast::Secret(member);
    const Bytes key = InvitationViewKey(crypto::Sha256(secret).hex());
    if (view.Get(key).value()) continue;
    return Wish{"invite " + std::string(member), Cast::Invite(member, secret), IsThere(key)};
  }
  const Bytes key = InvitationViewKey(crypto::Sha256(SecondSecret()).hex());
  if (temper.enrols_again && view.Get(MemberViewKey("ucla")).value() && !view.Get(key).value()) {
    return Wish{"invite ucla again", Cast::Invite("ucla", SecondSecret()), IsThere(key)};
  }
  return std::nullopt;
}

// What the service says once a data key is gone.
std::optional<Wish> DestructionWish(const storage::View& view) {
  std::optional<std::string> id;
  const Status scanned = ScanStates<v1::SubmissionState>(
      view, "submission/", [&](const v1::SubmissionState& submission) {
        if (IsGone(submission) && submission.destruction().empty()) id = submission.id();
        return !id;
      });
  if (!scanned.ok() || !id) return std::nullopt;
  return Wish{"destroyed " + *id, DestroyedEvent{*id}, [id](const storage::View& now) {
                const auto it = Read<v1::SubmissionState>(now, SubmissionViewKey(*id));
                return it && !it->destruction().empty();
              }};
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
  return DestructionWish(view);
}

}  // namespace

const Cast& SimulatedCast() {
  static const Cast* const cast = new Cast();
  return *cast;
}

const Cast& AmendedCast() {
  static const Cast* const cast = [] {
    const Cast& first = SimulatedCast();
    const std::string text =
        agreements::Replaced(Cast::AgreementText(), "version = 1\n",
                             "version = 2\nreplaces = \"sha256:" + first.digest_hex() + "\"\n");
    return new Cast(agreements::Replaced(text, "min_cell = 11", "min_cell = 12"), first.chain(),
                    first.epoch() + 1);
  }();
  return *cast;
}

std::optional<Wish> NextWish(const std::string& member, const Sight& sight, const Temper& temper) {
  const storage::View& view = sight.view;
  if (member == kOperator) return OperatorWish(view, temper);
  if (member == kService) return ServiceWish(view);
  if (!view.Get(MemberViewKey(member)).value()) {
    const Bytes secret = Cast::Secret(member);
    if (!view.Get(InvitationViewKey(crypto::Sha256(secret).hex())).value()) return std::nullopt;
    return Wish{"enrol", Cast::Enrol(member, secret), IsThere(MemberViewKey(member))};
  }
  if (member == "pgarcia") return ResearcherWish(view, temper);
  if (member == "ucla") {
    const Bytes key = InvitationViewKey(crypto::Sha256(SecondSecret()).hex());
    if (EnrolledAgain(view) || !view.Get(key).value()) return std::nullopt;
    return EnrolAgainWish();
  }
  return InstitutionWish(member, sight, temper);
}

Wish ForbiddenWish(const storage::View& view, std::uint64_t choice) {
  const Cast& cast = SimulatedCast();
  const auto never = [](const storage::View&) { return false; };
  switch (choice % 6) {
    case 0:
      return {"replay a commitment", cast.Commit("csun"), never};
    case 1:
      return {"replay a revocation", cast.Transition("csun", TransitionKind::kRevoke, 1), never};
    case 2:
      return {"replay a manifest", cast.Open({.number = 101}), never};
    case 3:
      return {"commit another's", CommitSubmissionEvent{Cast::SubmissionId(101)}, never};
    case 4:
      // Until then it would be nothing new.
      if (EnrolledAgain(view)) {
        return {"replay the first enrolment", Cast::Enrol("ucla", Cast::Secret("ucla")), never};
      }
      [[fallthrough]];
    default:
      return {"replay a request", Cast::Ask(cast.Request("hired_by_pathway", "b")), never};
  }
}

Wish HastyWish(const std::string& party, std::uint64_t sequence) {
  return {
      "commit in haste", CommitSubmissionEvent{Cast::SubmissionId(NumberOf(party, sequence))}, {}};
}

bool Amended(const storage::View& view) {
  return PhaseOf(view, SimulatedCast()) == v1::AGREEMENT_PHASE_SUPERSEDED;
}

bool EnrolledAgain(const storage::View& view) {
  const auto member = Read<v1::MemberState>(view, MemberViewKey("ucla"));
  return member &&
         ByteView(member->member().signing_key()) == SecondKeys().signing_key.verify_key().view();
}

bool Finished(const storage::View& view, const Temper& temper) {
  const Cast& last = temper.amends ? AmendedCast() : SimulatedCast();
  const auto agreement = ReadAgreement(view, last);
  if (!agreement) return false;
  if (agreement->phase() == v1::AGREEMENT_PHASE_REVOKED) return true;
  if (temper.ends_in_revocation || !FirstIsAnswered(view)) return false;
  if (temper.enrols_again && !EnrolledAgain(view)) return false;
  return !temper.amends || IsAsked(view, AmendedCast(), kQuestionAfter);
}

}  // namespace tallystick::matcher
