#include "matcher/linkage/similarity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <thread>

#include "matcher/linkage/internal/bit_order.h"
#include "matcher/linkage/internal/compared_side.h"
#include "matcher/linkage/internal/dice_tile.h"

namespace tallystick::matcher {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One side under construction.
struct Rows {
  std::uint32_t bits;
  Bytes bytes;

  EncodedRows view() const { return {bits, bytes}; }
  std::size_t size() const { return bytes.size() / (bits / 8); }
  ByteView operator[](std::size_t row) const {
    return ByteView(bytes).substr(row * (bits / 8), bits / 8);
  }
};

// A row whose set bits are [begin, end).
Bytes RowOf(std::uint32_t bits, std::uint32_t begin, std::uint32_t end) {
  Bytes row(bits / 8, '\0');
  for (std::uint32_t i = begin; i < end; ++i)
    row[i / 8] = static_cast<char>(row[i / 8] | 1 << i % 8);
  return row;
}

// Rows of about `fill`; the right side repeats each third left row with some bits flipped.
Rows RandomRows(std::uint32_t bits, std::size_t count, double fill, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::bernoulli_distribution bit(fill);
  Rows rows{bits, {}};
  for (std::size_t r = 0; r < count; ++r) {
    Bytes row(bits / 8, '\0');
    for (std::uint32_t i = 0; i < bits; ++i) {
      if (bit(random)) row[i / 8] = static_cast<char>(row[i / 8] | 1 << i % 8);
    }
    rows.bytes += row;
  }
  return rows;
}

Rows Typos(const Rows& of, std::size_t flips, std::uint32_t seed) {
  std::mt19937 random(seed);
  Rows rows = of;
  for (std::size_t r = 0; r < rows.size(); r += 3) {
    for (std::size_t i = 0; i < flips * (r % 7); ++i) {
      const std::size_t at = r * rows.bits + random() % rows.bits;
      rows.bytes[at / 8] = static_cast<char>(rows.bytes[at / 8] ^ 1 << at % 8);
    }
  }
  return rows;
}

std::uint32_t Count(ByteView a, ByteView b) {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    count += static_cast<std::uint32_t>(std::popcount(static_cast<unsigned char>(
        static_cast<unsigned char>(a[i]) & static_cast<unsigned char>(b[i]))));
  }
  return count;
}

// The definition, pair by pair, without one shared line of code.
SimilarPairs Oracle(const Rows& left, const Rows& right, std::uint32_t ten_thousandths,
                    std::size_t limit) {
  SimilarPairs out;
  for (std::uint32_t l = 0; l < left.size(); ++l) {
    std::vector<SimilarPair> pairs;
    for (std::uint32_t r = 0; r < right.size(); ++r) {
      const std::uint64_t common = Count(left[l], right[r]);
      const std::uint64_t total = Count(left[l], left[l]) + Count(right[r], right[r]);
      if (common == 0 || 20'000 * common < ten_thousandths * total) continue;
      pairs.push_back({l, r, static_cast<Similarity>((common << 31) / total)});
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const auto& a, const auto& b) { return a.similarity > b.similarity; });
    out.truncated_row_count += pairs.size() > limit ? 1 : 0;
    pairs.resize(std::min(pairs.size(), limit));
    out.pairs.insert(out.pairs.end(), pairs.begin(), pairs.end());
  }
  return out;
}

struct Case {
  std::uint32_t bits;
  double fill;
  std::uint32_t threshold;
  std::size_t flips;
};

class SimilarityOf3Lengths : public testing::TestWithParam<Case> {};

