#include "matcher/disclosure/block_search.h"

#include <gtest/gtest.h>

namespace tallystick::matcher {
namespace {

using Outcome = BlockSearch::Outcome;

Deadline Soon() { return Deadline(std::chrono::minutes(1)); }

// a + b = 9, c + d = 7, a + c = 8.
BlockSearch Rectangle() {
  return BlockSearch({{0, 20}, {0, 20}, {0, 20}, {0, 20}},
                     {{9, {{0, 1}, {1, 1}}}, {7, {{2, 1}, {3, 1}}}, {8, {{0, 1}, {2, 1}}}});
}

TEST(BlockSearch, FindsExtremesOfARectangle) {
  BlockSearch search = Rectangle();
  EXPECT_GT(search.lowest(0), search.highest(0)) << "nothing found yet";
  EXPECT_EQ(search.ReachHighest(0, Soon()), Outcome::kFound);
  EXPECT_EQ(search.ReachLowest(0, Soon()), Outcome::kFound);
  EXPECT_EQ(search.highest(0), 8u);
  EXPECT_EQ(search.lowest(0), 1u);
  EXPECT_EQ(search.lowest(3), 0u);
  EXPECT_EQ(search.highest(3), 7u);
}

TEST(BlockSearch, ReachesWhatIsAskedForOrSaysThereIsNone) {
  BlockSearch search = Rectangle();
  EXPECT_EQ(search.ReachAtLeast(1, 6, Soon()), Outcome::kFound);
  EXPECT_GE(search.highest(1), 6u);
  EXPECT_EQ(search.ReachAtLeast(1, 9, Soon()), Outcome::kNotFound);
  EXPECT_EQ(search.ReachAtMost(1, 1, Soon()), Outcome::kFound);
  EXPECT_EQ(search.ReachAtMost(1, 0, Soon()), Outcome::kNotFound);
}

TEST(BlockSearch, ReachesADifference) {
  BlockSearch search = Rectangle();
  EXPECT_EQ(search.ReachDifference(0, 1, 7, Soon()), Outcome::kFound);  // 8 and 1
  EXPECT_EQ(search.ReachDifference(0, 1, 8, Soon()), Outcome::kNotFound);
  EXPECT_EQ(search.ReachDifference(1, 0, 7, Soon()), Outcome::kFound);  // 1 and 8
}

TEST(BlockSearch, EveryTableItKeepsFits) {
  BlockSearch search = Rectangle();
  for (int variable = 0; variable < 4; ++variable) {
    EXPECT_EQ(search.ReachAtLeast(variable, 3, Soon()), Outcome::kFound);
    EXPECT_EQ(search.ReachLowest(variable, Soon()), Outcome::kFound);
  }
  ASSERT_FALSE(search.tables().empty());
  for (const auto& table : search.tables()) {
    EXPECT_EQ(table[0] + table[1], 9u);
    EXPECT_EQ(table[2] + table[3], 7u);
    EXPECT_EQ(table[0] + table[2], 8u);
  }
}

// a + b = b + c = a + c = 1 has the solution of three halves, and none in whole numbers: what a
// linear program alone would take for doubt.
TEST(BlockSearch, IsNotFooledByFractions) {
  BlockSearch search({{0, 1}, {0, 1}, {0, 1}},
                     {{1, {{0, 1}, {1, 1}}}, {1, {{1, 1}, {2, 1}}}, {1, {{0, 1}, {2, 1}}}});
  EXPECT_EQ(search.ReachHighest(0, Soon()), Outcome::kNotFound);
  EXPECT_EQ(search.ReachLowest(0, Soon()), Outcome::kNotFound);
  EXPECT_EQ(search.ReachDifference(0, 1, 0, Soon()), Outcome::kNotFound);
  EXPECT_TRUE(search.tables().empty());
}

TEST(BlockSearch, TakesOverOnlyWhatFits) {
  BlockSearch wide = Rectangle();
  ASSERT_EQ(wide.ReachHighest(0, Soon()), Outcome::kFound);
  ASSERT_EQ(wide.ReachLowest(0, Soon()), Outcome::kFound);
  BlockSearch narrow({{0, 5}, {0, 20}, {0, 20}, {0, 20}},
                     {{9, {{0, 1}, {1, 1}}}, {7, {{2, 1}, {3, 1}}}, {8, {{0, 1}, {2, 1}}}});
  narrow.Adopt(wide);
  EXPECT_EQ(narrow.highest(0), 1u);
  EXPECT_EQ(narrow.ReachHighest(0, Soon()), Outcome::kFound);
  EXPECT_EQ(narrow.highest(0), 5u);
}

TEST(BlockSearch, SaysWhenTimeIsUp) {
  BlockSearch search = Rectangle();
  const Deadline passed(std::chrono::milliseconds(0));
  EXPECT_EQ(search.ReachHighest(0, passed), Outcome::kTimedOut);
  EXPECT_EQ(search.ReachAtLeast(0, 3, passed), Outcome::kTimedOut);
}

}  // namespace
}  // namespace tallystick::matcher
