#include "crypto/elgamal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>
#include <vector>

#include "crypto/internal/encrypt_batch.h"
#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

Scalar Number(std::uint64_t value) { return Scalar::FromInteger(value).value(); }

// value·G, the identity for zero.
PointOrIdentity Multiple(std::uint64_t value) {
  return value == 0 ? PointOrIdentity() : PointOrIdentity(Point::MulGenerator(Number(value)));
}

// Two parties and their joint key.
struct Parties {
  Scalar x1 = Scalar::Random();
  Scalar x2 = Scalar::Random();
  std::vector<Point> shares = {Point::MulGenerator(x1), Point::MulGenerator(x2)};
  Point joint = JointKey(shares).value();
  Encryptor encryptor{joint};
  RandomStream random;

  std::vector<Ciphertext> Encrypt(const std::vector<std::uint64_t>& values) {
    Bytes out;
    encryptor.Encrypt(values, random, out);
    EXPECT_EQ(out.size(), values.size() * Ciphertext::kSize);
    std::vector<Ciphertext> ciphertexts;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const ByteView one = ByteView(out).substr(i * Ciphertext::kSize, Ciphertext::kSize);
      ciphertexts.push_back(Ciphertext::FromBytes(one).value());
    }
    return ciphertexts;
  }
  PointOrIdentity Open(const Ciphertext& c, std::uint64_t rows) const {
    const std::vector<Point> partials = {PartialDecrypt(x1, c), PartialDecrypt(x2, c)};
    return WithoutRows(Combine(c, partials), rows);
  }
};

Ciphertext SumOf(std::span<const Ciphertext> ciphertexts) {
  CiphertextSum sum;
  for (const Ciphertext& one : ciphertexts) sum.Add(one);
  EXPECT_EQ(sum.count(), ciphertexts.size());
  return CiphertextSum::Normalise(std::span(&sum, 1)).value()[0];
}

TEST(JointKey, IsTheSumOfTheShares) {
  const Parties parties;
  EXPECT_EQ(parties.joint, Point::MulGenerator(Scalar::Add(parties.x1, parties.x2).value()));
  const std::vector<Point> cancelling = {parties.joint, parties.joint.Negate()};
  EXPECT_FALSE(JointKey(cancelling).ok());
  EXPECT_FALSE(JointKey({}).ok());
}

