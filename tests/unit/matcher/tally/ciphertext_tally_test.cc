#include "matcher/tally/ciphertext_tally.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "crypto/discrete_log.h"
#include "proto/column_chunk.h"
#include "storage/file_system.h"

namespace tallystick::matcher {
namespace {

// A column of ciphertexts of 1, 2, 4 … under a key whose secret the test knows, in chunks as an
// agent makes them.
class CiphertextTally : public testing::Test {
 protected:
  static constexpr std::uint32_t kRows = 8;

  CiphertextTally()
      : directory_(std::filesystem::temp_directory_path() /
                   ("ciphertext-tally-" + std::to_string(getpid()))),
        data_key_(crypto::SecretBytes<32>::Random()),
        share_(crypto::Scalar::Random()),
        encryptor_(crypto::Point::MulGenerator(share_)) {
    std::filesystem::create_directory(directory_);
    store_ = storage::ChunkStore::Open(storage::PosixFileSystem(), directory_ / "chunks").value();
    std::array<std::uint64_t, kRows> values;
    for (std::uint32_t row = 0; row < kRows; ++row) values[row] = std::uint64_t{1} << row;
    crypto::RandomStream random;
    encryptor_.Encrypt(values, random, column_);
    Put(column_);
  }
  ~CiphertextTally() override { std::filesystem::remove_all(directory_); }

  void Put(const Bytes& column) {
    const Bytes chunk = EncodeCiphertextChunk({.column = 3, .first_entry = 0}, {}, column);
    chunks_ = {crypto::Sha256(chunk)};
    ASSERT_TRUE(store_->Put("submission-1", chunks_.front(), data_key_, chunk).ok());
  }
  Result<std::vector<crypto::CiphertextSum>> Sum(const std::vector<std::uint32_t>& leaf_of_row,
                                                 unsigned threads = 1) const {
    const StoredCiphertexts stored{"submission-1", 3, chunks_,
                                   static_cast<std::uint32_t>(leaf_of_row.size())};
    return SumByLeaf(*store_, data_key_, stored, leaf_of_row, 3, threads);
  }
  // What a sum opens to.
  std::uint64_t Opened(const crypto::CiphertextSum& sum) const {
    static const auto* const table =
        new crypto::DiscreteLogTable(crypto::DiscreteLogTable::Build({.baby_bits = 10}));
    const auto ciphertext = crypto::CiphertextSum::Normalise(std::span(&sum, 1)).value().front();
    const std::array partial{crypto::PartialDecrypt(share_, ciphertext)};
    return table->Find(crypto::WithoutRows(crypto::Combine(ciphertext, partial), sum.count()))
        .value();
  }

  const std::filesystem::path directory_;
  const crypto::SecretBytes<32> data_key_;
  const crypto::Scalar share_;
  const crypto::Encryptor encryptor_;
  std::unique_ptr<storage::ChunkStore> store_;
  Bytes column_;
  std::vector<crypto::Digest> chunks_;
};

TEST_F(CiphertextTally, AddsEachRowToItsLeafOnce) {
  const std::vector<std::uint32_t> leaves{0, 1, 0, kNoLeaf, 1, 1, 0, kNoLeaf};
  const auto sums = Sum(leaves);
  ASSERT_TRUE(sums.ok()) << sums.error().ToString();
  EXPECT_EQ((*sums)[0].count(), 3u);
  EXPECT_EQ(Opened((*sums)[0]), 1u + 4 + 64);
  EXPECT_EQ(Opened((*sums)[1]), 2u + 16 + 32);
  EXPECT_EQ((*sums)[2].count(), 0u);
}

TEST_F(CiphertextTally, DoesNotDependOnThreads) {
  const std::vector<std::uint32_t> leaves{0, 1, 2, 0, 1, 2, 0, 1};
  const auto one = Sum(leaves, 1);
  const auto four = Sum(leaves, 4);
  ASSERT_TRUE(one.ok() && four.ok());
  EXPECT_EQ(crypto::CiphertextSum::Normalise(*one).value(),
            crypto::CiphertextSum::Normalise(*four).value());
}

TEST_F(CiphertextTally, NamesTheRowWhosePointIsNotOnTheCurve) {
  column_[5 * kCiphertextBytes + 40] ^= 1;
  Put(column_);
  const std::vector<std::uint32_t> leaves(kRows, 0);
  const auto sums = Sum(leaves);
  ASSERT_FALSE(sums.ok());
  EXPECT_EQ(sums.error().id(), "tally.ciphertext");
  std::vector<std::uint32_t> without = leaves;
  without[5] = kNoLeaf;
  EXPECT_TRUE(Sum(without).ok());
}

TEST_F(CiphertextTally, RefusesAColumnOfAnotherLength) {
  const auto sums = Sum(std::vector<std::uint32_t>(kRows + 1, 0));
  ASSERT_FALSE(sums.ok());
  EXPECT_EQ(sums.error().id(), "tally.row-count");
}

}  // namespace
}  // namespace tallystick::matcher
