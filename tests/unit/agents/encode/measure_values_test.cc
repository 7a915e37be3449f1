#include "agents/encode/measure_values.h"

#include <gtest/gtest.h>

#include <set>

#include "agreements/statistics.h"
#include "crypto/discrete_log.h"

namespace tallystick::agents {
namespace {

Plaintext<StoredMeasure> Stored(std::uint32_t value) {
  return Plaintext<StoredMeasure>({.value = value, .observed = true});
}

class MeasureValuesTest : public testing::Test {
 protected:
  MeasureValuesTest()
      : share_(crypto::Scalar::Random()), encryptor_(crypto::Point::MulGenerator(share_)) {}

  std::vector<crypto::Ciphertext> Encrypt(const MeasureValues& values, MeasurePower power,
                                          std::size_t first, std::size_t count) {
    Bytes out = "kept";
    values.Encrypt(encryptor_, power, first, count, random_, out);
    EXPECT_EQ(out.substr(0, 4), "kept");
    EXPECT_EQ(out.size(), 4 + count * crypto::Ciphertext::kSize);
    std::vector<crypto::Ciphertext> ciphertexts;
    for (std::size_t i = 0; i < count; ++i) {
      ciphertexts.push_back(
          crypto::Ciphertext::FromBytes(
              ByteView(out).substr(4 + i * crypto::Ciphertext::kSize, crypto::Ciphertext::kSize))
              .value());
    }
    return ciphertexts;
  }
  std::uint64_t Decrypt(const crypto::Ciphertext& ciphertext) {
    static const auto* const table =
        new crypto::DiscreteLogTable(crypto::DiscreteLogTable::Build({.baby_bits = 16}));
    const crypto::Point partial = crypto::PartialDecrypt(share_, ciphertext);
    return table->Find(crypto::WithoutRows(crypto::Combine(ciphertext, {&partial, 1}), 1)).value();
  }

  crypto::Scalar share_;
  crypto::Encryptor encryptor_;
  crypto::RandomStream random_;
};

TEST_F(MeasureValuesTest, HaveNoValueUntilOneIsSet) {
  MeasureValues values(3);
  EXPECT_EQ(values.size(), 3u);
  values.Set(1, Stored(0));
  values.Set(2, Stored(7));
  values.Set(2, Plaintext<StoredMeasure>());
  EXPECT_FALSE(values.IsObserved(0));
  EXPECT_TRUE(values.IsObserved(1));  // a zero is not a missing value
  EXPECT_FALSE(values.IsObserved(2));
}

TEST_F(MeasureValuesTest, EncryptValuesAndSquaresOfARange) {
  MeasureValues values(5);
  const std::uint32_t most = agreements::kMaxStoredMeasure;
  values.Set(1, Stored(3));
  values.Set(3, Stored(most - 1));
  const auto plain = Encrypt(values, MeasurePower::kValue, 1, 3);
  EXPECT_EQ(Decrypt(plain[0]), 3u);
  EXPECT_EQ(Decrypt(plain[1]), 0u);
  EXPECT_EQ(Decrypt(plain[2]), most - 1);
  const auto squares = Encrypt(values, MeasurePower::kSquare, 1, 3);
  EXPECT_EQ(Decrypt(squares[0]), 9u);
  EXPECT_EQ(Decrypt(squares[1]), 0u);
  EXPECT_EQ(Decrypt(squares[2]), std::uint64_t{most - 1} * (most - 1));
  EXPECT_TRUE(Encrypt(values, MeasurePower::kValue, 5, 0).empty());
}

TEST_F(MeasureValuesTest, EncryptMoreRowsThanOneBlock) {
  MeasureValues values(2500);
  for (std::uint32_t row = 0; row < 2500; ++row) values.Set(row, Stored(row));
  const auto ciphertexts = Encrypt(values, MeasurePower::kValue, 0, 2500);
  for (const std::uint32_t row : {0u, 1023u, 1024u, 2047u, 2048u, 2499u}) {
    EXPECT_EQ(Decrypt(ciphertexts[row]), row);
  }
}

TEST_F(MeasureValuesTest, LookAllDifferentWhateverTheyAre) {
  MeasureValues values(100);
  for (std::size_t row = 0; row < 50; ++row) values.Set(row, Stored(600));
  std::set<Bytes> seen;
  for (int again = 0; again < 2; ++again) {
    for (const auto& ciphertext : Encrypt(values, MeasurePower::kValue, 0, 100)) {
      seen.insert(ciphertext.c1().bytes());
      seen.insert(ciphertext.c2().bytes());
    }
  }
  EXPECT_EQ(seen.size(), 400u);
}

TEST_F(MeasureValuesTest, AreCopiedByRowWithWhatIsMissing) {
  MeasureValues from(2);
  from.Set(0, Stored(5));
  MeasureValues to(2);
  to.Set(1, Stored(9));
  to.Copy(0, from, 0);
  to.Copy(1, from, 1);
  EXPECT_TRUE(to.IsObserved(0));
  EXPECT_FALSE(to.IsObserved(1));
  EXPECT_EQ(Decrypt(Encrypt(to, MeasurePower::kValue, 0, 1)[0]), 5u);
}

}  // namespace
}  // namespace tallystick::agents
