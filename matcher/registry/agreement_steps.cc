#include "matcher/registry/agreement_steps.h"

#include <algorithm>
#include <set>

#include "agreements/amendment.h"
#include "agreements/ceremony.h"
#include "agreements/policy.h"
#include "agreements/transition.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "proto/domains.h"
#include "proto/errors.h"

namespace tallystick::matcher {
namespace {

using agreements::Agreement;
using PartyBytesList = google::protobuf::RepeatedPtrField<v1::PartyBytes>;

constexpr int kMaxTransitions = 100;
// Of one institution, proposed and not confirmed by all: every party is shown them.
constexpr std::size_t kMaxPendingProposals = 64;
// Of one institution under one agreement. Beyond it refused messages of a ceremony are counted, as
// whoever is turned away is, and no longer recorded one by one: they must not fill the log.
constexpr std::size_t kMaxRefusedSteps = 32;

Error Refuse(Literal id, Literal message) { return Error(Code::kPermissionDenied, id, message); }

// Every party must be enrolled here with just the keys in the agreement: the directory and the
// agreement say the same. Persons may enrol later; their requests are verified with the
// agreement's keys.
Status CheckMembers(const storage::View& view, const Agreement& terms) {
  for (const agreements::Party& party : terms.parties) {
    TS_ASSIGN_OR_RETURN(const auto member, FindMember(view, party.id));
    if (!member || member->revoked() != 0 || member->member().role() != v1::ROLE_INSTITUTION) {
      return Error(Code::kFailedPrecondition, "agreement.party-not-enrolled",
                   "a party of the agreement is not enrolled here")
          .With("party", Name(party.id));
    }
    if (member->member().signing_key() != party.signing_key ||
        member->member().sealing_key() != party.sealing_key) {
      return Error(Code::kFailedPrecondition, "agreement.party-keys",
                   "the agreement names other keys for a party than it enrolled with")
          .With("party", Name(party.id));
    }
  }
  return Ok();
}

Status CheckMatcher(const MatcherIdentity& matcher, const Agreement& terms) {
  const v1::MatcherDescription& own = matcher.description;
  if (terms.matcher.signing_key != own.signing_key() ||
      terms.matcher.sealing_key != own.sealing_key()) {
    return Error(Code::kFailedPrecondition, "agreement.matcher-keys",
                 "the agreement names other keys for the matcher than this one has");
  }
  return Ok();
}

// Only the newest version of a chain is amended, or two amendments of one version would share the
// chain and the epoch of their keys; and nothing brings a revoked one back.
Status RequireReplaceable(const v1::AgreementState& previous) {
  if (previous.phase() == v1::AGREEMENT_PHASE_REVOKED ||
      previous.phase() == v1::AGREEMENT_PHASE_SUPERSEDED) {
    return Error(Code::kFailedPrecondition, "agreement.predecessor-over",
                 "the version that this amends is revoked, or another amendment took its place");
  }
  return Ok();
}

// The version before, for an amendment.
Result<std::optional<v1::AgreementState>> Predecessor(const storage::View& view,
                                                      const Agreement& terms) {
  if (!terms.replaces) return std::optional<v1::AgreementState>();
  TS_ASSIGN_OR_RETURN(v1::AgreementState previous, GetAgreement(view, terms.replaces->hex()));
  TS_ASSIGN_OR_RETURN(const Agreement previous_terms,
                      agreements::ParseAgreement(previous.text(), nullptr));
  TS_RETURN_IF_ERROR(agreements::CheckAmendment(previous_terms, terms));
  // An amendment ends the version before it, so everyone who signed that one signs this one too.
  for (const std::string& party : previous.parties()) {
    if (terms.FindParty(party) == nullptr) {
      return Refuse("agreement.amendment-parties",
                    "an amendment keeps every party of the version that it replaces");
    }
  }
  TS_RETURN_IF_ERROR(RequireReplaceable(previous));
  return std::optional<v1::AgreementState>(std::move(previous));
}

Result<agreements::CeremonyContext> ContextOf(const v1::AgreementState& state) {
  agreements::CeremonyContext context;
  TS_ASSIGN_OR_RETURN(context.digest, crypto::Digest::FromBytes(state.digest()));
  TS_ASSIGN_OR_RETURN(context.chain, crypto::Digest::FromBytes(state.chain_digest()));
  context.epoch = static_cast<std::uint32_t>(state.epoch());
  return context;
}

const v1::PartyBytes* FindOf(const PartyBytesList& list, std::string_view party) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const v1::PartyBytes& it) { return it.party() == party; });
  return found == list.end() ? nullptr : &*found;
}

