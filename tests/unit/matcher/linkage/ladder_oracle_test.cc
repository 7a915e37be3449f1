// The ladder against linkage.md written plainly, on random small inputs.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/matcher/linkage/ladder_case.h"

namespace tallystick::matcher {
namespace {

struct Shape {
  int max_rows;  // of a side
  int max_keys;
  int max_tokens;  // of a row and key
  int different;   // tokens of a key
  int max_token_rows;
};

SideRows RandomSide(std::mt19937& random, const Shape& shape, int key_count) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  SideRows side(static_cast<std::size_t>(below(shape.max_rows + 1)));
  for (auto& row : side) {
    row.resize(static_cast<std::size_t>(key_count));
    for (auto& tokens : row) {
      const int count = below(shape.max_tokens + 1);
      for (int i = 0; i < count; ++i) {
        // A third of the entries take a few common tokens; a row may take one twice.
        tokens.push_back(below(3) == 0 ? below(3) : below(shape.different));
      }
    }
  }
  return side;
}

void CompareWithOracle(const Shape& shape, unsigned seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const int key_count = 1 + static_cast<int>(random() % static_cast<unsigned>(shape.max_keys));
  const SideRows left = RandomSide(random, shape, key_count);
  const SideRows right = RandomSide(random, shape, key_count);
  const auto keys = static_cast<std::size_t>(key_count);
  const auto limit = 1 + random() % static_cast<unsigned>(shape.max_token_rows);
  const Linkage expected = OracleLinkage(left, right, keys, limit);

  LadderOptions options;
  options.max_token_rows = static_cast<std::uint32_t>(limit);
  for (const std::uint32_t block_entries : {1U, 3U, 1000U}) {
    const LadderCase ladder(left, right, keys, block_entries);
    for (const unsigned threads : {1U, 3U}) {
      options.thread_count = threads;
      const auto linkage = LinkLadder(ladder.input(), options);
      ASSERT_TRUE(linkage.ok()) << linkage.error().ToString();
      ASSERT_EQ(linkage->pairs, expected.pairs) << block_entries << " entries a block";
      ASSERT_EQ(linkage->passes, expected.passes);
      ASSERT_EQ(linkage->ambiguous_left_count, expected.ambiguous_left_count);
      ASSERT_EQ(linkage->ambiguous_right_count, expected.ambiguous_right_count);
    }
  }
}

TEST(LadderOracle, AgreesOnThousandsOfTinyInputs) {
  for (unsigned seed = 0; seed < 3000 && !testing::Test::HasFatalFailure(); ++seed) {
    CompareWithOracle(
        {.max_rows = 8, .max_keys = 4, .max_tokens = 3, .different = 12, .max_token_rows = 4},
        seed);
  }
}

TEST(LadderOracle, AgreesWhereFewTokensRepeat) {
  for (unsigned seed = 0; seed < 300 && !testing::Test::HasFatalFailure(); ++seed) {
    CompareWithOracle(
        {.max_rows = 40, .max_keys = 11, .max_tokens = 2, .different = 120, .max_token_rows = 6},
        seed);
  }
}

TEST(LadderOracle, AgreesWhereNearlyAllTokensAreTooFrequent) {
  for (unsigned seed = 0; seed < 300 && !testing::Test::HasFatalFailure(); ++seed) {
    CompareWithOracle(
        {.max_rows = 30, .max_keys = 32, .max_tokens = 2, .different = 6, .max_token_rows = 12},
        seed);
  }
}

}  // namespace
}  // namespace tallystick::matcher
