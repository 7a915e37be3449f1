#include "proto/column_chunk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "proto/limits.h"

namespace tallystick {
namespace {

const ChunkSalt kSalt = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
                         0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};

Token TokenOf(std::uint8_t first) {
  Token token{};
  for (std::size_t i = 0; i < token.size(); ++i) token[i] = static_cast<std::uint8_t>(first + i);
  return token;
}

Bytes TwoTokens() {
  const std::vector<Token> tokens = {TokenOf(0x10), TokenOf(0x20)};
  const std::vector<std::uint32_t> rows = {7, 0x01020304};
  return EncodeTokenChunk({.column = 0x0203, .first_entry = 0x1122}, kSalt, tokens, rows);
}

void ExpectRefused(const Bytes& chunk, std::string_view id) {
  const auto decoded = DecodeColumnChunk(chunk);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().id(), id);
}

TEST(ColumnChunk, TokenChunkHasTheBytesOfTheFormat) {
  EXPECT_EQ(ToHex(TwoTokens()),
            "54534331"          // TSC1
            "01000000"          // tokens
            "03020000"          // column
            "02000000"          // count
            "2211000000000000"  // first entry
            "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
            "000000000000000000000000000000000000000000000000"
            "101112131415161718191a1b1c1d1e1f"
            "202122232425262728292a2b2c2d2e2f"
            "07000000"
            "04030201");
}

TEST(ColumnChunk, TokensComeBackInPlace) {
  const Bytes bytes = TwoTokens();
  const auto chunk = DecodeColumnChunk(bytes);
  ASSERT_TRUE(chunk.ok());
  EXPECT_EQ(chunk->kind, ColumnKind::kTokens);
  EXPECT_EQ(chunk->column, 0x0203);
  EXPECT_EQ(chunk->first_entry, 0x1122U);
  EXPECT_EQ(chunk->salt, kSalt);
  ASSERT_EQ(chunk->tokens.size(), 2U);
  EXPECT_EQ(chunk->tokens[1], TokenOf(0x20));
  ASSERT_EQ(chunk->rows.size(), 2U);
  EXPECT_EQ(chunk->rows[1], 0x01020304U);
  EXPECT_EQ(reinterpret_cast<const char*>(chunk->tokens.data()),
            bytes.data() + kColumnChunkHeaderBytes);
  EXPECT_TRUE(chunk->categories.empty());
}

TEST(ColumnChunk, CategoriesAndPseudonymsComeBack) {
  const std::vector<std::uint16_t> categories = {0, 65535, 3};
  const Bytes category_bytes = EncodeCategoryChunk({.column = 1}, kSalt, categories);
  const auto category_chunk = DecodeColumnChunk(category_bytes);
  ASSERT_TRUE(category_chunk.ok());
  EXPECT_EQ(category_chunk->kind, ColumnKind::kCategories);
  EXPECT_TRUE(std::ranges::equal(category_chunk->categories, categories));

  const std::vector<Pseudonym> pseudonyms = {TokenOf(1), TokenOf(2)};
  const Bytes pseudonym_bytes = EncodePseudonymChunk({}, kSalt, pseudonyms);
  const auto pseudonym_chunk = DecodeColumnChunk(pseudonym_bytes);
  ASSERT_TRUE(pseudonym_chunk.ok());
  EXPECT_EQ(pseudonym_chunk->kind, ColumnKind::kPseudonyms);
  EXPECT_TRUE(std::ranges::equal(pseudonym_chunk->pseudonyms, pseudonyms));
}

TEST(ColumnChunk, CiphertextsComeBackInPlace) {
  Bytes ciphertexts;
  for (char fill : {'a', 'b', 'c'}) ciphertexts += Bytes(kCiphertextBytes, fill);
  const Bytes bytes = EncodeCiphertextChunk({.column = 9, .first_entry = 5}, kSalt, ciphertexts);
  EXPECT_EQ(bytes[4], 4);
  EXPECT_EQ(bytes.size(), kColumnChunkHeaderBytes + 3 * 130);
  const auto chunk = DecodeColumnChunk(bytes);
  ASSERT_TRUE(chunk.ok());
  EXPECT_EQ(chunk->kind, ColumnKind::kCiphertexts);
  EXPECT_EQ(chunk->column, 9);
  EXPECT_EQ(chunk->first_entry, 5U);
  ASSERT_EQ(chunk->count, 3U);
  EXPECT_EQ(chunk->ciphertexts, ciphertexts);
  EXPECT_EQ(chunk->ciphertexts.data(), bytes.data() + kColumnChunkHeaderBytes);
  EXPECT_EQ(chunk->ciphertext(1), Bytes(kCiphertextBytes, 'b'));
  EXPECT_TRUE(chunk->pseudonyms.empty());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ExpectRefused(bytes.substr(0, size), "chunk.size");
  }
  ExpectRefused(bytes + Bytes(kCiphertextBytes, 'd'), "chunk.size");
}

