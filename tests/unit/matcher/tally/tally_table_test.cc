#include "matcher/tally/tally_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <string>

namespace tallystick::matcher {
namespace {

using Ordinals = std::vector<std::uint16_t>;

// Six candidates in two pathways; four hires at three school levels. Candidates 0, 2 and 5 are
// hires 3, 0 and 1.
class SmallTally : public testing::Test {
 protected:
  TallyInput Input(Cohort cohort, std::vector<TallyDimension> dimensions) const {
    TallyInput input;
    input.cohort = cohort;
    input.left_row_count = 6;
    input.right_row_count = 4;
    input.pairs = pairs_;
    input.dimensions = std::move(dimensions);
    return input;
  }
  TallyDimension Pathway() const { return {Side::kLeft, pathway_, 2}; }
  TallyDimension Level() const { return {Side::kRight, level_, 3}; }

  const Ordinals pathway_ = {0, 0, 1, 1, 1, 0};
  const Ordinals level_ = {2, 0, 1, 2};
  const std::vector<LinkedPair> pairs_ = {{0, 3, 1, 1}, {2, 0, 1, 1}, {5, 1, 1, 1}};
};

std::vector<std::uint64_t> Numbers(std::initializer_list<std::uint64_t> values) { return values; }

TEST_F(SmallTally, CohortLinkedCountsPairs) {
  const auto tally = TallyTable(Input(Cohort::kLinked, {Pathway(), Level()}));
  ASSERT_TRUE(tally.ok());
  EXPECT_EQ(tally->cells, Numbers({1, 0, 1,  //
                                   0, 0, 1}));
}

TEST_F(SmallTally, SubmittedAndLinkedAreByOwnGroup) {
  const auto tally = TallyTable(Input(Cohort::kLinked, {Pathway(), Level()}));
  ASSERT_TRUE(tally.ok());
  EXPECT_EQ(tally->submitted_left, Numbers({3, 3}));
  EXPECT_EQ(tally->linked_left, Numbers({2, 1}));
  EXPECT_EQ(tally->submitted_right, Numbers({1, 1, 2}));
  EXPECT_EQ(tally->linked_right, Numbers({1, 0, 2}));
}

TEST_F(SmallTally, CohortLeftHasNotLinkedAsTheLastValueOfTheOtherSide) {
  const auto tally = TallyTable(Input(Cohort::kLeft, {Pathway(), Level()}));
  ASSERT_TRUE(tally.ok());
  EXPECT_EQ(tally->cells, Numbers({1, 0, 1, 1,  //
                                   0, 0, 1, 2}));
}

TEST_F(SmallTally, CohortRightHasNotLinkedAsTheLastValueOfTheLeft) {
  const auto tally = TallyTable(Input(Cohort::kRight, {Pathway(), Level()}));
  ASSERT_TRUE(tally.ok());
  EXPECT_EQ(tally->cells, Numbers({1, 0, 1,  //
                                   0, 0, 1,  //
                                   0, 1, 0}));
}

TEST_F(SmallTally, TheOrderOfDimensionsIsTheTables) {
  const auto tally = TallyTable(Input(Cohort::kLeft, {Level(), Pathway()}));
  ASSERT_TRUE(tally.ok());
  EXPECT_EQ(tally->cells, Numbers({1, 0,  //
                                   0, 0,  //
                                   1, 1,  //
                                   1, 2}));
}

TEST_F(SmallTally, ATableOfOwnCategoriesAloneStillSaysHowManyAreLinked) {
  const auto tally = TallyTable(Input(Cohort::kLeft, {Pathway()}));
  ASSERT_TRUE(tally.ok());
  EXPECT_EQ(tally->cells, Numbers({3, 3}));
  EXPECT_EQ(tally->linked_left, Numbers({2, 1}));
  EXPECT_EQ(tally->submitted_right, Numbers({4}));
  EXPECT_EQ(tally->linked_right, Numbers({3}));
}

TEST_F(SmallTally, NoDimensionCountsTheCohort) {
  EXPECT_EQ(TallyTable(Input(Cohort::kLinked, {}))->cells, Numbers({3}));
  EXPECT_EQ(TallyTable(Input(Cohort::kLeft, {}))->cells, Numbers({6}));
  EXPECT_EQ(TallyTable(Input(Cohort::kRight, {}))->cells, Numbers({4}));
}

TEST_F(SmallTally, AnOwnFilterKeepsRowsLinkedOrNot) {
  const RowBitmap filter = RowBitmap::Where(pathway_, Ordinals{1});
  TallyInput input = Input(Cohort::kLeft, {Pathway(), Level()});
  input.left_filter = &filter;
  const auto tally = TallyTable(input);
  ASSERT_TRUE(tally.ok());
  EXPECT_EQ(tally->cells, Numbers({0, 0, 0, 0,  //
                                   0, 0, 1, 2}));
  EXPECT_EQ(tally->submitted_left, Numbers({0, 3}));
  EXPECT_EQ(tally->submitted_right, Numbers({1, 1, 2})) << "the other side's rows are not filtered";
}

TEST_F(SmallTally, AFilterOnTheOtherSideKeepsRowsLinkedToWhatItKeeps) {
  const RowBitmap filter = RowBitmap::Where(level_, Ordinals{0, 1});
  TallyInput input = Input(Cohort::kLeft, {Pathway(), Level()});
  input.right_filter = &filter;
  const auto tally = TallyTable(input);
  ASSERT_TRUE(tally.ok());
  EXPECT_EQ(tally->cells, Numbers({1, 0, 0, 0,  //
                                   0, 0, 0, 0}));
  EXPECT_EQ(tally->submitted_left, Numbers({3, 3}));
  EXPECT_EQ(tally->linked_left, Numbers({2, 1}))
      << "linked at all, whatever the other side's filter";
  EXPECT_EQ(tally->submitted_right, Numbers({1, 1, 0}));
  EXPECT_EQ(tally->linked_right, Numbers({1, 0, 0}));
}

TEST_F(SmallTally, RefusesAValueThatIsNotDeclared) {
  const Ordinals levels = {2, 0, 3, 2};
  const auto tally = TallyTable(Input(Cohort::kLinked, {Pathway(), {Side::kRight, levels, 3}}));
  ASSERT_FALSE(tally.ok());
  EXPECT_EQ(tally.error().ToString(),
            "tally.ordinal-range: a category column has a value that its dictionary does not have "
            "(dimension=1, row=2)");
}

TEST_F(SmallTally, RefusesATableThatIsTooLarge) {
  const auto tally = TallyTable(
      Input(Cohort::kLinked, {{Side::kLeft, pathway_, 1024}, {Side::kRight, level_, 1025}}));
  ASSERT_FALSE(tally.ok());
  EXPECT_EQ(tally.error().id(), "tally.too-many-cells");
}

TEST(TallyTable, AgreesWithCountingRowByRow) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
    const std::uint32_t rows[2] = {1 + below(40), 1 + below(40)};
    TallyInput input;
    input.cohort = static_cast<Cohort>(below(3));
    input.left_row_count = rows[0];
    input.right_row_count = rows[1];

