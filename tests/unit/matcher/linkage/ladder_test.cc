#include "matcher/linkage/ladder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/matcher/linkage/ladder_case.h"

namespace tallystick::matcher {
namespace {

Linkage Link(const SideRows& left, const SideRows& right, std::size_t key_count,
             LadderOptions options = {}) {
  const LadderCase ladder(left, right, key_count, 7);
  auto linkage = LinkLadder(ladder.input(), options);
  EXPECT_TRUE(linkage.ok()) << linkage.error().ToString();
  return *std::move(linkage);
}

std::vector<LinkedPair> Pairs(std::initializer_list<LinkedPair> pairs) { return pairs; }

// Rows that carry `token` for the only key.
SideRows Rows(std::size_t count, int token) { return SideRows(count, {{token}}); }

TEST(Ladder, RowsThatShareATokenAreLinked) {
  const Linkage linkage = Link({{{1}}, {{2}}}, {{{3}}, {{2}}}, 1);
  EXPECT_EQ(linkage.pairs, Pairs({{1, 1, 1, 1}}));
  EXPECT_EQ(linkage.passes, (std::vector<LadderPass>{{1, 0}}));
}

TEST(Ladder, SeveralSharedTokensOfOnePairAreOneCandidate) {
  const Linkage linkage = Link({{{1, 2, 3}}}, {{{3, 2, 1}}}, 1);
  EXPECT_EQ(linkage.pairs, Pairs({{0, 0, 1, 1}}));
  EXPECT_EQ(linkage.ambiguous_left_count, 0U);
}

TEST(Ladder, AStrongerKeyLinksFirst) {
  // Right row 0 shares key 2 with left row 0; left row 1 shares key 1 with it.
  const Linkage linkage = Link({{{1}, {5}}, {{2}, {6}}}, {{{2}, {5}}}, 2);
  EXPECT_EQ(linkage.pairs, Pairs({{1, 0, 1, 1}}));
}

TEST(Ladder, TheScoreCountsKeysOfTheWholeLadder) {
  // Two twins share key 1; the second key tells which is which.
  const Linkage linkage = Link({{{1}, {5}}, {{1}, {6}}}, {{{1}, {6}}, {{1}, {5}}}, 2);
  EXPECT_EQ(linkage.pairs, Pairs({{0, 1, 1, 2}, {1, 0, 1, 2}}));
}

TEST(Ladder, ATieStaysUnlinkedAndTakesPartInLaterPasses) {
  // Key 1 cannot tell right rows 0 and 1, nor can the score: each shares one further key.
  const SideRows left = {{{1}, {5}, {8}}};
  const SideRows right = {{{1}, {5}, {0}}, {{1}, {4}, {8}}};
  const Linkage linkage = Link(left, right, 3);
  EXPECT_EQ(linkage.pairs, Pairs({{0, 0, 2, 2}}));
  EXPECT_EQ(linkage.ambiguous_left_count, 0U) << "it was linked in the end";
  EXPECT_EQ(linkage.ambiguous_right_count, 0U) << "neither had two candidates";
}

TEST(Ladder, AmbiguousRowsNeverLinkedAreCountedOnTheirSide) {
  const Linkage linkage = Link({{{1}}, {{2}}, {{2}}}, {{{1}}, {{1}}, {{2}}}, 1);
  EXPECT_TRUE(linkage.pairs.empty());
  EXPECT_EQ(linkage.ambiguous_left_count, 1U);   // row 0, between right rows 0 and 1
  EXPECT_EQ(linkage.ambiguous_right_count, 1U);  // row 2, between left rows 1 and 2
}

TEST(Ladder, ARowThatIsSecondChoiceWaitsForALaterPass) {
  // Left rows 0 and 1 both want right row 0 in pass 1; 1 shares more keys. In pass 2, row 0 is free
  // for right row 1.
  const SideRows left = {{{1}, {5}, {0}}, {{1}, {6}, {7}}};
  const SideRows right = {{{1}, {6}, {7}}, {{2}, {5}, {9}}};
  const Linkage linkage = Link(left, right, 3);
  EXPECT_EQ(linkage.pairs, Pairs({{0, 1, 2, 1}, {1, 0, 1, 3}}));
}

TEST(Ladder, ATokenMayOccurOnAHundredRowsAndNoMore) {
  SideRows left = Rows(100, 1);
  const SideRows right = Rows(1, 1);
  Linkage linkage = Link(left, right, 1);
  EXPECT_EQ(linkage.passes[0].skipped_token_count, 0U);
  EXPECT_EQ(linkage.ambiguous_right_count, 1U) << "a hundred candidates, all alike";

  left.push_back({{1}});
  linkage = Link(left, right, 1);
  EXPECT_EQ(linkage.passes[0].skipped_token_count, 1U);
  EXPECT_EQ(linkage.ambiguous_right_count, 0U) << "no candidates";
  EXPECT_EQ(Link(right, left, 1).passes[0].skipped_token_count, 1U) << "on either side";
}

TEST(Ladder, AFrequentTokenOfOneSideAloneIsCountedToo) {
  EXPECT_EQ(Link(Rows(101, 1), Rows(1, 2), 1).passes[0].skipped_token_count, 1U);
  EXPECT_EQ(Link(Rows(1, 2), Rows(101, 1), 1).passes[0].skipped_token_count, 1U);
}

TEST(Ladder, ARowThatRepeatsATokenCarriesItOnce) {
  SideRows left(1);
  left[0] = {std::vector<int>(150, 1)};
  const Linkage linkage = Link(left, Rows(1, 1), 1);
  EXPECT_EQ(linkage.passes[0].skipped_token_count, 0U);
  EXPECT_EQ(linkage.pairs, Pairs({{0, 0, 1, 1}}));
}

TEST(Ladder, ATokenIsRareOnceTheRowsThatCarriedItAreLinked) {
  // Token 1 of key 2 is on 102 left rows, of which key 1 links 2.
  SideRows left(102, {{}, {1}});
  left[3] = {{10}, {1}};
  left[50] = {{11}, {1}};
  const SideRows right = {{{10}, {2}}, {{11}, {2}}, {{}, {1}}};
  const Linkage linkage = Link(left, right, 2);
  EXPECT_EQ(linkage.passes, (std::vector<LadderPass>{{2, 0}, {0, 0}}));
  EXPECT_EQ(linkage.ambiguous_right_count, 1U) << "the hundred that are left are candidates";
}

TEST(Ladder, ASkippedTokenStillCountsInTheScore) {
  // Key 1 alone cannot tell the right rows apart; the frequent token of key 2 can.
  SideRows left(101, {{}, {1}});
  left[7] = {{5}, {1}};
  const SideRows right = {{{5}, {2}}, {{5}, {1}}};
  const Linkage linkage = Link(left, right, 2);
  EXPECT_EQ(linkage.pairs, Pairs({{7, 1, 1, 2}}));
  EXPECT_EQ(linkage.passes[1].skipped_token_count, 0U) << "a hundred rows are left in pass 2";
}

TEST(Ladder, EmptySubmissionsLinkNothing) {
  EXPECT_TRUE(Link({}, {}, 2).pairs.empty());
  EXPECT_TRUE(Link({}, Rows(3, 1), 1).pairs.empty());
  EXPECT_TRUE(Link(Rows(3, 1), {}, 1).pairs.empty());
}

// Thousands of rows: people with a token of each key, spoilt on either side, and fillers.
SideRows Population(unsigned seed, int people, int key_count, std::mt19937& fill) {
  std::mt19937 random(seed);
  SideRows side;
  for (int person = 0; person < people; ++person) {
    if (fill() % 3 == 0) continue;
    std::vector<std::vector<int>> row;
    for (int key = 0; key < key_count; ++key) {
      std::vector<int> tokens = {fill() % 5 == 0 ? static_cast<int>(fill() % 40) : person};
      while (tokens.size() < 3) tokens.push_back(1'000'000 + static_cast<int>(fill() % 9'000'000));
      row.push_back(std::move(tokens));
    }
    side.push_back(std::move(row));
  }
  std::shuffle(side.begin(), side.end(), random);
  return side;
}

TEST(Ladder, TheSameInputGivesTheSameLinkageForAnyThreadsBlocksAndMemory) {
  std::mt19937 fill(99);
  const SideRows left = Population(1, 6'000, 5, fill);
  const SideRows right = Population(2, 6'000, 5, fill);
  LadderOptions options;
  options.thread_count = 1;
  options.max_token_rows = 20;
  const LadderCase whole(left, right, 5);
  const auto expected = LinkLadder(whole.input(), options);
  ASSERT_TRUE(expected.ok());
  EXPECT_GT(expected->pairs.size(), 2'000U);
  EXPECT_GT(expected->passes[0].skipped_token_count, 0U);
  EXPECT_GT(expected->ambiguous_left_count, 0U);

  for (const std::uint32_t block_entries : {64U, 1'000U, 20'000U}) {
    const LadderCase ladder(left, right, 5, block_entries);
    for (const unsigned threads : {1U, 2U, 3U, 8U}) {
      // The smaller budget makes candidates fold while joins still run.
      for (const std::uint64_t memory_bytes : {std::uint64_t{7} << 20, std::uint64_t{1} << 30}) {
        options.thread_count = threads;
        options.memory_bytes = memory_bytes;
        const auto linkage = LinkLadder(ladder.input(), options);
        ASSERT_TRUE(linkage.ok()) << linkage.error().ToString();
        EXPECT_EQ(*linkage, *expected) << block_entries << " " << threads << " " << memory_bytes;
      }
    }
  }
}

}  // namespace
}  // namespace tallystick::matcher
