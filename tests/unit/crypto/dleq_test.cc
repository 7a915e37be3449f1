#include "crypto/dleq.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "crypto/internal/dleq_core.h"
#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

std::vector<Point> Points(const boost::json::value& hexes) {
  std::vector<Point> points;
  for (const auto& hex : hexes.as_array()) {
    points.push_back(Point::FromBytes(Hex(std::string(hex.as_string()))).value());
  }
  return points;
}

DleqContext Raw(ByteView raw) { return DleqContext::FromRaw(raw).value(); }

// A true statement about `count` points.
struct Statement {
  explicit Statement(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      from.push_back(Point::MulGenerator(Scalar::Random()));
      to.push_back(from.back().Mul(k));
    }
  }
  DleqBatch batch() const { return DleqBatch::Make(key, from, to).value(); }

  Scalar k = Scalar::Random();
  Point key = Point::MulGenerator(k);
  std::vector<Point> from;
  std::vector<Point> to;
};

TEST(Dleq, GivesTheProofsOfRfc9497AppendixA3) {
  int single = 0;
  int batched = 0;
  for (const auto& test : LoadVectors("rfc9497_p256_dleq.json")) {
    const std::vector<Point> from = Points(test.at("c"));
    const std::vector<Point> to = Points(test.at("d"));
    const Point key = Point::FromBytes(Hex(test, "b")).value();
    const char mode = static_cast<char>(Number(test, "mode"));
    const DleqContext context = Raw(Bytes("OPRFV1-") + mode + "-P256-SHA256");
    const DleqBatch batch = DleqBatch::Make(key, from, to).value();
    const auto proof = ProveDleqWith(Scalar::FromBytes(Hex(test, "secret")).value(), batch, context,
                                     Scalar::FromBytes(Hex(test, "random")).value());
    ASSERT_TRUE(proof.ok());
    EXPECT_EQ(ToHex(*proof), Text(test, "proof"));
    EXPECT_TRUE(VerifyDleq(batch, *proof, context).ok());
    ++(from.size() == 1 ? single : batched);
  }
  EXPECT_EQ(single, 4);
  EXPECT_EQ(batched, 2);
}

TEST(Dleq, AProofHoldsForItsContextKeyAndPointsOnly) {
  const Statement statement(3);
  const DleqContext context = Raw("context");
  const Bytes proof = ProveDleq(statement.k, statement.batch(), context);
  EXPECT_EQ(proof.size(), kDleqProofSize);
  EXPECT_TRUE(VerifyDleq(statement.batch(), proof, context).ok());
  const auto refused = [&](const Point& key, const std::vector<Point>& from,
                           const std::vector<Point>& to, const DleqContext& in) {
    const Status status = VerifyDleq(DleqBatch::Make(key, from, to).value(), proof, in);
    return !status.ok() && status.error().id() == "crypto.bad-proof" &&
           status.error().code() == Code::kPermissionDenied;
  };
  const auto& [k, key, from, to] = statement;
  const Point other = Point::MulGenerator(Scalar::Random());
  EXPECT_FALSE(refused(key, from, to, context));
  EXPECT_TRUE(refused(key, from, to, Raw("contexu")));
  EXPECT_TRUE(refused(other, from, to, context));
  EXPECT_TRUE(refused(key, to, from, context));
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::vector<Point> changed = from;
    changed[i] = other;
    EXPECT_TRUE(refused(key, changed, to, context));
    changed = to;
    changed[i] = other;
    EXPECT_TRUE(refused(key, from, changed, context));
    changed[i] = to[i].Negate();
    EXPECT_TRUE(refused(key, from, changed, context));
  }
  std::vector<Point> shorter_from = from;
  std::vector<Point> shorter_to = to;
  shorter_from.pop_back();
  shorter_to.pop_back();
  EXPECT_TRUE(refused(key, shorter_from, shorter_to, context));
  // Both swapped alike: each pair is true, but not the order.
  std::vector<Point> swapped_from = from;
  std::vector<Point> swapped_to = to;
  std::swap(swapped_from[0], swapped_from[2]);
  std::swap(swapped_to[0], swapped_to[2]);
  EXPECT_TRUE(refused(key, swapped_from, swapped_to, context));
}

TEST(Dleq, RefusesEveryFlippedBitAndEveryOtherLength) {
  const Statement statement(1);
  const DleqContext context = Raw("context");
  Bytes proof = ProveDleq(statement.k, statement.batch(), context);
  for (std::size_t bit = 0; bit < proof.size() * 8; ++bit) {
    const char mask = static_cast<char>(1 << (bit % 8));
    proof[bit / 8] = static_cast<char>(proof[bit / 8] ^ mask);
    EXPECT_FALSE(VerifyDleq(statement.batch(), proof, context).ok()) << bit;
    proof[bit / 8] = static_cast<char>(proof[bit / 8] ^ mask);
  }
  EXPECT_TRUE(VerifyDleq(statement.batch(), proof, context).ok());
  EXPECT_FALSE(VerifyDleq(statement.batch(), proof + "x", context).ok());
  EXPECT_FALSE(VerifyDleq(statement.batch(), proof.substr(1), context).ok());
  EXPECT_FALSE(VerifyDleq(statement.batch(), "", context).ok());
  EXPECT_FALSE(VerifyDleq(statement.batch(), Bytes(kDleqProofSize, '\0'), context).ok());
}