    std::vector<std::uint32_t> order[2];
    for (int s = 0; s < 2; ++s) {
      order[s].resize(rows[s]);
      std::iota(order[s].begin(), order[s].end(), 0U);
      std::shuffle(order[s].begin(), order[s].end(), random);
    }
    std::vector<LinkedPair> pairs;
    const std::uint32_t pair_count = below(std::min(rows[0], rows[1]) + 1);
    for (std::uint32_t i = 0; i < pair_count; ++i)
      pairs.push_back({order[0][i], order[1][i], 1, 1});
    std::sort(pairs.begin(), pairs.end(),
              [](const LinkedPair& a, const LinkedPair& b) { return a.left < b.left; });
    input.pairs = pairs;

    std::vector<Ordinals> columns(below(5));
    std::vector<Side> sides;
    std::vector<std::uint32_t> cardinalities;
    for (Ordinals& column : columns) {
      sides.push_back(static_cast<Side>(below(2)));
      cardinalities.push_back(1 + below(4));
      column.resize(rows[static_cast<int>(sides.back())]);
      for (auto& value : column) value = static_cast<std::uint16_t>(below(cardinalities.back()));
      input.dimensions.push_back({sides.back(), column, cardinalities.back()});
    }
    RowBitmap filters[2] = {RowBitmap(rows[0]), RowBitmap(rows[1])};
    bool filtered[2];
    for (int s = 0; s < 2; ++s) {
      filtered[s] = below(2) == 0;
      for (std::uint32_t row = 0; row < rows[s]; ++row) {
        if (below(3) != 0) filters[s].Add(row);
      }
      if (filtered[s]) (s == 0 ? input.left_filter : input.right_filter) = &filters[s];
    }