bool HasAll(const PartyBytesList& list, const v1::AgreementState& state) {
  return list.size() == state.parties_size();
}

// What a step does to the state; true when it changed it.
Result<bool> Commit(v1::AgreementState& state, const Agreement& terms, std::string_view party,
                    ByteView message, Time now) {
  TS_RETURN_IF_ERROR(agreements::MaySign(terms, party, DateOf(now)));
  TS_ASSIGN_OR_RETURN(const auto context, ContextOf(state));
  TS_ASSIGN_OR_RETURN(const auto commitment, agreements::Commitment::Decode(message));
  TS_RETURN_IF_ERROR(agreements::VerifyCommitment(terms, context, commitment));
  if (commitment.party != party) return Refuse("ceremony.party", "committed for someone else");
  if (const auto* present = FindOf(state.commitments(), party)) {
    if (present->bytes() == message) return false;
    return Error(Code::kConflict, "ceremony.committed", "this party has committed already");
  }
  v1::PartyBytes* added = state.add_commitments();
  added->set_party(std::string(party));
  added->set_bytes(Bytes(message));
  if (HasAll(state.commitments(), state)) state.set_phase(v1::AGREEMENT_PHASE_COMMITTED);
  return true;
}

Result<bool> Reveal(v1::AgreementState& state, const Agreement& terms, std::string_view party,
                    ByteView message) {
  if (!HasAll(state.commitments(), state)) {
    return Error(Code::kFailedPrecondition, "ceremony.incomplete",
                 "not every party has committed yet");
  }
  if (const auto* present = FindOf(state.reveals(), party)) {
    if (present->bytes() == message) return false;
    return Error(Code::kConflict, "ceremony.revealed", "this party has revealed already");
  }
  TS_ASSIGN_OR_RETURN(const auto context, ContextOf(state));
  TS_ASSIGN_OR_RETURN(auto commitments,
                      agreements::DecodeAll<agreements::Commitment>(state.commitments()));
  TS_ASSIGN_OR_RETURN(const auto reveal, agreements::Reveal::Decode(message));
  if (reveal.party != party) return Refuse("ceremony.party", "revealed for someone else");
  TS_RETURN_IF_ERROR(agreements::VerifyReveal(terms, context, std::move(commitments), reveal));
  v1::PartyBytes* added = state.add_reveals();
  added->set_party(std::string(party));
  added->set_bytes(Bytes(message));
  if (HasAll(state.reveals(), state)) {
    TS_ASSIGN_OR_RETURN(const auto reveals,
                        agreements::DecodeAll<agreements::Reveal>(state.reveals()));
    TS_ASSIGN_OR_RETURN(const crypto::Point joint_key, agreements::JointKeyOf(reveals));
    state.set_joint_key(joint_key.bytes());
    state.set_phase(v1::AGREEMENT_PHASE_REVEALED);
  }
  return true;
}

