#include "matcher/linkage/assignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace tallystick::matcher {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Pairs = std::vector<SimilarPair>;

Similarity Dice(double value) { return static_cast<Similarity>(value * kSimilarityOne); }

Assignment Assign(const Pairs& candidates, const AssignmentOptions& options = {}) {
  return AssignOneToOne(candidates, options).value();
}

std::uint64_t Sum(const Pairs& pairs) {
  std::uint64_t sum = 0;
  for (const SimilarPair& pair : pairs) sum += pair.similarity;
  return sum;
}

// The largest sum of any one-to-one choice, by trying all.
std::uint64_t BestSum(const Pairs& candidates, std::size_t from, std::set<std::uint32_t>& lefts,
                      std::set<std::uint32_t>& rights) {
  if (from == candidates.size()) return 0;
  std::uint64_t best = BestSum(candidates, from + 1, lefts, rights);
  const SimilarPair& pair = candidates[from];
  if (!lefts.contains(pair.left) && !rights.contains(pair.right)) {
    lefts.insert(pair.left);
    rights.insert(pair.right);
    best = std::max(best, pair.similarity + BestSum(candidates, from + 1, lefts, rights));
    lefts.erase(pair.left);
    rights.erase(pair.right);
  }
  return best;
}

// Few values, so that ties abound.
Pairs RandomCandidates(std::mt19937& random, std::uint32_t rows, double density) {
  Pairs pairs;
  for (std::uint32_t l = 0; l < rows; ++l) {
    for (std::uint32_t r = 0; r < rows + 1; ++r) {
      if (std::bernoulli_distribution(density)(random)) {
        pairs.push_back({l * 3, r * 5 + 1, Dice(0.8 + 0.02 * static_cast<double>(random() % 10))});
      }
    }
  }
  return pairs;
}

void ExpectOneToOne(const Assignment& assignment) {
  std::set<std::uint32_t> lefts, rights;
  for (const Pairs* pairs : {&assignment.pairs, &assignment.ambiguous}) {
    for (const SimilarPair& pair : *pairs) {
      EXPECT_TRUE(lefts.insert(pair.left).second);
      EXPECT_TRUE(rights.insert(pair.right).second);
    }
  }
}

TEST(Assignment, TakesTheLargestSumNotTheBestPair) {
  // The best pair alone would leave row 1 and row 11 with nothing.
  const Pairs candidates = {{0, 10, Dice(0.99)}, {0, 11, Dice(0.95)}, {1, 10, Dice(0.94)}};
  EXPECT_THAT(Assign(candidates).pairs, ElementsAre(candidates[1], candidates[2]));
  AssignmentOptions greedy;
  greedy.largest_optimal_rows = 3;
  const Assignment assignment = Assign(candidates, greedy);
  EXPECT_THAT(assignment.pairs, ElementsAre(candidates[0]));
  EXPECT_EQ(assignment.greedy_component_count, 1u);
}

TEST(Assignment, HasTheSumOfTryingAllChoices) {
  std::mt19937 random(11);
  for (int round = 0; round < 300; ++round) {
    const Pairs candidates =
        RandomCandidates(random, static_cast<std::uint32_t>(1 + random() % 5), 0.6);
    const Assignment assignment = Assign(candidates);
    ExpectOneToOne(assignment);
    std::set<std::uint32_t> lefts, rights;
    EXPECT_EQ(Sum(assignment.pairs), BestSum(candidates, 0, lefts, rights));
    EXPECT_EQ(assignment.greedy_component_count, 0u);
    EXPECT_THAT(candidates, testing::IsSupersetOf(assignment.pairs));
  }
}

TEST(Assignment, DoesNotDependOnTheOrderOfCandidates) {
  std::mt19937 random(12);
  for (const std::uint32_t largest : {2u, 256u}) {
    for (int round = 0; round < 50; ++round) {
      Pairs candidates = RandomCandidates(random, 12, 0.15);
      AssignmentOptions options;
      options.largest_optimal_rows = largest;
      options.margin = Dice(0.03);
      const Assignment expected = Assign(candidates, options);
      ExpectOneToOne(expected);
      std::shuffle(candidates.begin(), candidates.end(), random);
      EXPECT_EQ(Assign(candidates, options), expected);
    }
  }
}

