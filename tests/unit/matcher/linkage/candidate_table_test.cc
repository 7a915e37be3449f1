#include "matcher/linkage/internal/candidate_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>

namespace tallystick::matcher {
namespace {

struct Packed {
  std::uint32_t left, right;
  unsigned key;
};

std::vector<Packed> RandomCandidates(std::size_t count, std::uint32_t left_rows,
                                     std::uint32_t right_rows) {
  std::mt19937 engine(7);
  const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
  std::vector<Packed> candidates(count);
  for (Packed& c : candidates) {
    // A few left rows, so that pairs repeat; and the last rows there can be.
    c.left = random() % 2 == 0 ? left_rows - 1 - random() % 50 : random() % left_rows;
    c.right = right_rows - 1 - random() % 20;
    c.key = random() % 32;
  }
  return candidates;
}

using PairKeys = std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>;

PairKeys Contents(CandidateTable& table) {
  PairKeys all;
  for (const CandidateTable::Bucket& bucket : table.buckets()) {
    EXPECT_TRUE(std::is_sorted(bucket.pairs.begin(), bucket.pairs.end()));
    for (std::size_t i = 0; i < bucket.pairs.size(); ++i) {
      const auto pair =
          std::pair(table.layout().Left(bucket.pairs[i]), table.layout().Right(bucket.pairs[i]));
      EXPECT_TRUE(all.emplace(pair, bucket.keys[i]).second) << "a pair stands twice";
    }
  }
  return all;
}

TEST(CandidateTable, DoesNotDependOnTheBatchesInWhichPartsAreFolded) {
  for (const std::uint32_t left_rows : {100U, 1'000'000U, 1U << 27}) {
    const std::uint32_t right_rows = left_rows / 2;
    const auto candidates = RandomCandidates(30'000, left_rows, right_rows);
    PairKeys expected;
    for (const Packed& c : candidates) expected[{c.left, c.right}] |= std::uint32_t{1} << c.key;

    const PairLayout layout(left_rows, right_rows);
    for (const std::size_t batch_count : {1U, 2U, 7U}) {
      for (const unsigned threads : {1U, 3U}) {
        MemoryBudget budget(std::uint64_t{1} << 30);
        CandidateTable table(layout, budget);
        for (std::size_t batch = 0; batch < batch_count; ++batch) {
          std::vector<BucketedPairs> parts;
          for (std::size_t part = 0; part < 3; ++part) {
            PairList list(budget);
            for (std::size_t i = batch * 3 + part; i < candidates.size(); i += 3 * batch_count) {
              const Packed& c = candidates[i];
              ASSERT_TRUE(list.Add(layout.Pack(c.left, c.right, c.key)));
            }
            parts.emplace_back(budget);
            ASSERT_TRUE(IntoBuckets(list, layout, parts.back()));
          }
          ASSERT_TRUE(table.Fold(std::move(parts), threads, budget));
        }
        ASSERT_EQ(Contents(table), expected) << left_rows << " " << batch_count << " " << threads;
        const auto& [pair, keys] = *expected.rbegin();
        EXPECT_EQ(table.KeysOf(layout.PairOf(pair.first, pair.second)), keys);
        EXPECT_EQ(table.KeysOf(layout.PairOf(0, 0)), 0U);
      }
    }
  }
}

TEST(CandidateTable, GivesBackAllMemoryItTook) {
  constexpr std::uint64_t kBytes = 64 << 20;
  MemoryBudget budget(kBytes);
  const PairLayout layout(1000, 1000);
  {
    CandidateTable table(layout, budget);
    std::vector<BucketedPairs> parts;
    PairList list(budget);
    for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_TRUE(list.Add(layout.Pack(i, i, 0)));
    EXPECT_EQ(list.size(), 1000U);
    parts.emplace_back(budget);
    ASSERT_TRUE(IntoBuckets(list, layout, parts.back()));
    ASSERT_TRUE(table.Fold(std::move(parts), 2, budget));
    EXPECT_FALSE(budget.Take(kBytes));
  }
  EXPECT_TRUE(budget.Take(kBytes));
  EXPECT_FALSE(budget.Take(1));
}

TEST(PairList, RefusesWhatTheBudgetDoesNotAllow) {
  MemoryBudget budget(PairList::kPieceEntries * sizeof(std::uint64_t));
  PairList list(budget);
  for (std::size_t i = 0; i < PairList::kPieceEntries; ++i) ASSERT_TRUE(list.Add(i));
  EXPECT_FALSE(list.Add(0));
  std::uint64_t next = 0;
  list.ForEach([&](std::uint64_t packed) { EXPECT_EQ(packed, next++); });
  EXPECT_EQ(next, PairList::kPieceEntries);
  BucketedPairs buckets(budget);
  EXPECT_FALSE(IntoBuckets(list, PairLayout(10, 10), buckets));
}

}  // namespace
}  // namespace tallystick::matcher
