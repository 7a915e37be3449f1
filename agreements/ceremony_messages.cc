#include "agreements/ceremony_messages.h"

#include "agreements/internal/wire_reader.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"
#include "crypto/schnorr.h"
#include "crypto/signature.h"

namespace tallystick::agreements {
namespace {

constexpr std::size_t kSealedContribution = 64 + crypto::kSealOverhead;

void AppendContext(Bytes& out, const CeremonyContext& context) {
  out += context.digest.view();
  out += context.chain.view();
  AppendU32(out, context.epoch);
}

CeremonyContext ReadContext(WireReader& reader) {
  CeremonyContext context;
  context.digest = reader.Hash();
  context.chain = reader.Hash();
  context.epoch = reader.U32();
  return context;
}

// The number of counterparts; ids must follow in strictly ascending order.
std::uint32_t ReadCount(WireReader& reader) {
  const std::uint32_t count = reader.U32();
  if (count >= kMaxParties) reader.Fail();
  return reader.failed() ? 0 : count;
}

void CheckOrder(WireReader& reader, const std::string& previous, const std::string& next) {
  if (previous >= next) reader.Fail();
}

Error Malformed() {
  return Error(Code::kInvalidArgument, "ceremony.malformed", "a ceremony message is malformed");
}

}  // namespace

Bytes Commitment::Body() const {
  Bytes out;
  AppendContext(out, context);
  AppendLp(out, party);
  out += one_time_key;
  out += contribution_hash.view();
  out += share_hash.view();
  return out;
}

Bytes Commitment::Encode() const { return Body() + signature; }

Result<Commitment> Commitment::Decode(ByteView bytes) {
  if (bytes.size() > kMaxCeremonyMessageBytes) return Malformed();
  WireReader reader(bytes);
  Commitment commitment;
  commitment.context = ReadContext(reader);
  commitment.party = reader.Id();
  commitment.one_time_key = reader.Fixed(crypto::SealingPublicKey::kSize);
  commitment.contribution_hash = reader.Hash();
  commitment.share_hash = reader.Hash();
  commitment.signature = reader.Fixed(crypto::kSignatureSize);
  if (!reader.Finished()) return Malformed();
  return commitment;
}

Bytes Reveal::Body() const {
  Bytes out;
  AppendContext(out, context);
  AppendLp(out, party);
  out += commitments.view();
  out += share;
  out += proof;
  AppendU32(out, static_cast<std::uint32_t>(sealed.size()));
  for (const Sealed& one : sealed) {
    AppendLp(out, one.to);
    AppendLp(out, one.bytes);
  }
  return out;
}

Bytes Reveal::Encode() const { return Body() + signature; }

Result<Reveal> Reveal::Decode(ByteView bytes) {
  if (bytes.size() > kMaxCeremonyMessageBytes) return Malformed();
  WireReader reader(bytes);
  Reveal reveal;
  reveal.context = ReadContext(reader);
  reveal.party = reader.Id();
  reveal.commitments = reader.Hash();
  reveal.share = reader.Fixed(crypto::Point::kSize);
  reveal.proof = reader.Fixed(crypto::kSchnorrProofSize);
  std::string previous;
  for (std::uint32_t left = ReadCount(reader); left > 0; --left) {
    Sealed one;
    one.to = reader.Id();
    one.bytes = reader.Lp(kSealedContribution);
    if (one.bytes.size() != kSealedContribution) reader.Fail();
    CheckOrder(reader, previous, one.to);
    previous = one.to;
    reveal.sealed.push_back(std::move(one));
  }
  reveal.signature = reader.Fixed(crypto::kSignatureSize);
  if (!reader.Finished()) return Malformed();
  return reveal;
}

Bytes Confirmation::Body() const {
  Bytes out;
  AppendContext(out, context);
  AppendLp(out, party);
  out += normaliser.view();
  AppendU32(out, static_cast<std::uint32_t>(tags.size()));
  for (const Tag& one : tags) {
    AppendLp(out, one.to);
    out += one.tag.view();
  }
  return out;
}

Bytes Confirmation::Encode() const { return Body() + signature; }

Result<Confirmation> Confirmation::Decode(ByteView bytes) {
  if (bytes.size() > kMaxCeremonyMessageBytes) return Malformed();
  WireReader reader(bytes);
  Confirmation confirmation;
  confirmation.context = ReadContext(reader);
  confirmation.party = reader.Id();
  confirmation.normaliser = reader.Hash();
  std::string previous;
  for (std::uint32_t left = ReadCount(reader); left > 0; --left) {
    Tag one;
    one.to = reader.Id();
    one.tag = reader.Hash();
    CheckOrder(reader, previous, one.to);
    previous = one.to;
    confirmation.tags.push_back(std::move(one));
  }
  confirmation.signature = reader.Fixed(crypto::kSignatureSize);
  if (!reader.Finished()) return Malformed();
  return confirmation;
}

crypto::Digest CommitmentsDigest(const std::vector<Commitment>& commitments) {
  Bytes all;
  AppendLp(all, "tallystick/v1/ceremony-commitments");
  for (const Commitment& commitment : commitments) AppendLp(all, commitment.Encode());
  return crypto::Sha256(all);
}

}  // namespace tallystick::agreements