TEST(Assignment, IsGreedyBySimilarityThenRowsWhereAComponentIsLarge) {
  AssignmentOptions options;
  options.largest_optimal_rows = 0;
  const Pairs candidates = {{0, 10, Dice(0.9)},
                            {0, 11, Dice(0.9)},
                            {1, 10, Dice(0.9)},
                            {1, 11, Dice(0.85)},
                            {2, 11, Dice(0.9)}};
  EXPECT_THAT(Assign(candidates, options).pairs, ElementsAre(candidates[0], candidates[4]));
}

TEST(Assignment, TreatsComponentsApart) {
  const Pairs candidates = {{5, 7, Dice(0.8)}, {1, 2, Dice(0.9)}, {1, 3, Dice(0.95)}};
  const Assignment assignment = Assign(candidates);
  EXPECT_THAT(assignment.pairs, ElementsAre(candidates[2], candidates[0]));
  EXPECT_EQ(assignment.component_count, 2u);
  EXPECT_THAT(Assign({}).pairs, IsEmpty());
}

TEST(Assignment, SetsPairsWithinTheMarginApart) {
  AssignmentOptions options;
  options.margin = Dice(0.02);
  const Pairs clear = {{0, 10, Dice(0.9)}, {0, 11, Dice(0.88)}};
  const Pairs near = {{0, 10, Dice(0.9)}, {0, 11, Dice(0.8801)}};
  const Pairs near_on_the_right = {{0, 10, Dice(0.9)}, {1, 10, Dice(0.8801)}};
  const Pairs tie = {{0, 10, Dice(0.9)}, {0, 11, Dice(0.9)}};
  EXPECT_THAT(Assign(clear, options).pairs, ElementsAre(clear[0]));
  for (const Pairs& pairs : {near, near_on_the_right, tie}) {
    EXPECT_THAT(Assign(pairs, options).pairs, IsEmpty());
    EXPECT_THAT(Assign(pairs, options).ambiguous, ElementsAre(pairs[0]));
    EXPECT_THAT(Assign(pairs).pairs, ElementsAre(pairs[0])) << "no margin";
  }
  options.margin = 1;
  EXPECT_THAT(Assign(near, options).pairs, ElementsAre(near[0]));
  EXPECT_THAT(Assign(tie, options).ambiguous, ElementsAre(tie[0]));
  // A row that the largest sum gives its second best is ambiguous as well.
  const Pairs crossed = {{0, 10, Dice(0.99)}, {0, 11, Dice(0.95)}, {1, 10, Dice(0.94)}};
  EXPECT_THAT(Assign(crossed, options).ambiguous, ElementsAre(crossed[1], crossed[2]));
}

TEST(Assignment, RefusesAPairTwiceAndStops) {
  const Pairs twice = {{0, 1, Dice(0.9)}, {2, 3, Dice(0.9)}, {0, 1, Dice(0.8)}};
  EXPECT_EQ(AssignOneToOne(twice).error().id(), "linkage.duplicate-pair");
  std::stop_source source;
  source.request_stop();
  const Pairs one = {{0, 1, Dice(0.9)}};
  EXPECT_EQ(AssignOneToOne(one, {}, source.get_token()).error().id(), "linkage.cancelled");
}

TEST(Assignment, CopesWithALargeComponentOfManyTies) {
  Pairs candidates;
  for (std::uint32_t l = 0; l < 300; ++l) {
    for (std::uint32_t r = 0; r < 300; ++r) candidates.push_back({l, r, kSimilarityOne});
  }
  AssignmentOptions options;
  for (const std::uint32_t largest : {256u, 600u}) {
    options.largest_optimal_rows = largest;
    const Assignment assignment = Assign(candidates, options);
    ExpectOneToOne(assignment);
    EXPECT_EQ(assignment.pairs.size(), 300u);
    EXPECT_EQ(assignment.greedy_component_count, largest == 256 ? 1u : 0u);
  }
}

}  // namespace
}  // namespace tallystick::matcher