TEST(ColumnChunk, RefusesAnUnknownKind) {
  for (const char kind : {'\0', '\5', '\xff'}) {
    Bytes bytes = TwoTokens();
    bytes[4] = kind;
    ExpectRefused(bytes, "chunk.header");
  }
}

TEST(ColumnChunk, MaxEntriesPerChunkFitAndOneMoreDoesNot) {
  const std::pair<ColumnKind, std::size_t> entry_bytes[] = {{ColumnKind::kTokens, 20},
                                                            {ColumnKind::kCategories, 2},
                                                            {ColumnKind::kPseudonyms, 16},
                                                            {ColumnKind::kCiphertexts, 130}};
  for (const auto& [kind, bytes] : entry_bytes) {
    const std::size_t entries = MaxEntriesPerChunk(kind);
    EXPECT_LE(kColumnChunkHeaderBytes + entries * bytes, kMaxChunkPlainBytes);
    EXPECT_GT(kColumnChunkHeaderBytes + (entries + 1) * bytes, kMaxChunkPlainBytes);
  }
}

TEST(ColumnChunk, TheLargestChunksJustFit) {
  const std::vector<Token> tokens(kMaxTokensPerChunk);
  const std::vector<std::uint32_t> rows(kMaxTokensPerChunk);
  const Bytes token_bytes = EncodeTokenChunk({}, kSalt, tokens, rows);
  EXPECT_LE(token_bytes.size(), kMaxChunkPlainBytes);
  EXPECT_GT(token_bytes.size() + 20, kMaxChunkPlainBytes);
  EXPECT_TRUE(DecodeColumnChunk(token_bytes).ok());
  const std::vector<std::uint16_t> categories(kMaxCategoriesPerChunk);
  EXPECT_EQ(EncodeCategoryChunk({}, kSalt, categories).size(), kMaxChunkPlainBytes);
}

TEST(ColumnChunk, RefusesEveryLengthButItsOwn) {
  const Bytes whole = TwoTokens();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ExpectRefused(whole.substr(0, size), "chunk.size");
  }
  ExpectRefused(whole + '\0', "chunk.size");
  ExpectRefused(Bytes(kMaxChunkPlainBytes + 1, '\0'), "chunk.size");
}

TEST(ColumnChunk, RefusesEveryChangedFixedByteOfTheHeader) {
  const Bytes whole = TwoTokens();
  for (std::size_t at = 0; at < kColumnChunkHeaderBytes; ++at) {
    const bool free = (at >= 8 && at < 10) || (at >= 16 && at < 40);  // column, place, salt
    Bytes changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    EXPECT_EQ(DecodeColumnChunk(changed).ok(), free) << at;
  }
}

TEST(ColumnChunk, RefusesACountThatMultipliesToAnotherSize) {
  Bytes bytes = TwoTokens();
  bytes.replace(12, 4, "\xff\xff\xff\xff", 4);
  ExpectRefused(bytes, "chunk.size");
  bytes.replace(12, 4, Bytes(4, '\0'));
  bytes.resize(kColumnChunkHeaderBytes);
  ExpectRefused(bytes, "chunk.empty");
}

TEST(ColumnChunk, RefusesEntriesNumberedBeyond64Bits) {
  Bytes bytes = TwoTokens();
  bytes.replace(16, 8, Bytes(8, '\xff'));
  ExpectRefused(bytes, "chunk.entry-range");
  bytes[16] = '\xfd';
  EXPECT_TRUE(DecodeColumnChunk(bytes).ok());
}

TEST(ColumnChunk, RefusesBytesThatAreNotAligned) {
  const Bytes shifted = "x" + TwoTokens();
  const auto decoded = DecodeColumnChunk(ByteView(shifted).substr(1));
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().id(), "chunk.alignment");
}

TEST(ColumnChunk, SurvivesRandomDamage) {
  std::mt19937 random(1);
  const Bytes whole = TwoTokens();
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes damaged = whole;
    for (int flips = 0; flips < 3; ++flips) {
      damaged[random() % 40] = static_cast<char>(random());
    }
    const auto decoded = DecodeColumnChunk(damaged);
    if (!decoded.ok()) continue;
    ++accepted;
    const std::size_t entries = decoded->tokens.size() * 20 + decoded->categories.size() * 2 +
                                decoded->pseudonyms.size() * 16 + decoded->ciphertexts.size();
    ASSERT_EQ(entries + kColumnChunkHeaderBytes, damaged.size());
  }
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace tallystick
