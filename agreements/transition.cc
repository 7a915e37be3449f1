#include "agreements/transition.h"

#include "agreements/internal/wire_reader.h"

namespace tallystick::agreements {
namespace {

Error Malformed() {
  return Error(Code::kInvalidArgument, "transition.malformed",
               "a transition of an agreement is malformed");
}

}  // namespace

std::string_view TransitionName(TransitionKind kind) {
  switch (kind) {
    case TransitionKind::kSuspend:
      return "suspend";
    case TransitionKind::kResume:
      return "resume";
    case TransitionKind::kRevoke:
      return "revoke";
  }
  return "?";
}

void Transition::Sign(const crypto::SigningKey& signing_key) {
  signature = signing_key.Sign(kDomain, Body());
}

Bytes Transition::Body() const {
  Bytes out;
  out += static_cast<char>(kind);
  out += digest.view();
  AppendLp(out, party);
  AppendU64(out, sequence);
  AppendLp(out, reason);
  AppendMoment(out, time);
  return out;
}

Bytes Transition::Encode() const { return Body() + signature; }

Result<Transition> Transition::Decode(ByteView bytes) {
  WireReader reader(bytes);
  Transition transition;
  const std::uint8_t kind = reader.U8();
  if (kind < 1 || kind > 3) return Malformed();
  transition.kind = static_cast<TransitionKind>(kind);
  transition.digest = reader.Hash();
  transition.party = reader.Id();
  transition.sequence = reader.U64();
  transition.reason = reader.Lp(kMaxReasonBytes);
  transition.time = reader.Moment();
  transition.signature = reader.Fixed(crypto::kSignatureSize);
  if (!reader.Finished() || !IsUtf8(transition.reason)) return Malformed();
  if (transition.kind == TransitionKind::kRevoke && transition.reason.empty()) return Malformed();
  return transition;
}

std::uint64_t TransitionState::NextSequence(std::string_view party) const {
  const auto found = sequences.find(party);
  return found == sequences.end() ? 1 : found->second + 1;
}

Result<TransitionState> ApplyTransition(const Agreement& agreement, TransitionState state,
                                        const Transition& transition) {
  const auto refuse = [&](Literal id, Literal message) {
    return Error(Code::kPermissionDenied, id, message).With("party", Name(transition.party));
  };
  if (transition.digest != agreement.digest) {
    return refuse("transition.digest", "the transition is for another agreement or version");
  }
  const Party* party = agreement.FindParty(transition.party);
  if (party == nullptr) {
    return refuse("transition.party", "only a party of the agreement suspends or revokes it");
  }
  const auto key = crypto::VerifyKey::FromBytes(party->signing_key);
  if (!key.ok() ||
      !key->Verify(Transition::kDomain, transition.Body(), transition.signature).ok()) {
    return refuse("transition.signature",
                  "the transition is not signed with the party's key in the agreement");
  }
  if (transition.sequence != state.NextSequence(transition.party)) {
    return Error(Code::kConflict, "transition.sequence",
                 "the transition is a repetition or out of order")
        .With("party", Name(transition.party))
        .With("expected", state.NextSequence(transition.party))
        .With("actual", transition.sequence);
  }
  if (state.revoked) {
    return Error(Code::kFailedPrecondition, "transition.revoked",
                 "the agreement is revoked: nothing changes it any more")
        .With("agreement", Name(agreement.id));
  }
  const bool suspended_by_it = state.suspended_by.contains(transition.party);
  switch (transition.kind) {
    case TransitionKind::kSuspend:
      if (suspended_by_it) {
        return Error(Code::kFailedPrecondition, "transition.suspended",
                     "the party has suspended the agreement already")
            .With("party", Name(transition.party));
      }
      state.suspended_by.insert(transition.party);
      break;
    case TransitionKind::kResume:
      if (!suspended_by_it) {
        return refuse("transition.not-suspender", "only who suspended an agreement resumes it")
            .Refused({"AGR-RESUME", ClauseFor(agreement, party->line),
                      "the party that suspended the agreement resumes it"});
      }
      state.suspended_by.erase(transition.party);
      break;
    case TransitionKind::kRevoke:
      state.revoked = true;
      break;
  }
  state.sequences[transition.party] = transition.sequence;
  return state;
}

}  // namespace tallystick::agreements