TEST(Dleq, CannotBeProvenForOneWrongPointAmongMany) {
  Statement statement(50);
  statement.to[49] = Point::Add(statement.to[49], statement.key).value();
  const Bytes proof = ProveDleq(statement.k, statement.batch(), Raw("context"));
  EXPECT_FALSE(VerifyDleq(statement.batch(), proof, Raw("context")).ok());
  // Two errors that cancel out do not do so under the weights.
  statement.to[48] = Point::Add(statement.to[48], statement.key.Negate()).value();
  const Bytes again = ProveDleq(statement.k, statement.batch(), Raw("context"));
  EXPECT_FALSE(VerifyDleq(statement.batch(), again, Raw("context")).ok());
}

TEST(Dleq, AbortsOnAKeyThatIsNotTheSecrets) {
  const Statement statement(1);
  EXPECT_DEATH(ProveDleq(Scalar::Random(), statement.batch(), Raw("context")), "");
}

TEST(DleqBatch, HoldsOneTo65535PointsOfEach) {
  const Point point = Point::MulGenerator(Scalar::Random());
  const auto made = [&](std::size_t from, std::size_t to) {
    const std::vector<Point> left(from, point);
    const std::vector<Point> right(to, point);
    const auto batch = DleqBatch::Make(point, left, right);
    return batch.ok() || batch.error().id() != "crypto.dleq-batch";
  };
  EXPECT_TRUE(made(1, 1));
  EXPECT_TRUE(made(65535, 65535));
  EXPECT_FALSE(made(65536, 65536));
  EXPECT_FALSE(made(0, 0));
  EXPECT_FALSE(made(2, 1));
}

TEST(DleqContext, LeavesRoomForThePrefixesOfTheRfc) {
  EXPECT_FALSE(DleqContext::FromRaw("").ok());
  EXPECT_TRUE(DleqContext::FromRaw(Bytes(200, 'x')).ok());
  EXPECT_FALSE(DleqContext::FromRaw(Bytes(201, 'x')).ok());
}

TEST(DleqContext, BindsEverythingAboutAnOpening) {
  const Encryptor encryptor(Point::MulGenerator(Scalar::Random()));
  RandomStream random;
  Bytes encoded;
  const std::vector<std::uint64_t> values = {1, 2};
  encryptor.Encrypt(values, random, encoded);
  const std::vector<Ciphertext> ciphertexts = {
      Ciphertext::FromBytes(ByteView(encoded).substr(0, 130)).value(),
      Ciphertext::FromBytes(ByteView(encoded).substr(130)).value()};
  const std::vector<Ciphertext> swapped = {ciphertexts[1], ciphertexts[0]};
  const Scalar share = Scalar::Random();
  const std::vector<Point> partials = {PartialDecrypt(share, ciphertexts[0]),
                                       PartialDecrypt(share, ciphertexts[1])};
  DleqContext::Opening opening;
  opening.chain = Sha256("chain");
  opening.epoch = 3;
  opening.job = Sha256("job");
  opening.party = "csun";
  opening.ciphertexts = ciphertexts;
  opening.partials = partials;
  const auto text = [](const DleqContext::Opening& one) {
    return Bytes(DleqContext::ForOpening(one).view());
  };
  std::vector<Bytes> contexts = {text(opening)};
  EXPECT_EQ(contexts[0], text(opening));
  EXPECT_TRUE(contexts[0].starts_with("tallystick/v1/opening-"));
  auto other = opening;
  other.chain = Sha256("other");
  contexts.push_back(text(other));
  other = opening;
  other.epoch = 4;
  contexts.push_back(text(other));
  other = opening;
  other.job = Sha256("other");
  contexts.push_back(text(other));
  other = opening;
  other.party = "lausd";
  contexts.push_back(text(other));
  other = opening;
  other.ciphertexts = swapped;
  contexts.push_back(text(other));
  other.ciphertexts = std::span(ciphertexts).first(1);
  contexts.push_back(text(other));
  // Each partial decryption too: else the weights of the others do not depend on it.
  for (std::size_t i = 0; i < partials.size(); ++i) {
    std::vector<Point> wrong = partials;
    wrong[i] = Point::Add(wrong[i], Point::MulGenerator(share)).value();
    other = opening;
    other.partials = wrong;
    contexts.push_back(text(other));
  }
  other = opening;
  other.partials = std::span(partials).first(1);
  contexts.push_back(text(other));
  std::sort(contexts.begin(), contexts.end());
  EXPECT_EQ(std::adjacent_find(contexts.begin(), contexts.end()), contexts.end());
  EXPECT_TRUE(DleqContext::FromRaw(contexts[0]).ok());
}

}  // namespace
}  // namespace tallystick::crypto