Result<bool> Confirm(v1::AgreementState& state, const Agreement& terms, std::string_view party,
                     ByteView message) {
  if (!HasAll(state.reveals(), state)) {
    return Error(Code::kFailedPrecondition, "ceremony.incomplete",
                 "not every party has revealed yet");
  }
  if (const auto* present = FindOf(state.confirmations(), party)) {
    if (present->bytes() == message) return false;
    return Error(Code::kConflict, "ceremony.confirmed", "this party has confirmed already");
  }
  TS_ASSIGN_OR_RETURN(const auto context, ContextOf(state));
  TS_ASSIGN_OR_RETURN(const auto confirmation, agreements::Confirmation::Decode(message));
  if (confirmation.party != party) return Refuse("ceremony.party", "confirmed for someone else");
  TS_RETURN_IF_ERROR(agreements::VerifyConfirmation(terms, context, confirmation));
  v1::PartyBytes* added = state.add_confirmations();
  added->set_party(std::string(party));
  added->set_bytes(Bytes(message));
  if (HasAll(state.confirmations(), state)) state.set_phase(v1::AGREEMENT_PHASE_ACTIVE);
  return true;
}

Result<agreements::TransitionState> TransitionsOf(const v1::AgreementState& state,
                                                  const Agreement& terms) {
  agreements::TransitionState transitions;
  for (const v1::PartyBytes& entry : state.transitions()) {
    TS_ASSIGN_OR_RETURN(const auto transition, agreements::Transition::Decode(entry.bytes()));
    TS_ASSIGN_OR_RETURN(transitions,
                        agreements::ApplyTransition(terms, std::move(transitions), transition));
  }
  return transitions;
}

Result<bool> Transition(v1::AgreementState& state, const Agreement& terms, std::string_view party,
                        ByteView message) {
  for (const v1::PartyBytes& entry : state.transitions()) {
    if (entry.bytes() == message) return false;
  }
  TS_ASSIGN_OR_RETURN(const auto transition, agreements::Transition::Decode(message));
  if (transition.party != party) return Refuse("transition.party", "signed by someone else");
  const bool usable =
      state.phase() == v1::AGREEMENT_PHASE_ACTIVE || state.phase() == v1::AGREEMENT_PHASE_SUSPENDED;
  if (!usable && transition.kind != agreements::TransitionKind::kRevoke) {
    return Error(Code::kFailedPrecondition, "transition.not-active", "the agreement is not active");
  }
  // They are kept with the agreement: without an end, one party's could fill the record of
  // another's revocation.
  if (state.transitions_size() >= kMaxTransitions &&
      transition.kind != agreements::TransitionKind::kRevoke) {
    return Error(Code::kExhausted, "transition.too-many",
                 "the agreement was suspended and resumed too often: amend or revoke it");
  }
  TS_ASSIGN_OR_RETURN(auto transitions, TransitionsOf(state, terms));
  TS_ASSIGN_OR_RETURN(transitions,
                      agreements::ApplyTransition(terms, std::move(transitions), transition));
  v1::PartyBytes* added = state.add_transitions();
  added->set_party(std::string(party));
  added->set_bytes(Bytes(message));
  state.clear_suspended_by();
  for (const std::string& suspender : transitions.suspended_by) state.add_suspended_by(suspender);
  if (transitions.revoked) {
    state.set_phase(v1::AGREEMENT_PHASE_REVOKED);
  } else if (usable) {
    state.set_phase(transitions.usable() ? v1::AGREEMENT_PHASE_ACTIVE
                                         : v1::AGREEMENT_PHASE_SUSPENDED);
  }
  return true;
}

std::string_view EventOf(const v1::AgreementState& before, const v1::AgreementState& after,
                         v1::AgreementStep::Kind kind) {
  if (before.phase() != after.phase()) {
    if (after.phase() == v1::AGREEMENT_PHASE_ACTIVE) {
      return kind == v1::AgreementStep::KIND_TRANSITION ? "agreement.resumed"
                                                        : "agreement.activated";
    }
    if (after.phase() == v1::AGREEMENT_PHASE_SUSPENDED) return "agreement.suspended";
    if (after.phase() == v1::AGREEMENT_PHASE_REVOKED) return "agreement.revoked";
  }
  switch (kind) {
    case v1::AgreementStep::KIND_COMMIT:
      return "agreement.signed";
    case v1::AgreementStep::KIND_REVEAL:
      return "agreement.revealed";
    case v1::AgreementStep::KIND_CONFIRM:
      return "agreement.confirmed";
    default:
      return "agreement.transition";
  }
}

