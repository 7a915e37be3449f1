#include "agreements/ceremony.h"

#include <algorithm>

#include "agreements/internal/share_context.h"
#include "crypto/hmac.h"
#include "crypto/schnorr.h"

namespace tallystick::agreements {
namespace {

Error Refuse(Literal id, Literal message, std::string_view party) {
  return Error(Code::kPermissionDenied, id, message).With("party", Name(party));
}

Bytes SealInfo(const CeremonyContext& context, std::string_view from, std::string_view to) {
  Bytes info = BoundTo("tallystick/v1/ceremony-contribution", context);
  AppendLp(info, from);
  AppendLp(info, to);
  return info;
}

crypto::Digest ContributionHash(const CeremonyContext& context, std::string_view party,
                                ByteView contribution_and_blinding) {
  Bytes message = BoundTo("tallystick/v1/ceremony-contribution-hash", context);
  AppendLp(message, party);
  message.reserve(message.size() + contribution_and_blinding.size());
  message += contribution_and_blinding;
  const crypto::Digest digest = crypto::Sha256(message);
  crypto::Wipe(message);
  return digest;
}

// Calls f(ByteView) with contribution ‖ blinding, wiped afterwards.
template <class F>
auto WithContribution(const CeremonyKeys& keys, F f) {
  Bytes both;
  both.reserve(64);
  keys.contribution().Expose([&](ByteView bytes) { both += bytes; });
  keys.blinding().Expose([&](ByteView bytes) { both += bytes; });
  auto result = f(ByteView(both));
  crypto::Wipe(both);
  return result;
}

crypto::Digest ShareHash(const CeremonyContext& context, std::string_view party, ByteView share,
                         ByteView proof) {
  Bytes message = BoundTo("tallystick/v1/ceremony-share-hash", context);
  AppendLp(message, party);
  AppendLp(message, share);
  AppendLp(message, proof);
  return crypto::Sha256(message);
}

// The signature of a message by a party of the agreement, and what the message is for.
template <class Message>
Status VerifySigned(const Agreement& agreement, const CeremonyContext& context,
                    const Message& message) {
  if (message.context != context || context.digest != agreement.digest) {
    return Refuse("ceremony.context",
                  "a ceremony message is for another agreement, version or epoch", message.party);
  }
  const Party* party = agreement.FindParty(message.party);
  if (party == nullptr) {
    return Refuse("ceremony.party", "a ceremony message is from no party of the agreement",
                  message.party);
  }
  const auto key = crypto::VerifyKey::FromBytes(party->signing_key);
  if (!key.ok() || !key->Verify(Message::kDomain, message.Body(), message.signature).ok()) {
    return Refuse("ceremony.signature",
                  "a ceremony message is not signed with the key in the agreement", message.party);
  }
  return Ok();
}

// Sorts by party and demands exactly one of each.
template <class Message>
Status SortComplete(const Agreement& agreement, std::vector<Message>& messages) {
  std::sort(messages.begin(), messages.end(),
            [](const Message& a, const Message& b) { return a.party < b.party; });
  const auto twice =
      std::adjacent_find(messages.begin(), messages.end(),
                         [](const Message& a, const Message& b) { return a.party == b.party; });
  if (messages.size() != agreement.parties.size() || twice != messages.end()) {
    return Error(Code::kPermissionDenied, "ceremony.incomplete",
                 "a ceremony needs one message of each party")
        .With("expected", agreement.parties.size())
        .With("actual", messages.size());
  }
  return Ok();
}

Status VerifyCommitments(const Agreement& agreement, const CeremonyContext& context,
                         std::vector<Commitment>& commitments) {
  TS_RETURN_IF_ERROR(SortComplete(agreement, commitments));
  for (const Commitment& commitment : commitments) {
    TS_RETURN_IF_ERROR(VerifyCommitment(agreement, context, commitment));
  }
  return Ok();
}

template <class Message>
const Message* Of(const std::vector<Message>& messages, std::string_view party) {
  const auto found = std::find_if(messages.begin(), messages.end(),
                                  [&](const Message& message) { return message.party == party; });
  return found == messages.end() ? nullptr : &*found;
}

// The ids of everyone else, in order.
std::vector<std::string> Counterparts(const Agreement& agreement, std::string_view party) {
  std::vector<std::string> ids;
  for (const Party& other : agreement.parties) {
    if (other.id != party) ids.push_back(other.id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

template <class Addressed>
bool AddressesAll(const std::vector<Addressed>& addressed,
                  const std::vector<std::string>& counterparts) {
  return std::equal(addressed.begin(), addressed.end(), counterparts.begin(), counterparts.end(),
                    [](const Addressed& one, const std::string& id) { return one.to == id; });
}

// VerifyReveal() over commitments that are verified and sorted.
Status VerifyAgainst(const Agreement& agreement, const CeremonyContext& context,
                     const std::vector<Commitment>& commitments, const Reveal& reveal) {
  TS_RETURN_IF_ERROR(VerifySigned(agreement, context, reveal));
  if (reveal.commitments != CommitmentsDigest(commitments)) {
    return Refuse("ceremony.commitments", "a reveal answers another set of commitments",
                  reveal.party);
  }
  const auto share = crypto::Point::FromBytes(reveal.share);
  if (!share.ok()) {
    return Refuse("ceremony.share", "a key share is not a point of the curve", reveal.party);
  }
  const Commitment& commitment = *Of(commitments, reveal.party);
  if (ShareHash(context, reveal.party, reveal.share, reveal.proof) != commitment.share_hash) {
    return Refuse("ceremony.share-commitment", "a key share is not the one committed to",
                  reveal.party);
  }
  if (!crypto::VerifyKnowledge(*share, reveal.proof, ShareContext(context, reveal.party)).ok()) {
    return Refuse("ceremony.proof", "a key share comes without proof that its secret is known",
                  reveal.party);
  }
  if (!AddressesAll(reveal.sealed, Counterparts(agreement, reveal.party))) {
    return Refuse("ceremony.sealed", "a reveal lacks a contribution for a counterpart",
                  reveal.party);
  }
  return Ok();
}

Result<crypto::SecretBytes<32>> OpenContribution(const Agreement& agreement,
                                                 const CeremonyKeys& keys,
                                                 const Commitment& commitment,
                                                 const Reveal& reveal) {
  const Error refused =
      Refuse("ceremony.contribution",
             "a contribution cannot be opened or is not the one committed to", reveal.party);
  const auto sealed = std::find_if(reveal.sealed.begin(), reveal.sealed.end(),
                                   [&](const auto& one) { return one.to == keys.party(); });
  const auto from =
      crypto::SealingPublicKey::FromBytes(agreement.FindParty(reveal.party)->sealing_key);
  if (sealed == reveal.sealed.end() || !from.ok()) return refused;
  auto opened = crypto::OpenAuthSealed(keys.one_time_key(), *from,
                                       SealInfo(keys.context(), reveal.party, keys.party()),
                                       reveal.commitments.view(), sealed->bytes);
  if (!opened.ok() || opened->size() != 64) return refused;
  const bool committed =
      ContributionHash(keys.context(), reveal.party, *opened) == commitment.contribution_hash;
  auto contribution = crypto::SecretBytes<32>::FromBytes(ByteView(*opened).substr(0, 32));
  crypto::Wipe(*opened);
  if (!committed) return refused;
  return contribution;
}

crypto::Digest Transcript(const CeremonyContext& context,
                          const std::vector<Commitment>& commitments,
                          const std::vector<Reveal>& reveals, const crypto::Point& joint_key) {
  Bytes all = BoundTo("tallystick/v1/ceremony-transcript", context);
  for (const Commitment& commitment : commitments) AppendLp(all, commitment.Encode());
  for (const Reveal& reveal : reveals) AppendLp(all, reveal.Encode());
  AppendLp(all, joint_key.bytes());
  return crypto::Sha256(all);
}

crypto::Digest ConfirmTag(const CeremonyResult& result, const NormaliserCheck& normaliser,
                          std::string_view from, std::string_view to) {
  Bytes covered(result.transcript.view());
  covered += normaliser.rules.view();
  covered += normaliser.test_tokens.view();
  Bytes message;
  AppendLp(message, from);
  AppendLp(message, to);
  message += crypto::Sha256(covered).view();
  return crypto::HmacSha256(result.secret.ConfirmKey()).Compute(message);
}

}  // namespace

Commitment MakeCommitment(const CeremonyKeys& keys, const crypto::SigningKey& signing_key) {
  Commitment commitment;
  commitment.context = keys.context();
  commitment.party = keys.party();
  commitment.one_time_key = Bytes(keys.one_time_key().public_key().view());
  commitment.contribution_hash = WithContribution(
      keys, [&](ByteView both) { return ContributionHash(keys.context(), keys.party(), both); });
  commitment.share_hash =
      ShareHash(keys.context(), keys.party(), keys.share().bytes(), keys.proof());
  commitment.signature = signing_key.Sign(Commitment::kDomain, commitment.Body());
  return commitment;
}

Status VerifyCommitment(const Agreement& agreement, const CeremonyContext& context,
                        const Commitment& commitment) {
  TS_RETURN_IF_ERROR(VerifySigned(agreement, context, commitment));
  if (!crypto::SealingPublicKey::FromBytes(commitment.one_time_key).ok()) {
    return Refuse("ceremony.one-time-key", "a one-time key is not a point of the curve",
                  commitment.party);
  }
  return Ok();
}

Result<Reveal> MakeReveal(const Agreement& agreement, const CeremonyKeys& keys,
                          const crypto::SigningKey& signing_key,
                          const crypto::SealingKey& sealing_key,
                          std::vector<Commitment> commitments) {
  TS_RETURN_IF_ERROR(VerifyCommitments(agreement, keys.context(), commitments));
  const Commitment* own = Of(commitments, keys.party());
  if (own == nullptr || own->Body() != MakeCommitment(keys, signing_key).Body()) {
    return Refuse("ceremony.own-commitment", "the commitment in our name is not ours",
                  keys.party());
  }
  Reveal reveal;
  reveal.context = keys.context();
  reveal.party = keys.party();
  reveal.commitments = CommitmentsDigest(commitments);
  reveal.share = keys.share().bytes();
  reveal.proof = keys.proof();
  for (const std::string& to : Counterparts(agreement, keys.party())) {
    TS_ASSIGN_OR_RETURN(const auto one_time_key,
                        crypto::SealingPublicKey::FromBytes(Of(commitments, to)->one_time_key));
    reveal.sealed.push_back({to, WithContribution(keys, [&](ByteView both) {
                               return crypto::SealAuthTo(one_time_key, sealing_key,
                                                         SealInfo(keys.context(), keys.party(), to),
                                                         reveal.commitments.view(), both);
                             })});
  }
  reveal.signature = signing_key.Sign(Reveal::kDomain, reveal.Body());
  return reveal;
}

Status VerifyReveal(const Agreement& agreement, const CeremonyContext& context,
                    std::vector<Commitment> commitments, const Reveal& reveal) {
  TS_RETURN_IF_ERROR(VerifyCommitments(agreement, context, commitments));
  return VerifyAgainst(agreement, context, commitments, reveal);
}

Result<crypto::Point> JointKeyOf(const std::vector<Reveal>& reveals) {
  std::optional<crypto::Point> sum;
  for (const Reveal& reveal : reveals) {
    const auto share = crypto::Point::FromBytes(reveal.share);
    if (!share.ok()) {
      return Refuse("ceremony.share", "a key share is not a point of the curve", reveal.party);
    }
    if (!sum) {
      sum = *share;
      continue;
    }
    const auto next = crypto::Point::Add(*sum, *share);
    if (!next.ok()) {
      return Refuse("ceremony.joint-key", "the key shares cancel each other", reveal.party);
    }
    sum = *next;
  }
  if (!sum) {
    return Error(Code::kPermissionDenied, "ceremony.incomplete",
                 "a ceremony needs one message of each party");
  }
  return *sum;
}

Result<CeremonyResult> FinishCeremony(const Agreement& agreement, const CeremonyKeys& keys,
                                      std::vector<Commitment> commitments,
                                      std::vector<Reveal> reveals) {
  const CeremonyContext& context = keys.context();
  TS_RETURN_IF_ERROR(VerifyCommitments(agreement, context, commitments));
  TS_RETURN_IF_ERROR(SortComplete(agreement, reveals));
  for (const Reveal& reveal : reveals) {
    TS_RETURN_IF_ERROR(VerifyAgainst(agreement, context, commitments, reveal));
  }
  const Commitment* own = Of(commitments, keys.party());
  const Reveal* own_reveal = Of(reveals, keys.party());
  if (own == nullptr || own_reveal == nullptr ||
      own->one_time_key != keys.one_time_key().public_key().view() ||
      own_reveal->share != keys.share().bytes()) {
    return Refuse("ceremony.own-reveal", "the ceremony messages in our name are not ours",
                  keys.party());
  }

  std::vector<crypto::SecretBytes<32>> opened;
  opened.reserve(reveals.size());
  std::vector<const crypto::SecretBytes<32>*> in_order;
  for (const Reveal& reveal : reveals) {
    if (reveal.party == keys.party()) {
      in_order.push_back(&keys.contribution());
      continue;
    }
    TS_ASSIGN_OR_RETURN(auto contribution,
                        OpenContribution(agreement, keys, *Of(commitments, reveal.party), reveal));
    opened.push_back(std::move(contribution));
    in_order.push_back(&opened.back());
  }
  TS_ASSIGN_OR_RETURN(crypto::Point joint_key, JointKeyOf(reveals));
  const crypto::Digest transcript = Transcript(context, commitments, reveals, joint_key);
  return CeremonyResult{AgreementSecret::Derive(context, in_order), std::move(joint_key),
                        transcript};
}

Confirmation MakeConfirmation(const Agreement& agreement, const CeremonyContext& context,
                              std::string_view party, const crypto::SigningKey& signing_key,
                              const CeremonyResult& result, const NormaliserCheck& normaliser) {
  Confirmation confirmation;
  confirmation.context = context;
  confirmation.party = std::string(party);
  confirmation.normaliser = normaliser.rules;
  for (const std::string& to : Counterparts(agreement, party)) {
    confirmation.tags.push_back({to, ConfirmTag(result, normaliser, party, to)});
  }
  confirmation.signature = signing_key.Sign(Confirmation::kDomain, confirmation.Body());
  return confirmation;
}

Status VerifyConfirmation(const Agreement& agreement, const CeremonyContext& context,
                          const Confirmation& confirmation) {
  TS_RETURN_IF_ERROR(VerifySigned(agreement, context, confirmation));
  if (!AddressesAll(confirmation.tags, Counterparts(agreement, confirmation.party))) {
    return Refuse("ceremony.tags", "a confirmation does not address each counterpart",
                  confirmation.party);
  }
  return Ok();
}

Status CheckConfirmation(const Agreement& agreement, const CeremonyContext& context,
                         std::string_view party, const CeremonyResult& result,
                         const NormaliserCheck& normaliser, const Confirmation& confirmation) {
  TS_RETURN_IF_ERROR(VerifyConfirmation(agreement, context, confirmation));
  const auto tag = std::find_if(confirmation.tags.begin(), confirmation.tags.end(),
                                [&](const auto& one) { return one.to == party; });
  if (tag == confirmation.tags.end()) {
    return Refuse("ceremony.tags", "a confirmation does not address each counterpart",
                  confirmation.party);
  }
  if (confirmation.normaliser != normaliser.rules) {
    return Error(Code::kVersionMismatch, "ceremony.normaliser",
                 "the other side normalises names by other rules: install the same version")
        .With("party", Name(confirmation.party));
  }
  const crypto::Digest expected = ConfirmTag(result, normaliser, confirmation.party, party);
  if (!crypto::ConstantTimeEqual(expected.view(), tag->tag.view())) {
    return Refuse("ceremony.confirmation",
                  "the other side derived another secret, joint key or test tokens",
                  confirmation.party);
  }
  return Ok();
}

}  // namespace tallystick::agreements