TEST_P(SimilarityOf3Lengths, IsTheOraclesOnEveryTargetAndThreadCount) {
  const Case c = GetParam();
  const Rows left = RandomRows(c.bits, 203, c.fill, 1);
  Rows right = Typos(left, c.flips, 2);
  right.bytes += RandomRows(c.bits, 90, c.fill, 3).bytes;
  const SimilarPairs expected = Oracle(left, right, c.threshold, 4);
  EXPECT_GT(expected.pairs.size(), 60u) << "a case that finds next to nothing tests nothing";
  for (const ComparisonTarget target : ComparisonTargets()) {
    for (const unsigned threads : {1u, 3u}) {
      SimilarityOptions options;
      options.threshold = DiceThreshold(c.threshold);
      options.pairs_per_row = 4;
      options.thread_count = threads;
      options.target = target;
      const auto found = FindSimilarPairs(left.view(), right.view(), options);
      ASSERT_TRUE(found.ok());
      EXPECT_EQ(*found, expected) << ComparisonTargetName(target) << ' ' << threads;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, SimilarityOf3Lengths,
                         testing::Values(Case{512, 0.3, 8000, 8}, Case{1024, 0.35, 8000, 20},
                                         Case{1024, 0.68, 8000, 30}, Case{1024, 0.5, 5000, 20},
                                         Case{2048, 0.1, 7000, 20}, Case{2048, 0.98, 9800, 9},
                                         Case{1024, 0.01, 3000, 2}, Case{512, 0.5, 1, 5},
                                         Case{512, 0.4, 10'000, 5}));

TEST(Similarity, TakesAPairExactlyAtTheThresholdAndNoneBelow) {
  // 400 and 600 set bits, 400 in common: Dice 0.8.
  const Bytes left = RowOf(1024, 0, 400);
  const auto found = [&](std::uint32_t begin, std::uint32_t end) {
    const Bytes right = RowOf(1024, begin, end);
    return FindSimilarPairs({1024, left}, {1024, right})->pairs;
  };
  EXPECT_THAT(found(0, 600), ElementsAre(SimilarPair{0, 0, SimilarityOf(400, 1000)}));
  EXPECT_THAT(found(0, 601), ElementsAre());
  EXPECT_THAT(found(1, 601), ElementsAre());
  EXPECT_THAT(found(0, 400), ElementsAre(SimilarPair{0, 0, kSimilarityOne}));
}

TEST(Similarity, OrdersAllFractionsAsTheyAre) {
  // Neighbours among fractions of the largest denominators.
  for (std::uint32_t total = 4000; total <= 4096; ++total) {
    for (std::uint32_t common : {total / 3, total / 2 - 1}) {
      EXPECT_LT(SimilarityOf(common, total), SimilarityOf(common, total - 1));
      EXPECT_LT(SimilarityOf(common, total), SimilarityOf(common + 1, total));
    }
  }
  EXPECT_EQ(SimilarityOf(300, 900), SimilarityOf(600, 1800));
  EXPECT_EQ(SimilarityOf(2048, 4096), kSimilarityOne);
}

TEST(Similarity, KeepsTheBestOfARowAndOfEqualsTheFirst) {
  const Bytes left = RowOf(512, 0, 100);
  Bytes right;
  for (int i = 0; i < 20; ++i) right += RowOf(512, 0, 110);  // rows 0 to 19: 0.952
  right += RowOf(512, 0, 101) + RowOf(512, 0, 100);          // 20: 0.995; 21: 1
  SimilarityOptions options;
  options.pairs_per_row = 3;
  const auto found = FindSimilarPairs({512, left}, {512, right}, options).value();
  ASSERT_EQ(found.pairs.size(), 3u);
  EXPECT_EQ(found.pairs[0].right, 21u);
  EXPECT_EQ(found.pairs[1].right, 20u);
  EXPECT_EQ(found.pairs[2].right, 0u);
  EXPECT_EQ(found.truncated_row_count, 1u);
  options.pairs_per_row = 22;
  EXPECT_EQ(FindSimilarPairs({512, left}, {512, right}, options)->truncated_row_count, 0u);
}

TEST(Similarity, FindsNothingForRowsWithoutBitsOrSidesWithoutRows) {
  const Bytes empty(64, '\0');
  const Bytes full = RowOf(512, 0, 512);
  SimilarityOptions options;
  options.threshold = DiceThreshold(1);
  EXPECT_TRUE(FindSimilarPairs({512, empty}, {512, empty}, options)->pairs.empty());
  EXPECT_TRUE(FindSimilarPairs({512, empty}, {512, full}, options)->pairs.empty());
  EXPECT_TRUE(FindSimilarPairs({512, full}, {512, empty + empty}, options)->pairs.empty());
  EXPECT_TRUE(FindSimilarPairs({512, ""}, {512, full}, options)->pairs.empty());
  EXPECT_TRUE(FindSimilarPairs({512, full}, {512, ""}, options)->pairs.empty());
}

TEST(Similarity, CountsProgressToItsEnd) {
  const Rows left = RandomRows(1024, 500, 0.4, 1);
  ComparisonProgress progress;
  SimilarityOptions options;
  options.progress = &progress;
  options.threshold = DiceThreshold(5000);
  ASSERT_TRUE(FindSimilarPairs(left.view(), left.view(), options).ok());
  EXPECT_EQ(progress.total, 250'000u) << "counts of 1024-bit rows differ too little to prune";
  EXPECT_EQ(progress.done, progress.total);
  // At a high threshold numbers of set bits alone rule most pairs out.
  options.threshold = DiceThreshold(9990);
  ASSERT_TRUE(FindSimilarPairs(left.view(), left.view(), options).ok());
  EXPECT_LT(progress.total, 60'000u);
  EXPECT_EQ(progress.done, progress.total);
}

TEST(Similarity, StopsWhenCancelled) {
  const Rows left = RandomRows(512, 64, 0.4, 1);
  std::stop_source source;
  source.request_stop();
  const auto found = FindSimilarPairs(left.view(), left.view(), {}, source.get_token());
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().id(), "linkage.cancelled");
}

TEST(Similarity, RefusesWrongLengths) {
  const auto reason = [](const EncodedRows& left, const EncodedRows& right) {
    const auto found = FindSimilarPairs(left, right);
    return found.ok() ? "" : found.error().ToString();
  };
  EXPECT_EQ(reason({512, Bytes(64, 'a')}, {512, Bytes(128, 'a')}), "");
  EXPECT_THAT(reason({256, Bytes(32, 'a')}, {256, Bytes(32, 'a')}), HasSubstr("side=left"));
  EXPECT_THAT(reason({512, Bytes(64, 'a')}, {512, Bytes(65, 'a')}), HasSubstr("side=right"));
  EXPECT_THAT(reason({512, Bytes(64, 'a')}, {1024, Bytes(128, 'a')}), HasSubstr("different"));
}

TEST(Similarity, HasATargetForEveryMachine) {
  EXPECT_THAT(ComparisonTargets(), testing::Contains(ComparisonTarget::kScalar));
}

// The tile functions, at every checkpoint and range: the comparison chooses one of them.
TEST(DiceTile, FindsTheSameAtEveryCheckpointOnEveryTarget) {
  for (const std::uint32_t bits : {512u, 1024u, 2048u}) {
    const Rows rows = RandomRows(bits, 40, 0.5, 9);
    const Rows near = Typos(rows, 12, 4);
    const ComparedSide left(rows.view(), SideLayout::kRows);
    const ComparedSide right(near.view(), SideLayout::kGroups);
    std::vector<std::uint64_t> fewest(2 * bits + 1, 1u << 20);
    for (std::uint32_t t = 1; t <= 2 * bits; ++t) fewest[t] = DiceThreshold(7000).FewestCommon(t);
    using Hits = std::vector<std::tuple<std::uint32_t, int, int>>;
    std::optional<Hits> expected;
    for (const ComparisonTarget target : ComparisonTargets()) {
      for (std::size_t checkpoint = 2; checkpoint <= left.words(); checkpoint += 2) {
        const AlignedWords left_rest = left.Rest(checkpoint), right_rest = right.Rest(checkpoint);
        Hits found;
        // Odd and even numbers of groups: two are compared at a time.
        for (const auto& [begin, end] : {std::pair{0u, 1u}, std::pair{1u, 4u}, std::pair{4u, 5u}}) {
          const DiceTile tile{left.bits(),
                              left.counts(),
                              left_rest.data(),
                              right.bits(),
                              right_rest.data(),
                              right.fewest(),
                              begin,
                              end,
                              left.words(),
                              checkpoint,
                              fewest.data()};
          std::vector<TileHit> hits(kTileRows * (end - begin));
          hits.resize(FindInTileFor(target)(tile, hits.data()));
          for (const TileHit& hit : hits) {
            found.emplace_back(hit.group, hit.row, hit.lanes);
            for (std::size_t lane = 0; lane < kGroupRows; ++lane) {
              if ((hit.lanes >> lane & 1) == 0) continue;
              EXPECT_EQ(hit.common[lane], Count(rows[left.row(hit.row)],
                                                near[right.row(hit.group * kGroupRows + lane)]));
            }
          }
        }
        std::sort(found.begin(), found.end());
        if (!expected) expected = found;
        EXPECT_FALSE(found.empty());
        EXPECT_EQ(found, *expected) << ComparisonTargetName(target) << " " << checkpoint;
      }
    }
  }
}

TEST(BitOrder, PutsBitsThatHalfOfTheRowsHaveFirst) {
  // Bit 0 is set always, bit 1 never, bit 2 in half of the rows, bit 3 in a quarter.
  Bytes bytes;
  for (int r = 0; r < 8; ++r) {
    Bytes row(64, '\0');
    row[0] = static_cast<char>(1 | (r % 2) << 2 | (r % 4 == 0 ? 8 : 0));
    bytes += row;
  }
  const auto order = InformativeBitsFirst({512, bytes});
  ASSERT_EQ(order.size(), 512u);
  EXPECT_EQ(order[0], 2);
  EXPECT_EQ(order[1], 3);
  EXPECT_EQ(order[2], 0);
}

TEST(BitMover, MovesEachBitToItsPlaceAndChangesNoCount) {
  for (const std::uint32_t bits : {512u, 1024u, 2048u}) {
    std::vector<std::uint16_t> order(bits);
    for (std::uint32_t i = 0; i < bits; ++i) order[i] = static_cast<std::uint16_t>(i * 37 % bits);
    const BitMover mover(order);
    for (std::uint32_t place = 0; place < bits; ++place) {
      std::vector<std::uint64_t> row(bits / 64, 0), expected(bits / 64, 0);
      row[order[place] / 64] = std::uint64_t{1} << order[place] % 64;
      expected[place / 64] = std::uint64_t{1} << place % 64;
      mover.Move(row);
      ASSERT_EQ(row, expected) << place;
    }
    const Rows rows = RandomRows(bits, 20, 0.4, 3);
    const ComparedSide left(rows.view(), SideLayout::kRows, &mover);
    const ComparedSide right(rows.view(), SideLayout::kGroups, &mover);
    for (std::size_t l = 0; l < 20; ++l) {
      std::uint32_t common = 0;
      for (std::size_t w = 0; w < left.words(); ++w) {
        common += static_cast<std::uint32_t>(std::popcount(left.word(l, w) & right.word(7, w)));
      }
      EXPECT_EQ(common, Count(rows[left.row(l)], rows[right.row(7)]));
    }
  }
}

}  // namespace
}  // namespace tallystick::matcher
