#include "agents/open/partial_decryption.h"

#include "base/check.h"
#include "crypto/dleq.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agents {
namespace {

// One proof covers all of them.
static_assert(kMaxOpenedCiphertexts <= crypto::kMaxDleqBatch);

Error Refuse() {
  return Error(Code::kPermissionDenied, "opening.refused",
               "the other party's partial decryptions are not proved to be of its share")
      .Refused({"REL-PROOF", std::nullopt, "partial decryptions by the share of the ceremony"});
}

std::vector<crypto::Point> FirstHalves(std::span<const crypto::Ciphertext> ciphertexts) {
  std::vector<crypto::Point> points;
  points.reserve(ciphertexts.size());
  for (const crypto::Ciphertext& ciphertext : ciphertexts) points.push_back(ciphertext.c1());
  return points;
}

crypto::DleqContext ProofContext(const OpeningContext& context, std::string_view party,
                                 std::span<const crypto::Ciphertext> ciphertexts,
                                 std::span<const crypto::Point> partials) {
  return crypto::DleqContext::ForOpening(
      {context.chain, context.epoch, context.job, party, ciphertexts, partials});
}

Bytes SealInfo(const OpeningContext& context, std::string_view from, std::string_view to) {
  Bytes info;
  AppendLp(info, kPartialsSealInfo);
  AppendLp(info, context.agreement.view());
  AppendLp(info, context.chain.view());
  AppendU64(info, context.epoch);
  AppendLp(info, context.job.view());
  AppendLp(info, from);
  AppendLp(info, to);
  return info;
}

}  // namespace

ProvenPartials ProvenPartials::Make(const OpeningContext& context, std::string_view party,
                                    const crypto::Scalar& share,
                                    std::span<const crypto::Ciphertext> ciphertexts) {
  TS_CHECK(ciphertexts.size() <= kMaxOpenedCiphertexts);
  if (ciphertexts.empty()) return ProvenPartials(party, {}, {});
  std::vector<crypto::Point> points;
  points.reserve(ciphertexts.size());
  for (const crypto::Ciphertext& ciphertext : ciphertexts) {
    points.push_back(crypto::PartialDecrypt(share, ciphertext));
  }
  const std::vector<crypto::Point> from = FirstHalves(ciphertexts);
  const auto batch =
      crypto::DleqBatch::Make(crypto::Point::MulGenerator(share), from, points).value();
  Bytes proof = crypto::ProveDleq(share, batch, ProofContext(context, party, ciphertexts, points));
  return ProvenPartials(party, std::move(points), std::move(proof));
}

Result<ProvenPartials> ProvenPartials::Open(const OpeningContext& context, std::string_view party,
                                            const crypto::SealingPublicKey& party_key,
                                            const crypto::Point& public_share, std::string_view to,
                                            const crypto::SealingKey& to_key, ByteView sealed,
                                            std::span<const crypto::Ciphertext> ciphertexts) {
  if (sealed.size() > kMaxSealedPartialsBytes) return Refuse();
  const Result<Bytes> plain =
      crypto::OpenAuthSealed(to_key, party_key, SealInfo(context, party, to), {}, sealed);
  if (!plain.ok()) return Refuse();
  const auto partials = Parse<v1::Partials>(*plain, kMaxSealedPartialsBytes);
  if (!partials.ok() || partials->points().size() != ciphertexts.size() * crypto::Point::kSize ||
      partials->proofs_size() != (ciphertexts.empty() ? 0 : 1)) {
    return Refuse();
  }
  if (ciphertexts.empty()) return ProvenPartials(party, {}, {});
  std::vector<crypto::Point> points;
  points.reserve(ciphertexts.size());
  for (std::size_t i = 0; i < ciphertexts.size(); ++i) {
    Result<crypto::Point> point = crypto::Point::FromBytes(
        ByteView(partials->points()).substr(i * crypto::Point::kSize, crypto::Point::kSize));
    if (!point.ok()) return Refuse();
    points.push_back(*std::move(point));
  }
  const std::vector<crypto::Point> from = FirstHalves(ciphertexts);
  TS_ASSIGN_OR_RETURN(const auto batch, crypto::DleqBatch::Make(public_share, from, points));
  const Bytes& proof = partials->proofs(0);
  if (!crypto::VerifyDleq(batch, proof, ProofContext(context, party, ciphertexts, points)).ok()) {
    return Refuse();
  }
  return ProvenPartials(party, std::move(points), proof);
}

Bytes ProvenPartials::SealFor(const OpeningContext& context, const crypto::SealingKey& from_key,
                              std::string_view to, const crypto::SealingPublicKey& to_key) const {
  v1::Partials partials;
  for (const crypto::Point& point : points_) partials.mutable_points()->append(point.bytes());
  if (!proof_.empty()) partials.add_proofs(proof_);
  return crypto::SealAuthTo(to_key, from_key, SealInfo(context, party_, to), {},
                            Serialise(partials));
}

}  // namespace tallystick::agents
