#include "agents/approve/ceremony_runner.h"

#include <algorithm>

#include "agents/normalise/rules.h"
#include "agreements/amendment.h"
#include "base/file.h"
#include "base/log.h"
#include "client/agreement_lookup.h"

namespace tallystick::agents {
namespace {

using agreements::CeremonyKeys;
using agreements::CeremonyResult;
using PartyBytesList = google::protobuf::RepeatedPtrField<v1::PartyBytes>;

bool Has(const PartyBytesList& list, std::string_view party) {
  return std::any_of(list.begin(), list.end(),
                     [&](const v1::PartyBytes& it) { return it.party() == party; });
}

Result<CeremonyKeys> LoadKeys(const AgentHome& home, const std::string& digest_hex) {
  const Result<crypto::SecretBuffer> stored = home.LoadCeremony(digest_hex);
  if (!stored.ok()) {
    return Error(
        Code::kFailedPrecondition, "ceremony.keys-missing",
        "the keys of this ceremony are not in this home: agreement rotate makes new ones; a "
        "proposal that is not active yet is revoked first");
  }
  return stored->Expose([](ByteView bytes) { return CeremonyKeys::Deserialize(bytes); });
}

// Active too: the last confirmation makes it so before every party has checked it.
bool InCeremony(const v1::AgreementState& state) {
  switch (state.phase()) {
    case v1::AGREEMENT_PHASE_REVOKED:
    case v1::AGREEMENT_PHASE_EXPIRED:
    case v1::AGREEMENT_PHASE_SUPERSEDED:
      return false;
    default:
      return true;
  }
}

Result<CeremonyResult> Finish(const agreements::Agreement& agreement, const CeremonyKeys& keys,
                              const v1::AgreementState& state) {
  TS_ASSIGN_OR_RETURN(auto commitments,
                      agreements::DecodeAll<agreements::Commitment>(state.commitments()));
  TS_ASSIGN_OR_RETURN(auto reveals, agreements::DecodeAll<agreements::Reveal>(state.reveals()));
  return agreements::FinishCeremony(agreement, keys, std::move(commitments), std::move(reveals));
}

// The public shares of all parties. REQUIRES: Finish() passed, which verified each.
Result<std::vector<JointShares::Share>> SharesOf(const v1::AgreementState& state) {
  TS_ASSIGN_OR_RETURN(const auto reveals,
                      agreements::DecodeAll<agreements::Reveal>(state.reveals()));
  std::vector<JointShares::Share> shares;
  for (const agreements::Reveal& reveal : reveals) {
    TS_ASSIGN_OR_RETURN(auto point, crypto::Point::FromBytes(reveal.share));
    shares.push_back({reveal.party, std::move(point)});
  }
  return shares;
}

// The 64 test tokens under this ceremony's keys: equal tokens show that both sides normalise alike.
agreements::NormaliserCheck NormaliserCheckOf(const CeremonyResult& result) {
  const Bytes tokens = TestTokens(result.secret.TokenKey("conformance"));
  return {NormaliserDigest(), crypto::Sha256(tokens)};
}

v1::AgreementStep StepOf(v1::AgreementStep::Kind kind, Bytes message) {
  v1::AgreementStep step;
  step.set_kind(kind);
  step.set_message(std::move(message));
  return step;
}

Status RequireAbout(const std::string& digest_hex, const v1::AgreementState& state) {
  if (ToHex(state.digest()) == digest_hex) return Ok();
  return Error(Code::kPermissionDenied, "agreement.other",
               "the matcher answers about another agreement than was asked for");
}

// Whether this home has work to do, or wait for, in the ceremony of `state`.
Result<bool> IsUnderWay(const AgentHome& home, const v1::AgreementState& state) {
  const std::string digest_hex = ToHex(state.digest());
  TS_ASSIGN_OR_RETURN(const bool has_signed, home.HasSigned(digest_hex));
  TS_ASSIGN_OR_RETURN(const bool has_secret, home.HasSecret(digest_hex));
  return has_signed && !has_secret && InCeremony(state) &&
         state.commitments_size() == state.parties_size();
}

// Whether this home had finished its part and no longer has what came of it. No round mends that;
// status says what does.
bool IsLost(const AgentHome& home, const v1::AgreementState& state) {
  if (!Has(state.confirmations(), home.id())) return false;
  const auto keys = home.LoadCeremony(ToHex(state.digest()));
  return !keys.ok() && keys.error().code() == Code::kNotFound;
}

// A share is shown to one set of commitments and no other. Else who has seen it could commit once
// more, to a share made for it, and a matcher that helps would show the new set as the first.
Status RevealOnce(const AgentHome& home, const std::string& digest_hex,
                  const crypto::Digest& commitments) {
  const auto file = home.AgreementDirectory(digest_hex) / "revealed";
  const Result<Bytes> revealed = ReadFile(file, crypto::Digest::kSize);
  if (!revealed.ok()) {
    if (revealed.error().code() != Code::kNotFound) return revealed.error();
    return WriteFileDurably(file, commitments.view());
  }
  if (*revealed == commitments.view()) return Ok();
  return Error(Code::kPermissionDenied, "ceremony.commitments-changed",
               "the commitments are others than those that this agent revealed its share to");
}

// Every other party must have derived the same and normalise alike.
Status CheckConfirmations(const AgentHome& home, const agreements::Agreement& agreement,
                          const agreements::CeremonyContext& context, const CeremonyResult& result,
                          const v1::AgreementState& state) {
  TS_ASSIGN_OR_RETURN(const auto confirmations,
                      agreements::DecodeAll<agreements::Confirmation>(state.confirmations()));
  const agreements::NormaliserCheck check = NormaliserCheckOf(result);
  for (const agreements::Confirmation& confirmation : confirmations) {
    if (confirmation.party == home.id()) continue;
    TS_RETURN_IF_ERROR(
        agreements::CheckConfirmation(agreement, context, home.id(), result, check, confirmation));
  }
  return Ok();
}

// Reads chain and epoch from the agreement's own history: each version's bytes hold the digest of
// the one before, so who compared the newest one's fingerprint has compared them all, and the
// matcher only delivers. What this home signed itself need not be read again; a home that takes the
// place of a lost one reads back to the first version.
Result<agreements::CeremonyContext> ContextByHistory(const AgentHome& home,
                                                     client::MatcherClient& matcher,
                                                     const agreements::Agreement& agreement) {
  agreements::Agreement version = agreement;
  std::uint32_t later_versions = 0;
  while (version.replaces) {
    ++later_versions;
    const std::string previous_hex = version.replaces->hex();
    const auto known = home.LoadContext(previous_hex);
    if (known.ok()) {
      return agreements::CeremonyContext{agreement.digest, known->chain,
                                         known->epoch + later_versions};
    }
    TS_ASSIGN_OR_RETURN(const v1::AgreementState state, matcher.GetAgreement(previous_hex));
    TS_ASSIGN_OR_RETURN(agreements::Agreement previous, client::ParseServed(state));
    TS_RETURN_IF_ERROR(agreements::CheckAmendment(previous, version));
    version = std::move(previous);
  }
  return agreements::CeremonyContext{agreement.digest, version.digest, 1 + later_versions};
}

// Chain and epoch come from the matcher; they must be what the agreement's own history says.
Status CheckContext(const AgentHome& home, client::MatcherClient& matcher,
                    const agreements::Agreement& agreement,
                    const agreements::CeremonyContext& context) {
  TS_ASSIGN_OR_RETURN(const auto expected, ContextByHistory(home, matcher, agreement));
  if (context.chain == expected.chain && context.epoch == expected.epoch) return Ok();
  return Error(Code::kPermissionDenied, "agreement.chain",
               "the matcher gives the agreement another chain or epoch than its history has");
}

}  // namespace

Result<agreements::CeremonyContext> ContextOf(const v1::AgreementState& state) {
  agreements::CeremonyContext context;
  TS_ASSIGN_OR_RETURN(context.digest, crypto::Digest::FromBytes(state.digest()));
  TS_ASSIGN_OR_RETURN(context.chain, crypto::Digest::FromBytes(state.chain_digest()));
  context.epoch = static_cast<std::uint32_t>(state.epoch());
  return context;
}

Status SignAgreement(const AgentHome& home, client::MatcherClient& matcher,
                     const agreements::Agreement& agreement, const v1::AgreementState& state) {
  const std::string digest_hex = agreement.digest.hex();
  if (Has(state.commitments(), home.id())) {
    TS_ASSIGN_OR_RETURN(const bool signed_here, home.HasSigned(digest_hex));
    if (signed_here) return Ok();
    return Error(Code::kConflict, "agreement.signed-elsewhere",
                 "this institution signed from another home: its ceremony keys are not here");
  }
  TS_ASSIGN_OR_RETURN(const agreements::CeremonyContext context, ContextOf(state));
  TS_RETURN_IF_ERROR(CheckContext(home, matcher, agreement, context));
  TS_ASSIGN_OR_RETURN(const HomeGuard guard, home.Guard());
  TS_RETURN_IF_ERROR(home.KeepSigned(agreement));
  TS_RETURN_IF_ERROR(home.KeepContext(context));
  // Keys first, commitment after: what was committed to must survive a crash.
  Result<CeremonyKeys> keys = LoadKeys(home, digest_hex);
  if (!keys.ok()) {
    keys = CeremonyKeys::Create(context, home.id());
    TS_RETURN_IF_ERROR(home.KeepCeremony(digest_hex, keys->Serialize()));
  }
  TS_RETURN_IF_ERROR(matcher.Advance(
      digest_hex,
      StepOf(v1::AgreementStep::KIND_COMMIT,
             agreements::MakeCommitment(*keys, home.identity().keys().signing).Encode())));
  return Ok();
}

Result<CeremonyTurn> TakeCeremonyTurn(const AgentHome& home, const v1::AgreementState& state) {
  const std::string digest_hex = ToHex(state.digest());
  TS_ASSIGN_OR_RETURN(const bool under_way, IsUnderWay(home, state));
  if (!under_way) return CeremonyTurn();
  if (IsLost(home, state)) {
    LogEvent(Level::kWarning, "agreement.keys-lost", {{"agreement", Name(state.id())}});
    return CeremonyTurn();
  }
  TS_ASSIGN_OR_RETURN(const agreements::Agreement agreement, home.LoadSigned(digest_hex));
  TS_ASSIGN_OR_RETURN(const agreements::CeremonyContext context, home.LoadContext(digest_hex));
  TS_ASSIGN_OR_RETURN(const CeremonyKeys keys, LoadKeys(home, digest_hex));
  const client::MemberKeys& own = home.identity().keys();
  if (!Has(state.reveals(), home.id())) {
    TS_ASSIGN_OR_RETURN(auto commitments,
                        agreements::DecodeAll<agreements::Commitment>(state.commitments()));
    TS_ASSIGN_OR_RETURN(
        const agreements::Reveal reveal,
        agreements::MakeReveal(agreement, keys, own.signing, own.sealing, std::move(commitments)));
    TS_RETURN_IF_ERROR(RevealOnce(home, digest_hex, reveal.commitments));
    return CeremonyTurn{StepOf(v1::AgreementStep::KIND_REVEAL, reveal.Encode()), false};
  }
  if (state.reveals_size() != state.parties_size()) return CeremonyTurn();
  TS_ASSIGN_OR_RETURN(const CeremonyResult result, Finish(agreement, keys, state));
  if (!Has(state.confirmations(), home.id())) {
    const agreements::Confirmation confirmation = agreements::MakeConfirmation(
        agreement, context, home.id(), own.signing, result, NormaliserCheckOf(result));
    return CeremonyTurn{StepOf(v1::AgreementStep::KIND_CONFIRM, confirmation.Encode()), false};
  }
  if (state.confirmations_size() != state.parties_size()) return CeremonyTurn();
  TS_RETURN_IF_ERROR(CheckConfirmations(home, agreement, context, result, state));
  TS_ASSIGN_OR_RETURN(auto shares, SharesOf(state));
  TS_RETURN_IF_ERROR(home.KeepJoint(digest_hex, std::move(shares)));
  TS_RETURN_IF_ERROR(home.KeepShare(digest_hex, keys.share_scalar()));
  TS_RETURN_IF_ERROR(home.KeepSecret(digest_hex, result.secret));
  TS_RETURN_IF_ERROR(home.EraseCeremony(digest_hex));
  LogEvent(Level::kInfo, "agreement.active", {{"agreement", Name(agreement.id)}});
  return CeremonyTurn{std::nullopt, true};
}

Result<bool> AdvanceCeremony(const AgentHome& home, client::MatcherClient& matcher,
                             v1::AgreementState& state) {
  const std::string digest_hex = ToHex(state.digest());
  TS_ASSIGN_OR_RETURN(const bool has_signed, home.HasSigned(digest_hex));
  TS_ASSIGN_OR_RETURN(const bool has_secret, home.HasSecret(digest_hex));
  if (has_signed && has_secret) {
    TS_RETURN_IF_ERROR(home.EraseCeremony(digest_hex));  // a crash may have left it
    return false;
  }
  TS_ASSIGN_OR_RETURN(const bool under_way, IsUnderWay(home, state));
  if (!under_way) return false;
  // The daemon and a verb may both be here: one of them finishes and destroys the one-time keys.
  TS_ASSIGN_OR_RETURN(const HomeGuard guard, home.Guard());
  // What the other one posted meanwhile is not posted again: it would be another message.
  TS_ASSIGN_OR_RETURN(state, matcher.GetAgreement(digest_hex));
  TS_RETURN_IF_ERROR(RequireAbout(digest_hex, state));
  bool advanced = false;
  // Reveal, confirm, finish.
  for (int turns = 0; turns < 3; ++turns) {
    TS_ASSIGN_OR_RETURN(CeremonyTurn turn, TakeCeremonyTurn(home, state));
    if (!turn.step) return advanced || turn.finished;
    TS_ASSIGN_OR_RETURN(state, matcher.Advance(digest_hex, *turn.step));
    TS_RETURN_IF_ERROR(RequireAbout(digest_hex, state));
    advanced = true;
  }
  return advanced;
}

}  // namespace tallystick::agents
