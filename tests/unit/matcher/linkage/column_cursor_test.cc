#include "matcher/linkage/internal/column_cursor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "matcher/linkage/internal/radix_sort.h"
#include "matcher/linkage/internal/token_order.h"
#include "tests/unit/matcher/linkage/ladder_case.h"

namespace tallystick::matcher {
namespace {

TEST(TokenOrder, PrefixAndRestOrderAsTheBytesDo) {
  std::mt19937 random(3);
  for (int i = 0; i < 10'000; ++i) {
    Token a{}, b{};
    for (std::size_t k = 0; k < 16; ++k) {
      a[k] = static_cast<std::uint8_t>(random());
      b[k] = random() % 8 != 0 ? a[k] : static_cast<std::uint8_t>(random());
    }
    const auto halves = [](const Token& t) { return std::pair(TokenPrefix(t), TokenRest(t)); };
    ASSERT_EQ(a < b, halves(a) < halves(b));
    ASSERT_EQ(a == b, SameToken(a, b));
  }
}

// All runs of all segments of cursors over `range_count` neighbouring ranges, each checked to be
// whole.
std::vector<std::pair<Token, std::uint32_t>> Walk(const TokenColumn& column, unsigned range_count) {
  std::vector<std::pair<Token, std::uint32_t>> entries;
  std::set<Token> ended;
  const Cancellation cancellation;
  const std::uint64_t width = std::numeric_limits<std::uint64_t>::max() / range_count;
  for (unsigned i = 0; i < range_count; ++i) {
    TokenRange range{i * width, (i + 1) * width - 1};
    if (i + 1 == range_count) range.last = std::numeric_limits<std::uint64_t>::max();
    ColumnCursor cursor(column, {Name("left"), 1, 1'000'000}, range, cancellation);
    Segment segment;
    while (true) {
      const auto more = cursor.Next(segment);
      EXPECT_TRUE(more.ok()) << more.error().ToString();
      if (!more.ok() || !*more) break;
      std::set<Token> here;
      for (std::size_t j = 0; j < segment.rows.size(); ++j) {
        const Token& token = segment.tokens[segment.one_run() ? 0 : j];
        EXPECT_FALSE(ended.contains(token)) << "a run in two segments";
        here.insert(token);
        entries.emplace_back(token, segment.rows[j]);
      }
      ended.merge(here);
    }
  }
  return entries;
}

TEST(ColumnCursor, YieldsEveryEntryOnceInWholeRunsForAnyBlocksAndRanges) {
  std::mt19937 random(4);
  for (int round = 0; round < 40; ++round) {
    std::set<std::pair<Token, std::uint32_t>> sorted;
    const int different = 1 + static_cast<int>(random() % 60);
    for (std::uint32_t row = 0; row < 300; ++row) {
      sorted.emplace(TokenOf(static_cast<int>(random() % static_cast<unsigned>(different))), row);
    }
    std::vector<Token> tokens;
    std::vector<std::uint32_t> rows;
    for (const auto& [token, row] : sorted) {
      tokens.push_back(token);
      rows.push_back(row);
    }
    const std::vector<std::pair<Token, std::uint32_t>> expected(sorted.begin(), sorted.end());
    for (const std::uint32_t block_entries : {1U, 2U, 7U, 299U, 300U}) {
      const MemoryTokenColumn column(tokens, rows, block_entries);
      for (const unsigned ranges : {1U, 2U, 5U, 33U}) {
        ASSERT_EQ(Walk(column, ranges), expected) << block_entries << " " << ranges;
      }
    }
  }
}

TEST(RadixSort, SortsByTheBitsAskedForAndKeepsTheOrderOfEquals) {
  std::mt19937_64 random(8);
  for (const std::size_t count : {0U, 1U, 255U, 256U, 5'000U}) {
    for (const unsigned bits : {1U, 11U, 12U, 33U, 59U}) {
      std::vector<std::uint64_t> values(count), scratch(count);
      for (auto& value : values) value = random() >> 3;
      const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
      std::vector<std::uint64_t> expected = values;
      std::stable_sort(expected.begin(), expected.end(), [&](std::uint64_t a, std::uint64_t b) {
        return (a >> 5 & mask) < (b >> 5 & mask);
      });
      const auto sorted = RadixSort(values, scratch, 5, bits);
      ASSERT_TRUE(std::ranges::equal(sorted, expected)) << count << " " << bits;
    }
  }
}

}  // namespace
}  // namespace tallystick::matcher