// What breaks the ceremony's rules, or would change what was committed to. A step that is only too
// early breaks none: it is taken later.
bool IsBreach(v1::AgreementStep::Kind kind, const Error& error) {
  return kind != v1::AgreementStep::KIND_TRANSITION &&
         (error.code() == Code::kPermissionDenied || error.code() == Code::kConflict);
}

// Who breaks a ceremony's rules has an entry in the log, which its counterparts read. The same
// message again has none.
Result<Outcome> RecordBreach(const storage::View& view, const Event& event,
                             const AgreementStepEvent& step, const v1::AgreementState& state,
                             const Error& why) {
  const Bytes prefix = RefusedStepsViewPrefix(step.digest_hex, event.actor.id);
  Bytes message;
  AppendU32(message, static_cast<std::uint32_t>(step.step.kind()));
  message += step.step.message();
  const Bytes key = prefix + crypto::Sha256(message).hex();
  std::size_t recorded = 0;
  bool present = false;
  TS_RETURN_IF_ERROR(view.Scan(prefix, [&](ByteView found, ByteView) {
    present = present || found == key;
    return ++recorded < kMaxRefusedSteps && !present;
  }));
  if (present || recorded >= kMaxRefusedSteps) return Error(why);
  const v1::ErrorBody answer = ToWire(why);
  const Bytes refusal = Serialise(ToRequestRefusal(why, kService));
  Outcome outcome;
  // As it will be restored for whoever repeats it.
  outcome.refused = FromWire(answer);
  outcome.record = RecordBuilder("agreement.step-refused", event.now, event.actor.id, event.salt)
                       .Subject(step.digest_hex, refusal)
                       .Agreement(state)
                       .Detail(refusal)
                       .Put(key, answer)
                       .Build();
  return outcome;
}

// The versions whose data end with `state`: its own and, if it ever took their place, those before.
Result<std::set<std::string>> VersionsUpTo(const storage::View& view,
                                           const v1::AgreementState& state) {
  std::set<std::string> digests{ToHex(state.digest())};
  const bool confirmed = HasAll(state.confirmations(), state);
  Bytes next = confirmed ? state.replaces() : Bytes();
  while (!next.empty()) {
    TS_ASSIGN_OR_RETURN(const v1::AgreementState previous, GetAgreement(view, ToHex(next)));
    digests.insert(ToHex(previous.digest()));
    next = previous.replaces();
  }
  return digests;
}

// Revoking destroys the data: the record says so, the key store does it right after.
Status DestroySubmissions(const storage::View& view, const v1::AgreementState& state,
                          RecordBuilder& record) {
  TS_ASSIGN_OR_RETURN(const std::set<std::string> versions, VersionsUpTo(view, state));
  Status status = Ok();
  TS_RETURN_IF_ERROR(ScanStates<v1::SubmissionState>(
      view, "submission/", [&](const v1::SubmissionState& submission) {
        if (!versions.contains(submission.agreement()) || IsGone(submission)) return true;
        status = Destroy(submission, record);
        return status.ok();
      }));
  return status;
}

// A proposal needs no consent of the parties that it names.
Status RequireFewProposals(const storage::View& view, std::string_view proposer, Time now) {
  std::size_t pending = 0;
  TS_RETURN_IF_ERROR(
      ScanStates<v1::AgreementState>(view, "agreement/", [&](const v1::AgreementState& state) {
        const v1::AgreementPhase phase = AsOf(state, now).phase();
        const bool waits = phase == v1::AGREEMENT_PHASE_PROPOSED ||
                           phase == v1::AGREEMENT_PHASE_COMMITTED ||
                           phase == v1::AGREEMENT_PHASE_REVEALED;
        if (waits && state.proposal().signer() == proposer) ++pending;
        return true;
      }));
  if (pending < kMaxPendingProposals) return Ok();
  return Error(
      Code::kExhausted, "agreement.too-many-proposals",
      "too many agreements that this institution proposed wait for signatures: revoke those "
      "that are not wanted");
}

