#include "matcher/release/encrypted_sums.h"

#include <gtest/gtest.h>

#include <array>

#include "crypto/discrete_log.h"
#include "crypto/random.h"

namespace tallystick::matcher {
namespace {

using agreements::Cell;
using agreements::Cohort;
using agreements::RenderedTable;
using agreements::Side;
using agreements::TableShape;

// One category of three values: 40 and 30 rows, and a third that is withheld with the total's help.
class EncryptedSums : public testing::Test {
 protected:
  EncryptedSums()
      : share_(crypto::Scalar::Random()),
        shape_(TableShape::Create(Cohort::kLinked,
                                  {{"c.pathway", 3, false, Side::kLeft, false, false}})
                   .value()) {
    sums_ = {SumOf(40, 2), SumOf(30, 5), SumOf(7, 9)};
  }

  // `rows` ciphertexts of `value`.
  crypto::CiphertextSum SumOf(std::size_t rows, std::uint64_t value) const {
    const crypto::Encryptor encryptor(crypto::Point::MulGenerator(share_));
    crypto::RandomStream random;
    Bytes bytes;
    encryptor.Encrypt(std::vector<std::uint64_t>(rows, value), random, bytes);
    crypto::CiphertextSum sum;
    for (std::size_t i = 0; i < rows; ++i) {
      EXPECT_TRUE(sum.AddEncoded(ByteView(bytes).substr(i * crypto::Ciphertext::kSize,
                                                        crypto::Ciphertext::kSize))
                      .ok());
    }
    return sum;
  }
  std::uint64_t Open(ByteView ciphertext_bytes, std::uint64_t rows) const {
    static const auto* const table =
        new crypto::DiscreteLogTable(crypto::DiscreteLogTable::Build({.baby_bits = 10}));
    const auto ciphertext = crypto::Ciphertext::FromBytes(ciphertext_bytes).value();
    const std::array partial{crypto::PartialDecrypt(share_, ciphertext)};
    return table->Find(crypto::WithoutRows(crypto::Combine(ciphertext, partial), rows)).value();
  }
  RenderedTable TableOf(std::vector<Cell> cells) const {
    return RenderedTable::Create(shape_, std::move(cells)).value();
  }

  const crypto::Scalar share_;
  const TableShape shape_;
  std::vector<crypto::CiphertextSum> sums_;
};

TEST_F(EncryptedSums, AreOfThePublishedCellsAndTheirMargins) {
  const RenderedTable table =
      TableOf({Cell::Published(40), Cell::Published(30), Cell::Published(7), Cell::Published(77)});
  const auto encrypted = EncryptedSumsOf(2, {&table, sums_, {}});
  ASSERT_TRUE(encrypted.ok()) << encrypted.error().ToString();
  ASSERT_EQ(encrypted->size(), 4u);
  EXPECT_EQ((*encrypted)[3].measure(), 2u);
  EXPECT_EQ((*encrypted)[3].cell(), 3u);
  EXPECT_EQ(Open((*encrypted)[0].sum(), 40), 80u);
  EXPECT_EQ(Open((*encrypted)[3].sum(), 77), 80u + 150 + 63);
  EXPECT_TRUE((*encrypted)[0].squares().empty());
}

TEST_F(EncryptedSums, LeaveOutWhatIsSuppressed) {
  const RenderedTable table =
      TableOf({Cell::Published(40), Cell::Suppressed(), Cell::Suppressed(), Cell::Published(77)});
  const auto encrypted = EncryptedSumsOf(0, {&table, sums_, sums_});
  ASSERT_TRUE(encrypted.ok());
  ASSERT_EQ(encrypted->size(), 2u);
  EXPECT_EQ((*encrypted)[1].cell(), 3u);
  EXPECT_EQ(Open((*encrypted)[1].squares(), 77), 80u + 150 + 63);
}

TEST_F(EncryptedSums, DisagreeingWithTheTableIsAnError) {
  const RenderedTable table =
      TableOf({Cell::Published(41), Cell::Published(30), Cell::Published(7), Cell::Published(78)});
  const auto encrypted = EncryptedSumsOf(0, {&table, sums_, {}});
  ASSERT_FALSE(encrypted.ok());
  EXPECT_EQ(encrypted.error().id(), "release.sum-count");
}

TEST_F(EncryptedSums, TheRootCommitsToEverySumAndEveryRow) {
  const RenderedTable table =
      TableOf({Cell::Published(40), Cell::Published(30), Cell::Published(7), Cell::Published(77)});
  auto encrypted = EncryptedSumsOf(0, {&table, sums_, {}}).value();
  std::vector<std::vector<std::uint32_t>> leaf_of_row{{0, 1, 2, 1}};
  const auto root = OpeningsRoot("salt", encrypted, leaf_of_row);
  EXPECT_EQ(root, OpeningsRoot("salt", encrypted, leaf_of_row));
  EXPECT_NE(root, OpeningsRoot("tlas", encrypted, leaf_of_row));
  leaf_of_row[0][2] = 1;
  EXPECT_NE(root, OpeningsRoot("salt", encrypted, leaf_of_row));
  leaf_of_row[0][2] = 2;
  std::swap(encrypted[0], encrypted[1]);
  EXPECT_NE(root, OpeningsRoot("salt", encrypted, leaf_of_row));
}

}  // namespace
}  // namespace tallystick::matcher
