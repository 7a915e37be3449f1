#include "matcher/linkage/stored_token_column.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "matcher/linkage/ladder.h"
#include "storage/file_system.h"

namespace tallystick::matcher {
namespace {

class StoredTokenColumnTest : public testing::Test {
 protected:
  StoredTokenColumnTest()
      : directory_(std::filesystem::temp_directory_path() /
                   ("stored-token-column-" + std::to_string(getpid()))),
        data_key_(crypto::SecretBytes<32>::Random()) {
    std::filesystem::create_directory(directory_);
    auto store = storage::ChunkStore::Open(storage::PosixFileSystem(), directory_ / "chunks");
    EXPECT_TRUE(store.ok());
    store_ = *std::move(store);
  }
  ~StoredTokenColumnTest() override { std::filesystem::remove_all(directory_); }

  crypto::Digest Put(const Bytes& chunk) {
    const crypto::Digest address = crypto::Sha256(chunk);
    EXPECT_TRUE(store_->Put("submission-1", address, data_key_, chunk).ok());
    return address;
  }
  // Row i carries token first + i.
  crypto::Digest PutTokens(std::uint8_t first, std::size_t count, std::uint64_t first_entry) {
    std::vector<Token> tokens(count);
    std::vector<std::uint32_t> rows(count);
    for (std::size_t i = 0; i < count; ++i) {
      tokens[i][0] = static_cast<std::uint8_t>(first + i);
      rows[i] = static_cast<std::uint32_t>(first_entry + i);
    }
    return Put(EncodeTokenChunk({.column = 3, .first_entry = first_entry}, {}, tokens, rows));
  }
  StoredTokenColumn Column(std::vector<crypto::Digest> chunks) const {
    return StoredTokenColumn(*store_, "submission-1", 3, std::move(chunks), data_key_);
  }

  const std::filesystem::path directory_;
  const crypto::SecretBytes<32> data_key_;
  std::unique_ptr<storage::ChunkStore> store_;
};

TEST_F(StoredTokenColumnTest, ServesAChunkABlock) {
  const StoredTokenColumn column = Column({PutTokens(10, 5, 0), PutTokens(15, 2, 5)});
  ASSERT_EQ(column.block_count(), 2U);
  Bytes scratch;
  const auto block = column.ReadBlock(1, scratch);
  ASSERT_TRUE(block.ok()) << block.error().ToString();
  ASSERT_EQ(block->tokens.size(), 2U);
  EXPECT_EQ(block->tokens[1][0], 16);
  EXPECT_EQ(block->rows[1], 6U);
}

TEST_F(StoredTokenColumnTest, LinksFromTheStore) {
  const StoredTokenColumn left = Column({PutTokens(10, 5, 0), PutTokens(15, 2, 5)});
  const StoredTokenColumn right = Column({PutTokens(14, 3, 0)});
  LadderInput input;
  input.left_row_count = 7;
  input.right_row_count = 3;
  input.keys = {{&left, &right}};
  const auto linkage = LinkLadder(input);
  ASSERT_TRUE(linkage.ok()) << linkage.error().ToString();
  EXPECT_EQ(linkage->pairs, (std::vector<LinkedPair>{{4, 0, 1, 1}, {5, 1, 1, 1}, {6, 2, 1, 1}}));
}

TEST_F(StoredTokenColumnTest, RefusesAChunkOfAnotherColumnOrKind) {
  const std::vector<std::uint16_t> categories = {1, 2};
  Bytes scratch;
  const auto other_kind =
      Column({Put(EncodeCategoryChunk({.column = 3}, {}, categories))}).ReadBlock(0, scratch);
  ASSERT_FALSE(other_kind.ok());
  EXPECT_EQ(other_kind.error().id(), "linkage.other-column");

  const std::vector<Token> tokens(1);
  const std::vector<std::uint32_t> rows(1);
  const auto other_column =
      Column({Put(EncodeTokenChunk({.column = 4}, {}, tokens, rows))}).ReadBlock(0, scratch);
  ASSERT_FALSE(other_column.ok());
  EXPECT_EQ(other_column.error().id(), "linkage.other-column");
}

TEST_F(StoredTokenColumnTest, AMissingChunkAndBytesThatAreNoChunkAreErrors) {
  Bytes scratch;
  EXPECT_FALSE(Column({crypto::Sha256("nothing")}).ReadBlock(0, scratch).ok());
  const auto no_chunk = Column({Put(Bytes(100, 'x'))}).ReadBlock(0, scratch);
  ASSERT_FALSE(no_chunk.ok());
  EXPECT_EQ(no_chunk.error().id(), "chunk.header");
}

}  // namespace
}  // namespace tallystick::matcher