    // Row by row, with no partner as -1.
    const auto keeps = [&](int s, int row) {
      return !filtered[s] || (row >= 0 && filters[s].Has(static_cast<std::uint32_t>(row)));
    };
    std::vector<std::pair<int, int>> cohort;
    const auto partner = [&](int s, int row) {
      for (const LinkedPair& pair : pairs) {
        if (static_cast<int>(s == 0 ? pair.left : pair.right) == row) {
          return static_cast<int>(s == 0 ? pair.right : pair.left);
        }
      }
      return -1;
    };
    const int side = input.cohort == Cohort::kRight ? 1 : 0;
    for (int row = 0; row < static_cast<int>(rows[side]); ++row) {
      const int other = partner(side, row);
      if (input.cohort == Cohort::kLinked && other < 0) continue;
      if (keeps(side, row) && keeps(1 - side, other)) {
        cohort.push_back(side == 0 ? std::pair(row, other) : std::pair(other, row));
      }
    }
    std::size_t cell_count = 1;
    std::vector<std::size_t> extents;
    for (std::size_t d = 0; d < columns.size(); ++d) {
      const bool other = input.cohort != Cohort::kLinked && static_cast<int>(sides[d]) != side;
      extents.push_back(cardinalities[d] + (other ? 1U : 0U));
      cell_count *= extents.back();
    }
    std::vector<std::uint64_t> expected(cell_count);
    for (const auto& [left, right] : cohort) {
      std::size_t cell = 0;
      for (std::size_t d = 0; d < columns.size(); ++d) {
        const int row = sides[d] == Side::kLeft ? left : right;
        cell = cell * extents[d] +
               (row < 0 ? cardinalities[d] : columns[d][static_cast<std::size_t>(row)]);
      }
      ++expected[cell];
    }

    const auto tally = TallyTable(input, 1);
    ASSERT_TRUE(tally.ok());
    EXPECT_EQ(tally->cells, expected);
    for (const unsigned threads : {2U, 5U, 64U}) {
      EXPECT_EQ(*TallyTable(input, threads), *tally) << threads << " threads";
    }
    std::uint64_t submitted = 0;
    for (const std::uint64_t count : tally->submitted_left) submitted += count;
    EXPECT_EQ(submitted, filtered[0] ? filters[0].Count() : rows[0]);
    std::uint64_t linked = 0;
    for (const std::uint64_t count : tally->linked_right) linked += count;
    EXPECT_EQ(linked, static_cast<std::uint64_t>(
                          std::count_if(pairs.begin(), pairs.end(), [&](const LinkedPair& pair) {
                            return keeps(1, static_cast<int>(pair.right));
                          })));
  }
}

TEST(RowBitmap, WhereKeepsTheAcceptedValues) {
  Ordinals ordinals(130);
  for (std::size_t i = 0; i < ordinals.size(); ++i) ordinals[i] = static_cast<std::uint16_t>(i % 3);
  RowBitmap rows = RowBitmap::Where(ordinals, Ordinals{0, 2});
  EXPECT_TRUE(rows.Has(0));
  EXPECT_FALSE(rows.Has(64));
  EXPECT_TRUE(rows.Has(129));
  EXPECT_EQ(rows.Count(), 87U);
  rows.IntersectWith(RowBitmap::Where(ordinals, Ordinals{1, 2}));
  EXPECT_EQ(rows.Count(), 43U);
  EXPECT_FALSE(rows.Has(0));
}

// The leaves of the rows, counted, are the cells of the table.
TEST_F(SmallTally, EachRowIsInTheLeafThatCountsIt) {
  for (const Cohort cohort : {Cohort::kLinked, Cohort::kLeft, Cohort::kRight}) {
    for (const bool filtered : {false, true}) {
      TallyInput input = Input(cohort, {Pathway(), Level()});
      const RowBitmap some = RowBitmap::Where(pathway_, Ordinals{1});
      if (filtered) input.left_filter = &some;
      const auto tally = TallyTable(input);
      ASSERT_TRUE(tally.ok());
      const Side side = cohort == Cohort::kRight ? Side::kRight : Side::kLeft;
      const auto leaves = LeafOfRows(input, side);
      ASSERT_TRUE(leaves.ok());
      std::vector<std::uint64_t> cells(tally->cells.size(), 0);
      for (const std::uint32_t leaf : *leaves) {
        if (leaf != kNoLeaf) ++cells.at(leaf);
      }
      EXPECT_EQ(cells, tally->cells);
    }
  }
}

TEST_F(SmallTally, ARowOfTheOtherSideIsInTheLeafOfItsPair) {
  const auto leaves = LeafOfRows(Input(Cohort::kLeft, {Pathway()}), Side::kRight);
  ASSERT_TRUE(leaves.ok());
  EXPECT_EQ(*leaves, (std::vector<std::uint32_t>{1, 0, kNoLeaf, 0}));
}

}  // namespace
}  // namespace tallystick::matcher
