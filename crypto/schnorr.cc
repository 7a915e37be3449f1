#include "crypto/schnorr.h"

#include "base/check.h"

namespace tallystick::crypto {
namespace {

Result<Scalar> Challenge(const Point& p, const Point& commitment, ByteView context) {
  Bytes message;
  AppendLp(message, p.bytes());
  AppendLp(message, commitment.bytes());
  AppendLp(message, context);
  return Scalar::HashToScalar(message, "tallystick/v1/schnorr");
}

// The verification proper; its errors are details.
Result<bool> Holds(const Point& p, ByteView proof, ByteView context) {
  TS_ASSIGN_OR_RETURN(const Point commitment, Point::FromBytes(proof.substr(0, Point::kSize)));
  TS_ASSIGN_OR_RETURN(const Scalar response, Scalar::FromBytes(proof.substr(Point::kSize)));
  TS_ASSIGN_OR_RETURN(const Scalar challenge, Challenge(p, commitment, context));
  TS_ASSIGN_OR_RETURN(const Point right, Point::Add(commitment, p.Mul(challenge)));
  return Point::MulGenerator(response) == right;
}

}  // namespace

Bytes ProveKnowledge(const Scalar& x, const Point& p, ByteView context) {
  TS_CHECK(Point::MulGenerator(x) == p);
  while (true) {  // a second round has probability 2^-256
    const Scalar nonce = Scalar::Random();
    const Point commitment = Point::MulGenerator(nonce);
    const auto challenge = Challenge(p, commitment, context);
    if (!challenge.ok()) continue;
    const auto response = Scalar::MulAdd(*challenge, x, nonce);
    if (!response.ok()) continue;
    Bytes proof = commitment.bytes();
    response->ExposeBytes([&](ByteView bytes) { proof.append(bytes); });
    return proof;
  }
}

Status VerifyKnowledge(const Point& p, ByteView proof, ByteView context) {
  if (proof.size() == kSchnorrProofSize) {
    const auto holds = Holds(p, proof, context);
    if (holds.ok() && *holds) return Ok();
  }
  return Error(Code::kPermissionDenied, "crypto.bad-proof",
               "the proof of knowledge of the secret share does not hold");
}

}  // namespace tallystick::crypto