// An activated amendment takes the place of the version it replaces.
Status Supersede(const storage::View& view, const v1::AgreementState& state,
                 RecordBuilder& record) {
  if (state.replaces().empty()) return Ok();
  TS_ASSIGN_OR_RETURN(v1::AgreementState previous, GetAgreement(view, ToHex(state.replaces())));
  TS_RETURN_IF_ERROR(RequireReplaceable(previous));
  previous.set_phase(v1::AGREEMENT_PHASE_SUPERSEDED);
  record.Put(AgreementViewKey(ToHex(previous.digest())), previous);
  return Ok();
}

}  // namespace

Result<Outcome> StepPropose(const storage::View& view, const Event& event,
                            const MatcherIdentity& matcher, const ProposeEvent& propose) {
  TS_RETURN_IF_ERROR(VerifySigned(view, event.actor.id, propose.proposal, kProposalDomain));
  TS_ASSIGN_OR_RETURN(const v1::Proposal body,
                      Parse<v1::Proposal>(propose.proposal.body(), kMaxAgreementBytes + 1024));
  TS_ASSIGN_OR_RETURN(const Agreement terms, agreements::ParseAgreement(body.text(), nullptr));
  if (terms.FindParty(event.actor.id) == nullptr) {
    return Refuse("agreement.not-a-party", "only a party of the agreement proposes it");
  }
  Outcome outcome;
  TS_ASSIGN_OR_RETURN(const auto present,
                      FindState<v1::AgreementState>(view, AgreementViewKey(terms.digest.hex())));
  if (present) {
    outcome.answer = Serialise(AsOf(*present, event.now));
    return outcome;
  }
  TS_RETURN_IF_ERROR(CheckMatcher(matcher, terms));
  TS_RETURN_IF_ERROR(CheckMembers(view, terms));
  TS_RETURN_IF_ERROR(agreements::MaySign(terms, event.actor.id, DateOf(event.now)));
  TS_ASSIGN_OR_RETURN(const auto previous, Predecessor(view, terms));
  TS_RETURN_IF_ERROR(RequireFewProposals(view, event.actor.id, event.now));

  v1::AgreementState state;
  state.mutable_proposal()->set_signer(event.actor.id);
  state.set_text(terms.text);
  state.set_digest(Bytes(terms.digest.view()));
  state.set_chain_digest(previous ? previous->chain_digest() : Bytes(terms.digest.view()));
  state.set_epoch(previous ? previous->epoch() + 1 : 1);
  state.set_id(terms.id);
  state.set_version(terms.version);
  state.set_title(terms.title);
  state.set_phase(v1::AGREEMENT_PHASE_PROPOSED);
  for (const auto& party : terms.parties) state.add_parties(party.id);
  for (const auto& person : terms.persons) state.add_persons(person.id);
  if (terms.replaces) state.set_replaces(Bytes(terms.replaces->view()));
  const Time expires = Time(terms.term.expires) + std::chrono::days(1);
  state.set_expires(expires.time_since_epoch().count());
  outcome.answer = Serialise(state);
  outcome.record = RecordBuilder("agreement.proposed", event.now, event.actor.id, event.salt)
                       .Subject(terms.digest.hex(), terms.text)
                       .Agreement(state)
                       .Put(AgreementViewKey(terms.digest.hex()), state)
                       .PutBytes(AgreementIdViewKey(terms.id), terms.digest.hex())
                       .Build();
  return outcome;
}

