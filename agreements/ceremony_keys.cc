#include "agreements/ceremony.h"
#include "agreements/internal/share_context.h"
#include "agreements/internal/wire_reader.h"
#include "crypto/schnorr.h"

namespace tallystick::agreements {
namespace {

constexpr std::string_view kMagic = "tallystick/v1/ceremony-keys";

}  // namespace

CeremonyKeys::CeremonyKeys(CeremonyContext context, std::string party,
                           crypto::SealingKey one_time_key, crypto::SecretBytes<32> contribution,
                           crypto::SecretBytes<32> blinding, crypto::Scalar share_scalar,
                           Bytes proof)
    : context_(context),
      party_(std::move(party)),
      one_time_key_(std::move(one_time_key)),
      contribution_(std::move(contribution)),
      blinding_(std::move(blinding)),
      share_scalar_(std::move(share_scalar)),
      share_(crypto::Point::MulGenerator(share_scalar_)),
      proof_(std::move(proof)) {}

CeremonyKeys CeremonyKeys::Create(const CeremonyContext& context, std::string_view party) {
  crypto::Scalar scalar = crypto::Scalar::Random();
  Bytes proof = crypto::ProveKnowledge(scalar, crypto::Point::MulGenerator(scalar),
                                       ShareContext(context, party));
  return CeremonyKeys(context, std::string(party), crypto::SealingKey::Generate(),
                      crypto::SecretBytes<32>::Random(), crypto::SecretBytes<32>::Random(),
                      std::move(scalar), std::move(proof));
}

crypto::SecretBuffer CeremonyKeys::Serialize() const {
  Bytes out;
  out.reserve(1024);  // no reallocation, which would leave a copy of secrets behind
  AppendLp(out, kMagic);
  out += context_.digest.view();
  out += context_.chain.view();
  AppendU32(out, context_.epoch);
  AppendLp(out, party_);
  const auto append = [&out](ByteView bytes) { out += bytes; };
  one_time_key_.ExposePrivate(append);
  contribution_.Expose(append);
  blinding_.Expose(append);
  share_scalar_.ExposeBytes(append);
  out += proof_;
  return crypto::SecretBuffer(std::move(out));
}

Result<CeremonyKeys> CeremonyKeys::Deserialize(ByteView bytes) {
  const Error corrupt(Code::kDataLoss, "ceremony.keys-corrupt",
                      "the stored keys of a ceremony cannot be read");
  WireReader reader(bytes);
  const bool known = reader.Lp(kMagic.size()) == kMagic;
  CeremonyContext context;
  context.digest = reader.Hash();
  context.chain = reader.Hash();
  context.epoch = reader.U32();
  std::string party = reader.Id();
  Bytes secrets[4];
  for (Bytes& secret : secrets) secret = reader.Fixed(32);
  Bytes proof = reader.Fixed(crypto::kSchnorrProofSize);

  auto one_time_key = crypto::SealingKey::FromBytes(secrets[0]);
  auto contribution = crypto::SecretBytes<32>::FromBytes(secrets[1]);
  auto blinding = crypto::SecretBytes<32>::FromBytes(secrets[2]);
  auto scalar = crypto::Scalar::FromBytes(secrets[3]);
  for (Bytes& secret : secrets) crypto::Wipe(secret);
  if (!known || !reader.Finished() || !one_time_key.ok() || !contribution.ok() || !blinding.ok() ||
      !scalar.ok()) {
    return corrupt;
  }
  CeremonyKeys keys(context, std::move(party), *std::move(one_time_key), *std::move(contribution),
                    *std::move(blinding), *std::move(scalar), std::move(proof));
  if (!crypto::VerifyKnowledge(keys.share_, keys.proof_, ShareContext(context, keys.party_)).ok()) {
    return corrupt;
  }
  return keys;
}

}  // namespace tallystick::agreements
