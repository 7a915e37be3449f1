// What crosses the wire of measures: points, ciphertexts and batched proofs. Our own decoding of a
// point accepts exactly what OpenSSL accepts.
#include <array>
#include <vector>

#include "base/check.h"
#include "crypto/dleq.h"
#include "crypto/elgamal.h"
#include "crypto/internal/p256_curve.h"
#include "crypto/p256.h"
#include "tests/fuzz/fuzz_target.h"

namespace tallystick {
namespace {

using crypto::Ciphertext;
using crypto::CiphertextSum;
using crypto::Point;
using crypto::Scalar;

// The statement that the seed "proof" proves: 7 takes 5·G to 35·G. seed_corpus.cc says the same.
struct Statement {
  Point key = Point::MulGenerator(Scalar::FromInteger(7).value());
  std::vector<Point> from = {Point::MulGenerator(Scalar::FromInteger(5).value())};
  std::vector<Point> to = {Point::MulGenerator(Scalar::FromInteger(35).value())};
  std::vector<Point> wrong = {Point::MulGenerator(Scalar::FromInteger(36).value())};
};

bool TryPoint(ByteView input) {
  const auto point = Point::FromBytes(input);
  crypto::AffinePoint ours;
  TS_CHECK(crypto::DecodePoint(input, &ours) == point.ok());
  if (!point.ok()) return false;
  TS_CHECK(crypto::PointCodec::Close(ours).bytes() == input);
  TS_CHECK(point->Negate().Negate() == *point);
  TS_CHECK(!Point::Add(*point, point->Negate()).ok());
  return true;
}

bool TryCiphertext(ByteView input) {
  const auto ciphertext = Ciphertext::FromBytes(input);
  std::array<CiphertextSum, 1> sum;
  TS_CHECK(sum[0].AddEncoded(input).ok() == ciphertext.ok());
  TS_CHECK(sum[0].count() == (ciphertext.ok() ? 1u : 0u));
  const auto normal = CiphertextSum::Normalise(sum);
  TS_CHECK(normal.ok() == ciphertext.ok());
  if (!ciphertext.ok()) {
    TS_CHECK(ciphertext.error().code() == Code::kInvalidArgument);
    return false;
  }
  TS_CHECK(ciphertext->view() == input && (*normal)[0] == *ciphertext);
  TS_CHECK(ciphertext->c1().bytes() + ciphertext->c2().bytes() == input);
  // Twice the same is the doubling, and M has nothing that Combine() cannot add.
  sum[0].Add(*ciphertext);
  TS_CHECK(CiphertextSum::Normalise(sum).ok());
  const std::array<Point, 2> partials = {ciphertext->c1(), ciphertext->c2()};
  crypto::WithoutRows(crypto::Combine(*ciphertext, partials), 3);
  TS_CHECK(crypto::Combine(*ciphertext, std::span(&partials[1], 1)).IsIdentity());
  return true;
}

bool TryProof(ByteView input) {
  static const auto* const statement = new Statement();
  static const auto context = crypto::DleqContext::FromRaw("fuzz").value();
  static const auto other = crypto::DleqContext::FromRaw("other").value();
  const auto verify = [&](const std::vector<Point>& to, const crypto::DleqContext& in) {
    const auto batch = crypto::DleqBatch::Make(statement->key, statement->from, to);
    return crypto::VerifyDleq(*batch, input, in).ok();
  };
  if (input.size() == crypto::kDleqProofSize) {
    TS_CHECK(!verify(statement->wrong, context) && !verify(statement->to, other));
  }
  return verify(statement->to, context);
}

}  // namespace

bool FuzzOne(ByteView input) {
  bool accepted = TryPoint(input);
  accepted |= TryCiphertext(input);
  accepted |= TryProof(input);
  return accepted;
}

}  // namespace tallystick
