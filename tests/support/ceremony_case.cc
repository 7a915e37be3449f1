#include "tests/support/ceremony_case.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/schnorr.h"

namespace tallystick::agreements {
namespace {

// As protocol.md has it, not as ceremony.cc computes it.
Bytes BoundTo(std::string_view label, const CeremonyContext& context, std::string_view party) {
  Bytes out;
  AppendLp(out, label);
  out += context.digest.view();
  out += context.chain.view();
  AppendU32(out, context.epoch);
  AppendLp(out, party);
  return out;
}

}  // namespace

Bytes ProofOf(const CeremonyContext& context, std::string_view party, const crypto::Scalar& share) {
  return crypto::ProveKnowledge(share, crypto::Point::MulGenerator(share),
                                BoundTo("tallystick/v1/ceremony-share", context, party));
}

CeremonyKeys WithShare(const CeremonyKeys& keys, const crypto::Scalar& share) {
  Bytes stored = keys.Serialize().Expose([](ByteView bytes) { return Bytes(bytes); });
  // The scalar and its proof are the end of it.
  stored.resize(stored.size() - crypto::kSchnorrProofSize - crypto::Scalar::kSize);
  share.ExposeBytes([&](ByteView bytes) { stored += bytes; });
  stored += ProofOf(keys.context(), keys.party(), share);
  Result<CeremonyKeys> changed = CeremonyKeys::Deserialize(stored);
  TS_CHECK(changed.ok());
  return *std::move(changed);
}

Commitment CommitTo(const CeremonyKeys& keys, const TestMember& member, ByteView share,
                    ByteView proof) {
  Commitment commitment = MakeCommitment(keys, member.signing_key);
  Bytes opened = BoundTo("tallystick/v1/ceremony-share-hash", keys.context(), keys.party());
  AppendLp(opened, share);
  AppendLp(opened, proof);
  commitment.share_hash = crypto::Sha256(opened);
  commitment.signature = member.signing_key.Sign(Commitment::kDomain, commitment.Body());
  return commitment;
}

Reveal RevealOf(const Agreement& agreement, const CeremonyKeys& keys, const TestMember& member,
                const std::vector<Commitment>& commitments, ByteView share, ByteView proof) {
  std::vector<Commitment> honest = commitments;
  for (Commitment& commitment : honest) {
    if (commitment.party == keys.party()) commitment = MakeCommitment(keys, member.signing_key);
  }
  Result<Reveal> reveal =
      MakeReveal(agreement, keys, member.signing_key, member.sealing_key, std::move(honest));
  TS_CHECK(reveal.ok());
  std::vector<Commitment> sorted = commitments;
  std::sort(sorted.begin(), sorted.end(),
            [](const Commitment& a, const Commitment& b) { return a.party < b.party; });
  reveal->commitments = CommitmentsDigest(sorted);
  reveal->share = Bytes(share);
  reveal->proof = Bytes(proof);
  reveal->signature = member.signing_key.Sign(Reveal::kDomain, reveal->Body());
  return *std::move(reveal);
}

}  // namespace tallystick::agreements