Result<Outcome> StepAgreement(const storage::View& view, const Event& event,
                              const AgreementStepEvent& step) {
  TS_ASSIGN_OR_RETURN(const v1::AgreementState before, GetAgreement(view, step.digest_hex));
  const std::string& party = event.actor.id;
  if (!IsParty(before, party)) {
    return Error(Code::kNotFound, "agreement.unknown", "no such agreement");
  }
  if (AsOf(before, event.now).phase() == v1::AGREEMENT_PHASE_EXPIRED ||
      before.phase() == v1::AGREEMENT_PHASE_REVOKED ||
      before.phase() == v1::AGREEMENT_PHASE_SUPERSEDED) {
    return Error(Code::kFailedPrecondition, "agreement.over",
                 "the agreement is expired, revoked or superseded");
  }
  TS_ASSIGN_OR_RETURN(const Agreement terms, agreements::ParseAgreement(before.text(), nullptr));
  v1::AgreementState state = before;
  Result<bool> changed = Error(Code::kInvalidArgument, "agreement.step", "an unknown step");
  const ByteView message = step.step.message();
  switch (step.step.kind()) {
    case v1::AgreementStep::KIND_COMMIT:
      changed = Commit(state, terms, party, message, event.now);
      break;
    case v1::AgreementStep::KIND_REVEAL:
      changed = Reveal(state, terms, party, message);
      break;
    case v1::AgreementStep::KIND_CONFIRM:
      changed = Confirm(state, terms, party, message);
      break;
    case v1::AgreementStep::KIND_TRANSITION:
      changed = Transition(state, terms, party, message);
      break;
    default:
      break;
  }
  if (!changed.ok()) {
    if (!IsBreach(step.step.kind(), changed.error())) return std::move(changed).error();
    return RecordBreach(view, event, step, before, changed.error());
  }
  Outcome outcome;
  outcome.answer = Serialise(AsOf(state, event.now));
  if (!*changed) return outcome;
  RecordBuilder record(EventOf(before, state, step.step.kind()), event.now, party, event.salt);
  record.Subject(step.digest_hex, message)
      .Agreement(state)
      .Put(AgreementViewKey(step.digest_hex), state);
  if (before.phase() == v1::AGREEMENT_PHASE_REVEALED &&
      state.phase() == v1::AGREEMENT_PHASE_ACTIVE) {
    TS_RETURN_IF_ERROR(Supersede(view, state, record));
  }
  if (state.phase() == v1::AGREEMENT_PHASE_REVOKED) {
    TS_RETURN_IF_ERROR(DestroySubmissions(view, state, record));
  }
  outcome.record = record.Build();
  return outcome;
}

Result<Outcome> StepExpire(const storage::View& view, const Event& event,
                           const ExpireEvent& expire) {
  if (event.actor.id != kService) return Refuse("expire.service", "only the service records it");
  TS_ASSIGN_OR_RETURN(const v1::AgreementState stored, GetAgreement(view, expire.digest_hex));
  const v1::AgreementState state = AsOf(stored, event.now);
  Outcome outcome;
  if (state.phase() == stored.phase()) return outcome;
  RecordBuilder record("agreement.expired", event.now, event.actor.id, event.salt);
  record.Subject(expire.digest_hex, state.digest())
      .Agreement(state)
      .Put(AgreementViewKey(expire.digest_hex), state);
  TS_RETURN_IF_ERROR(DestroySubmissions(view, state, record));
  outcome.record = record.Build();
  return outcome;
}

Result<std::vector<std::string>> OverdueAgreements(const storage::View& view, Time now) {
  std::vector<std::string> digests;
  TS_RETURN_IF_ERROR(
      ScanStates<v1::AgreementState>(view, "agreement/", [&](const v1::AgreementState& stored) {
        if (AsOf(stored, now).phase() != stored.phase()) digests.push_back(ToHex(stored.digest()));
        return true;
      }));
  return digests;
}

