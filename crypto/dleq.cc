#include "crypto/dleq.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "crypto/internal/dleq_core.h"
#include "crypto/internal/p256_curve.h"

namespace tallystick::crypto {
namespace {

constexpr std::size_t kMaxContext = 200;  // leaves room for a prefix within a DST of 255 bytes

// lp of the RFC: lengths of two bytes.
void AppendShort(Bytes& out, ByteView field) {
  AppendU16(out, static_cast<std::uint16_t>(field.size()));
  out.append(field);
}

Result<Scalar> HashToScalar(ByteView transcript, const DleqContext& context) {
  return Scalar::HashToScalar(transcript, "HashToScalar-" + Bytes(context.view()));
}

// ComputeComposites of RFC 9497 section 2.2.1, one weight at a time.
class Composites {
 public:
  Composites(const DleqBatch& batch, const DleqContext& context)
      : batch_(batch), context_(context) {
    Bytes transcript;
    AppendShort(transcript, batch.key().Compressed());
    AppendShort(transcript, "Seed-" + Bytes(context.view()));
    seed_ = Sha256(transcript);
  }

  // Σ weight_i·from_i, and Σ weight_i·to_i where asked for.
  struct Sums {
    Point m;
    std::optional<Point> z;
  };
  Result<Sums> Compute(bool with_z) const {
    ProjectivePoint m;
    ProjectivePoint z;
    for (std::size_t i = 0; i < batch_.from().size(); ++i) {
      TS_ASSIGN_OR_RETURN(const Scalar weight, Weight(i));
      m = Add(m, PointCodec::Open(batch_.from()[i].Mul(weight)));
      if (with_z) z = Add(z, PointCodec::Open(batch_.to()[i].Mul(weight)));
    }
    TS_ASSIGN_OR_RETURN(Point m_point, PointCodec::Close(m));
    if (!with_z) return Sums{std::move(m_point), std::nullopt};
    TS_ASSIGN_OR_RETURN(Point z_point, PointCodec::Close(z));
    return Sums{std::move(m_point), std::move(z_point)};
  }

 private:
  Result<Scalar> Weight(std::size_t i) const {
    Bytes transcript;
    AppendShort(transcript, seed_.view());
    AppendU16(transcript, static_cast<std::uint16_t>(i));
    AppendShort(transcript, batch_.from()[i].Compressed());
    AppendShort(transcript, batch_.to()[i].Compressed());
    transcript.append("Composite");
    return HashToScalar(transcript, context_);
  }

  const DleqBatch& batch_;
  const DleqContext& context_;
  Digest seed_;
};

// c of GenerateProof and VerifyProof.
Result<Scalar> Challenge(const DleqBatch& batch, const Point& m, const Point& z, const Point& t2,
                         const Point& t3, const DleqContext& context) {
  Bytes transcript;
  AppendShort(transcript, batch.key().Compressed());
  for (const Point* point : {&m, &z, &t2, &t3}) AppendShort(transcript, point->Compressed());
  transcript.append("Challenge");
  return HashToScalar(transcript, context);
}

// The verification proper; its errors are details.
Result<bool> Holds(const DleqBatch& batch, ByteView proof, const DleqContext& context) {
  TS_ASSIGN_OR_RETURN(const Scalar c, Scalar::FromBytes(proof.substr(0, Scalar::kSize)));
  TS_ASSIGN_OR_RETURN(const Scalar s, Scalar::FromBytes(proof.substr(Scalar::kSize)));
  TS_ASSIGN_OR_RETURN(const auto sums, Composites(batch, context).Compute(true));
  // A = G.
  TS_ASSIGN_OR_RETURN(const Point t2, Point::Add(Point::MulGenerator(s), batch.key().Mul(c)));
  TS_ASSIGN_OR_RETURN(const Point t3, Point::Add(sums.m.Mul(s), sums.z->Mul(c)));
  TS_ASSIGN_OR_RETURN(const Scalar expected, Challenge(batch, sums.m, *sums.z, t2, t3, context));
  return expected == c;
}

}  // namespace

Result<DleqContext> DleqContext::FromRaw(ByteView raw) {
  if (raw.empty() || raw.size() > kMaxContext) {
    return Error(Code::kInvalidArgument, "crypto.dleq-context",
                 "a proof's context is empty or too long");
  }
  return DleqContext(Bytes(raw));
}

DleqContext DleqContext::ForOpening(const Opening& opening) {
  Bytes bound;
  AppendLp(bound, opening.chain.view());
  AppendU64(bound, opening.epoch);
  AppendLp(bound, opening.job.view());
  AppendLp(bound, opening.party);
  AppendU64(bound, opening.ciphertexts.size());
  Sha256Hasher hasher;
  hasher.Update(bound);
  for (const Ciphertext& ciphertext : opening.ciphertexts) hasher.Update(ciphertext.view());
  Bytes count;
  AppendU64(count, opening.partials.size());
  hasher.Update(count);
  for (const Point& partial : opening.partials) hasher.Update(partial.bytes());
  return DleqContext("tallystick/v1/opening-" + hasher.Finish().hex());
}

Result<DleqBatch> DleqBatch::Make(const Point& key, std::span<const Point> from,
                                  std::span<const Point> to) {
  if (from.size() != to.size() || from.empty() || from.size() > kMaxDleqBatch) {
    return Error(Code::kInvalidArgument, "crypto.dleq-batch",
                 "a batch of proofs is empty, too large or uneven")
        .With("from", from.size())
        .With("to", to.size());
  }
  return DleqBatch(key, from, to);
}

Result<Bytes> ProveDleqWith(const Scalar& k, const DleqBatch& batch, const DleqContext& context,
                            const Scalar& nonce) {
  TS_ASSIGN_OR_RETURN(const auto sums, Composites(batch, context).Compute(false));
  const Point z = sums.m.Mul(k);
  const Point t2 = Point::MulGenerator(nonce);
  const Point t3 = sums.m.Mul(nonce);
  TS_ASSIGN_OR_RETURN(const Scalar c, Challenge(batch, sums.m, z, t2, t3, context));
  TS_ASSIGN_OR_RETURN(const Scalar s, Scalar::Sub(nonce, Scalar::Mul(c, k)));
  Bytes proof;
  for (const Scalar* part : {&c, &s}) {
    part->ExposeBytes([&proof](ByteView bytes) { proof.append(bytes); });
  }
  return proof;
}

Bytes ProveDleq(const Scalar& k, const DleqBatch& batch, const DleqContext& context) {
  TS_CHECK(Point::MulGenerator(k) == batch.key());
  while (true) {  // a second round has probability 2^-250
    auto proof = ProveDleqWith(k, batch, context, Scalar::Random());
    if (proof.ok()) return std::move(proof).value();
  }
}

Status VerifyDleq(const DleqBatch& batch, ByteView proof, const DleqContext& context) {
  if (proof.size() == kDleqProofSize) {
    const auto holds = Holds(batch, proof, context);
    if (holds.ok() && *holds) return Ok();
  }
  return Error(Code::kPermissionDenied, "crypto.bad-proof",
               "the proof that one share made all partial decryptions does not hold");
}

}  // namespace tallystick::crypto
