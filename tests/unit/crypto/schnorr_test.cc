#include "crypto/schnorr.h"

#include <gtest/gtest.h>

#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

TEST(Schnorr, AProofHoldsForItsPointAndContextOnly) {
  const Scalar x = Scalar::Random();
  const Point p = Point::MulGenerator(x);
  const Bytes proof = ProveKnowledge(x, p, "agreement, epoch, party");
  ASSERT_EQ(proof.size(), kSchnorrProofSize);
  EXPECT_TRUE(VerifyKnowledge(p, proof, "agreement, epoch, party").ok());
  EXPECT_EQ(VerifyKnowledge(p, proof, "agreement, epoch, other").error().id(), "crypto.bad-proof");
  EXPECT_FALSE(VerifyKnowledge(p, proof, "").ok());
  const Point other = Point::MulGenerator(Scalar::Random());
  EXPECT_FALSE(VerifyKnowledge(other, proof, "agreement, epoch, party").ok());
}

TEST(Schnorr, AProofSatisfiesTheDocumentedEquation) {
  const Scalar x = Scalar::Random();
  const Point p = Point::MulGenerator(x);
  const Bytes proof = ProveKnowledge(x, p, "context");
  const Point commitment = Point::FromBytes(proof.substr(0, 65)).value();
  const Scalar response = Scalar::FromBytes(proof.substr(65)).value();
  Bytes message;
  AppendLp(message, p.bytes());
  AppendLp(message, commitment.bytes());
  AppendLp(message, "context");
  const Scalar challenge = Scalar::HashToScalar(message, "tallystick/v1/schnorr").value();
  EXPECT_EQ(Point::MulGenerator(response), Point::Add(commitment, p.Mul(challenge)).value());
}

TEST(Schnorr, TwoProofsOfOneSecretDiffer) {
  const Scalar x = Scalar::Random();
  const Point p = Point::MulGenerator(x);
  EXPECT_NE(ProveKnowledge(x, p, "c"), ProveKnowledge(x, p, "c"));
}

TEST(Schnorr, RefusesEveryFlippedBitAndEveryOtherLength) {
  const Scalar x = Scalar::Random();
  const Point p = Point::MulGenerator(x);
  const Bytes proof = ProveKnowledge(x, p, "c");
  for (std::size_t bit = 0; bit < proof.size() * 8; ++bit) {
    Bytes altered = proof;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(VerifyKnowledge(p, altered, "c").ok()) << bit;
  }
  EXPECT_FALSE(VerifyKnowledge(p, proof.substr(1), "c").ok());
  EXPECT_FALSE(VerifyKnowledge(p, proof + "x", "c").ok());
  EXPECT_FALSE(VerifyKnowledge(p, "", "c").ok());
  EXPECT_FALSE(VerifyKnowledge(p, Bytes(kSchnorrProofSize, '\0'), "c").ok());
}

TEST(Schnorr, RefusesAShareChosenToCancelAnotherPartysShare) {
  // Q = P' - P for known x' would make the joint key P + Q the attacker's own; nobody can prove Q.
  const Point p = Point::MulGenerator(Scalar::Random());
  const Scalar own = Scalar::Random();
  Bytes negated = p.bytes();  // -P: the y coordinate becomes the field's prime less y
  const Bytes prime = Hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int difference =
        static_cast<std::uint8_t>(prime[i]) - static_cast<std::uint8_t>(p.bytes()[33 + i]) - borrow;
    borrow = difference < 0 ? 1 : 0;
    negated[33 + i] = static_cast<char>(difference & 0xff);
  }
  const Point rogue =
      Point::Add(Point::MulGenerator(own), Point::FromBytes(negated).value()).value();
  const Bytes proof = ProveKnowledge(own, Point::MulGenerator(own), "c");
  EXPECT_FALSE(VerifyKnowledge(rogue, proof, "c").ok());
}

TEST(SchnorrDeathTest, ProvingAnotherPointIsAProgrammingError) {
  const Point p = Point::MulGenerator(Scalar::Random());
  EXPECT_DEATH(ProveKnowledge(Scalar::Random(), p, "c"), "MulGenerator");
}

}  // namespace
}  // namespace tallystick::crypto
