#include "matcher/tally/stored_category_column.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "proto/column_chunk.h"
#include "storage/file_system.h"

namespace tallystick::matcher {
namespace {

class StoredCategoriesTest : public testing::Test {
 protected:
  StoredCategoriesTest()
      : directory_(std::filesystem::temp_directory_path() /
                   ("stored-categories-" + std::to_string(getpid()))),
        data_key_(crypto::SecretBytes<32>::Random()) {
    std::filesystem::create_directory(directory_);
    auto store = storage::ChunkStore::Open(storage::PosixFileSystem(), directory_ / "chunks");
    EXPECT_TRUE(store.ok());
    store_ = *std::move(store);
    Put(0, {0, 1, 2});
    Put(3, {1});
  }
  ~StoredCategoriesTest() override { std::filesystem::remove_all(directory_); }

  void Put(std::uint64_t first_entry, const std::vector<std::uint16_t>& values) {
    const Bytes chunk = EncodeCategoryChunk({.column = 2, .first_entry = first_entry}, {}, values);
    chunks_.push_back(crypto::Sha256(chunk));
    EXPECT_TRUE(store_->Put("submission-1", chunks_.back(), data_key_, chunk).ok());
  }
  Result<std::vector<std::uint16_t>> Read(std::uint16_t column, std::uint32_t row_count,
                                          const std::vector<std::uint16_t>& ordinals) const {
    return ReadCategories(*store_, data_key_,
                          {"submission-1", column, chunks_, row_count, ordinals});
  }
  static std::string_view IdOf(const Result<std::vector<std::uint16_t>>& result) {
    return result.ok() ? "ok" : result.error().id();
  }

  const std::filesystem::path directory_;
  const crypto::SecretBytes<32> data_key_;
  std::unique_ptr<storage::ChunkStore> store_;
  std::vector<crypto::Digest> chunks_;
};

TEST_F(StoredCategoriesTest, IndexesBecomeOrdinals) {
  const auto ordinals = Read(2, 4, {7, 5, 9});
  ASSERT_TRUE(ordinals.ok()) << ordinals.error().ToString();
  EXPECT_EQ(*ordinals, (std::vector<std::uint16_t>{7, 5, 9, 5}));
}

TEST_F(StoredCategoriesTest, RefusesAnotherColumnALengthOrAnIndexThatDoesNotFit) {
  EXPECT_EQ(IdOf(Read(1, 4, {7, 5, 9})), "tally.other-column");
  EXPECT_EQ(IdOf(Read(2, 3, {7, 5, 9})), "tally.row-count");
  EXPECT_EQ(IdOf(Read(2, 5, {7, 5, 9})), "tally.row-count");
  EXPECT_EQ(IdOf(Read(2, 4, {7, 5})), "tally.dictionary-range");
}

TEST_F(StoredCategoriesTest, RefusesPiecesInAnotherOrder) {
  std::swap(chunks_[0], chunks_[1]);
  EXPECT_EQ(IdOf(Read(2, 4, {7, 5, 9})), "tally.other-column");
}

}  // namespace
}  // namespace tallystick::matcher