v1::AgreementState AsOf(v1::AgreementState agreement, Time now) {
  const bool ends = agreement.phase() != v1::AGREEMENT_PHASE_REVOKED &&
                    agreement.phase() != v1::AGREEMENT_PHASE_SUPERSEDED;
  if (ends && agreement.expires() <= now.time_since_epoch().count()) {
    agreement.set_phase(v1::AGREEMENT_PHASE_EXPIRED);
  }
  return agreement;
}

Status RequireActive(const v1::AgreementState& agreement, Time now) {
  const v1::AgreementState state = AsOf(agreement, now);
  // The clause that says from when to when it is in force, or which version it is.
  const auto refuse = [&](Literal rule, Literal message, Literal would_pass) {
    std::optional<Clause> clause;
    const auto terms = agreements::ParseAgreement(state.text(), nullptr);
    if (terms.ok()) {
      int line = terms->term.line;
      if (state.phase() == v1::AGREEMENT_PHASE_EXPIRED) line = terms->term.line_of("expires");
      if (state.phase() == v1::AGREEMENT_PHASE_SUPERSEDED) line = terms->lines.Of("version", 1);
      clause = agreements::ClauseFor(*terms, line);
    }
    return Error(Code::kPermissionDenied, "agreement.not-active", message)
        .Refused({rule, std::move(clause), would_pass});
  };
  switch (state.phase()) {
    case v1::AGREEMENT_PHASE_ACTIVE:
      return Ok();
    case v1::AGREEMENT_PHASE_SUSPENDED:
      return refuse("AGR-SUSPENDED", "the agreement is suspended",
                    "the party that suspended it resumes it");
    case v1::AGREEMENT_PHASE_REVOKED:
      return refuse("AGR-REVOKED", "the agreement is revoked", "a new agreement");
    case v1::AGREEMENT_PHASE_EXPIRED:
      return refuse("AGR-TERM-EXPIRED", "the agreement has expired",
                    "an amendment with a later [term] expires, signed by both parties");
    case v1::AGREEMENT_PHASE_SUPERSEDED:
      return refuse("AGR-SUPERSEDED", "the agreement has been amended", "its newest version");
    default:
      return refuse("AGR-NOT-ACTIVE", "the agreement is not signed and confirmed by every party",
                    "every party signs it and runs its agent");
  }
}

Status RequireKeysOf(const storage::View& view, const agreements::Agreement& terms,
                     std::string_view party) {
  TS_ASSIGN_OR_RETURN(const auto member, FindMember(view, party));
  const agreements::Party* named = terms.FindParty(party);
  if (!member || named == nullptr || member->member().signing_key() != named->signing_key) {
    return Error(Code::kFailedPrecondition, "agreement.party-keys",
                 "the party has other keys now than the agreement names: amend the agreement")
        .With("party", Name(party));
  }
  return Ok();
}

Result<v1::AgreementState> FindAgreementByName(const storage::View& view, std::string_view name,
                                               std::string_view who) {
  constexpr std::size_t kMinPrefix = 8;
  std::optional<v1::AgreementState> best;
  TS_RETURN_IF_ERROR(
      ScanStates<v1::AgreementState>(view, "agreement/", [&](const v1::AgreementState& it) {
        if (!IsParty(it, who) && !IsPerson(it, who)) return true;
        const bool by_digest = name.size() >= kMinPrefix && ToHex(it.digest()).starts_with(name);
        if (it.id() != name && !by_digest) return true;
        const bool live = it.phase() == v1::AGREEMENT_PHASE_ACTIVE;
        const bool best_live = best && best->phase() == v1::AGREEMENT_PHASE_ACTIVE;
        if (!best || (live && !best_live) ||
            (live == best_live && it.version() > best->version())) {
          best = it;
        }
        return true;
      }));
  if (!best) return Error(Code::kNotFound, "agreement.unknown", "no such agreement");
  return *std::move(best);
}

}  // namespace tallystick::matcher