TEST(EncryptBatch, ComputesTheDefinitionForEveryKindOfValueAndRandomness) {
  const Point key = Point::MulGenerator(Scalar::Random());
  const FixedBase base(key);
  std::vector<std::uint64_t> values = {0,
                                       1,
                                       2,
                                       31,
                                       32,
                                       63,
                                       64,
                                       4095,
                                       (1u << 20) - 1,
                                       1u << 20,
                                       kRowOffset / 2 - 1,
                                       kRowOffset / 2,
                                       kRowOffset - 2,
                                       kRowOffset - 1};
  for (int bit = 0; bit < 40; ++bit) values.push_back(std::uint64_t{1} << bit);
  std::vector<Scalar> randoms;
  randoms.push_back(Number(1));
  randoms.push_back(Number(2));
  randoms.push_back(Scalar::Negate(Number(1)));
  randoms.push_back(Scalar::Negate(Number(2)));
  while (randoms.size() < values.size()) randoms.push_back(Scalar::Random());
  std::vector<CombDigits> digits;
  for (const Scalar& r : randoms) {
    digits.push_back(r.ExposeBytes([](ByteView bytes) { return CombDigits::OfScalar(bytes); }));
  }
  Bytes out(values.size() * Ciphertext::kSize, '\0');
  ASSERT_TRUE(EncryptBatch(base.table(), values, digits, out.data()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const ByteView one = ByteView(out).substr(i * Ciphertext::kSize, Ciphertext::kSize);
    const Point message = Point::MulGenerator(Number(values[i] + kRowOffset));
    EXPECT_EQ(one.substr(0, Point::kSize), Point::MulGenerator(randoms[i]).bytes());
    EXPECT_EQ(one.substr(Point::kSize), Point::Add(message, key.Mul(randoms[i]))->bytes());
  }
}

TEST(EncryptBatch, SaysSoWhenTwoPointsCoincide) {
  // With P = G and r = 1/2 the first window of the value 32 is r·P itself.
  const FixedBase base(Point::MulGenerator(Number(1)));
  const Scalar half = Scalar::Invert(Number(2));
  const std::vector<CombDigits> digits = {
      half.ExposeBytes([](ByteView bytes) { return CombDigits::OfScalar(bytes); })};
  const std::vector<std::uint64_t> values = {32};
  Bytes out(Ciphertext::kSize, '\0');
  EXPECT_FALSE(EncryptBatch(base.table(), values, digits, out.data()));
}

TEST(Encryptor, GivesEqualValuesDifferentCiphertexts) {
  Parties parties;
  std::set<Bytes> halves;
  for (const Ciphertext& one : parties.Encrypt(std::vector<std::uint64_t>(600, 7))) {
    halves.insert(one.c1().bytes());
    halves.insert(one.c2().bytes());
    EXPECT_EQ(parties.Open(one, 1), Multiple(7));
  }
  EXPECT_EQ(halves.size(), 1200u);
}

TEST(Encryptor, IsSharedByThreadsWithStreamsOfTheirOwn) {
  const Parties parties;
  std::array<Bytes, 3> out;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < out.size(); ++i) {
    threads.emplace_back([&parties, &out, i] {
      RandomStream random;
      parties.encryptor.Encrypt(std::vector<std::uint64_t>(300, i), random, out[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < out.size(); ++i) {
    CiphertextSum sum;
    for (std::size_t at = 0; at < out[i].size(); at += Ciphertext::kSize) {
      ASSERT_TRUE(sum.AddEncoded(ByteView(out[i]).substr(at, Ciphertext::kSize)).ok());
    }
    EXPECT_EQ(parties.Open(CiphertextSum::Normalise(std::span(&sum, 1)).value()[0], 300),
              Multiple(300 * i));
  }
}

TEST(Encryptor, AbortsOnAValueThatItsCallerShouldHaveRefused) {
  Parties parties;
  EXPECT_DEATH(parties.Encrypt({kRowOffset}), "");
}

TEST(CiphertextSum, DecryptsToTheSumAndTheNumberOfRows) {
  Parties parties;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::uint64_t> values = {0, (1u << 20) - 1};
    std::uint64_t expected = values[1];
    while (values.size() < 300) {
      values.push_back(parties.random.Uniform(1u << 20));
      expected += values.back();
    }
    const Ciphertext sum = SumOf(parties.Encrypt(values));
    EXPECT_EQ(parties.Open(sum, 300), Multiple(expected));
    EXPECT_FALSE(parties.Open(sum, 299) == Multiple(expected));
  }
  EXPECT_TRUE(parties.Open(SumOf(parties.Encrypt({0, 0, 0})), 3).IsIdentity());
  EXPECT_EQ(parties.Open(SumOf(parties.Encrypt({kRowOffset - 1})), 1), Multiple(kRowOffset - 1));
}

TEST(CiphertextSum, NeedsEveryShareToOpen) {
  Parties parties;
  const Ciphertext one = parties.Encrypt({41})[0];
  const std::vector<Point> both = {PartialDecrypt(parties.x1, one),
                                   PartialDecrypt(parties.x2, one)};
  EXPECT_EQ(WithoutRows(Combine(one, both), 1), Multiple(41));
  for (const Point& alone : both) {
    EXPECT_FALSE(WithoutRows(Combine(one, std::span(&alone, 1)), 1) == Multiple(41));
  }
  EXPECT_FALSE(WithoutRows(Combine(one, {}), 1) == Multiple(41));
}

TEST(CiphertextSum, DoesNotDependOnOrderOrGrouping) {
  Parties parties;
  std::vector<Ciphertext> ciphertexts = parties.Encrypt({1, 2, 3, 4, 5, 6, 7});
  ciphertexts.push_back(ciphertexts[0]);  // a doubling somewhere
  const Ciphertext expected = SumOf(ciphertexts);
  std::rotate(ciphertexts.begin(), ciphertexts.end() - 1, ciphertexts.end());
  EXPECT_EQ(SumOf(ciphertexts), expected);
  CiphertextSum left;
  CiphertextSum right;
  const CiphertextSum nothing;
  for (std::size_t i = 0; i < ciphertexts.size(); ++i) {
    (i % 3 == 0 ? left : right).Add(ciphertexts[i]);
  }
  left.Merge(right);
  left.Merge(nothing);
  EXPECT_EQ(left.count(), 8u);
  EXPECT_EQ(CiphertextSum::Normalise(std::span(&left, 1)).value()[0], expected);
}

TEST(CiphertextSum, NormalisesManyAndRefusesAnEmptyOne) {
  Parties parties;
  const std::vector<Ciphertext> ciphertexts = parties.Encrypt({10, 20, 30});
  std::vector<CiphertextSum> sums(2);
  sums[0].Add(ciphertexts[0]);
  sums[1].Add(ciphertexts[1]);
  sums[1].Add(ciphertexts[2]);
  const auto normal = CiphertextSum::Normalise(sums);
  ASSERT_TRUE(normal.ok());
  EXPECT_EQ((*normal)[0], ciphertexts[0]);
  EXPECT_EQ(parties.Open((*normal)[1], 2), Multiple(50));
  sums.emplace_back();
  EXPECT_EQ(CiphertextSum::Normalise(sums).error().id(), "crypto.empty-sum");
  EXPECT_TRUE(CiphertextSum::Normalise({}).value().empty());
}

TEST(Ciphertext, RefusesWhatIsNotTwoPoints) {
  Parties parties;
  const Ciphertext good = parties.Encrypt({5})[0];
  Bytes bytes(good.view());
  CiphertextSum sum;
  sum.Add(good);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    Bytes bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_EQ(Ciphertext::FromBytes(bad).error().id(), "crypto.ciphertext");
    EXPECT_EQ(sum.AddEncoded(bad).error().id(), "crypto.ciphertext");
  }
  EXPECT_FALSE(Ciphertext::FromBytes(bytes + "x").ok());
  EXPECT_FALSE(Ciphertext::FromBytes(bytes.substr(1)).ok());
  EXPECT_FALSE(Ciphertext::FromBytes(Bytes(130, '\0')).ok());  // identities of some encodings
  EXPECT_FALSE(Ciphertext::FromBytes("").ok());
  // None of them has changed the sum.
  EXPECT_EQ(sum.count(), 1u);
  EXPECT_EQ(CiphertextSum::Normalise(std::span(&sum, 1)).value()[0], good);
}

}  // namespace
}  // namespace tallystick::crypto
