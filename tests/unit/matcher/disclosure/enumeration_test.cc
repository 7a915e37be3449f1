// Small tables are attacked by trying every table that fits; no attacker may come closer than
// disclosure.md allows.
#include "tests/unit/matcher/disclosure/enumeration.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <string>

#include "matcher/disclosure/disclosure_control.h"
#include "tests/unit/matcher/disclosure/table_makers.h"

namespace tallystick::matcher {
namespace {

using agreements::OwnCounts;
using agreements::PriorKnowledge;
using agreements::RenderedTable;
using agreements::Side;
using agreements::TableShape;

// A minimum of 3 keeps the number of tables small; the method is the same.
DisclosureRules SmallRules() {
  DisclosureRules rules;
  rules.min_cell = 3;
  rules.min_denominator = 3;
  return rules;
}

struct Kind {
  const char* name;
  std::vector<TableDimension> dimensions;
  Cohort cohort;
};

std::vector<Kind> Kinds() {
  return {
      {"TwoDimensionsLinked",
       {Dimension("l", 2, Side::kLeft), Dimension("r", 3, Side::kRight)},
       Cohort::kLinked},
      {"OneSideLinked",
       {Dimension("l", 2, Side::kLeft), Dimension("y", 2, Side::kLeft)},
       Cohort::kLinked},
      {"ThreeDimensionsLinked",
       {Dimension("l", 2, Side::kLeft), Dimension("r", 2, Side::kRight),
        Dimension("o", 2, Side::kRight)},
       Cohort::kLinked},
      {"AllLeftRows",
       {Dimension("l", 2, Side::kLeft), Dimension("r", 2, Side::kRight, true)},
       Cohort::kLeft},
      {"AllRightRows",
       {Dimension("l", 2, Side::kLeft, true), Dimension("r", 2, Side::kRight)},
       Cohort::kRight},
      {"AllLeftRowsByTwoOfTheRight",
       {Dimension("r", 2, Side::kRight, true), Dimension("o", 1, Side::kRight, true),
        Dimension("l", 2, Side::kLeft)},
       Cohort::kLeft},
  };
}

class SmallTables : public testing::TestWithParam<Kind> {};

INSTANTIATE_TEST_SUITE_P(AllKinds, SmallTables, testing::ValuesIn(Kinds()),
                         [](const auto& kind) { return std::string(kind.param.name); });

std::vector<std::uint64_t> TrueCells(const TableShape& shape, const Tally& tally) {
  std::vector<std::uint64_t> cells(shape.cell_count(), 0);
  for (std::size_t leaf = 0; leaf < tally.counts.size(); ++leaf) {
    for (std::uint32_t summed = 0; summed < 1u << shape.rank(); ++summed) {
      std::size_t cell = shape.CellOfLeaf(leaf);
      for (std::size_t d = 0; d < shape.rank(); ++d) {
        if ((summed >> d & 1u) != 0) cell = shape.With(cell, d, shape.all(d));
      }
      cells[cell] += tally.counts[leaf];
    }
  }
  return cells;
}

// What an attacker who finds `attack` learns too much of, by the rules written out again here.
std::string Problems(const Enumeration& attack, const RenderedTable& table,
                     const std::vector<std::uint64_t>& truth, const PriorKnowledge& prior,
                     const std::vector<std::uint64_t>& lowest,
                     const std::vector<std::uint64_t>& possible, const DisclosureRules& rules) {
  const TableShape& shape = table.shape();
  const auto min_cell = static_cast<std::uint64_t>(rules.min_cell);
  std::ostringstream problems;
  for (std::size_t cell = 0; cell < shape.cell_count(); ++cell) {
    if (shape.IsImpossible(cell) || prior[cell].IsExact()) continue;
    const auto demand = [&](bool holds, const char* what) {
      if (!holds) {
        problems << "cell " << cell << ", true " << truth[cell] << ", found " << attack[cell].low
                 << ".." << attack[cell].high << ": " << what << "\n";
      }
    };
    const bool split = prior.is_institution() && shape.IsSplitCell(cell, prior.side());
    const std::uint64_t submitted = split ? prior.SubmittedIn(cell) : 0;
    const std::uint64_t few = std::min(min_cell, submitted);
    if (!table[cell].is_suppressed()) {
      demand(truth[cell] == 0 || truth[cell] >= min_cell, "published small");
      demand(submitted == 0 || (truth[cell] >= few && submitted - truth[cell] >= few),
             "published though it tells who matched");
      continue;
    }
    const auto [low, high] = attack[cell];
    demand(low <= truth[cell] && truth[cell] <= high, "the truth does not fit");
    const bool full = split || !prior.is_institution();
    const std::uint64_t most = full ? prior[cell].high : possible[cell];
    const std::uint64_t room = most > lowest[cell] ? most - lowest[cell] : 0;
    demand(high >= std::min(min_cell, most), "does not reach the minimum");
    demand(high - low >= std::min(min_cell - 1, room), "too narrow");
    const bool small = truth[cell] > 0 && truth[cell] < min_cell;
    demand(!small || low <= 1, "a small count does not reach down");
    if (submitted > 0 && truth[cell] < min_cell) {
      demand(low == 0 && high >= few, "tells that few are linked, or not linked");
    }
    if (submitted > 0 && submitted - truth[cell] < min_cell) {
      demand(high == submitted && low <= submitted - few, "tells that nearly all are");
    }
  }
  return problems.str();
}

// `assume_zeros`: the attacker does not know that zeros are mostly shown.
void CheckAttacker(const RenderedTable& table, const std::vector<std::uint64_t>& truth,
                   const PriorKnowledge& prior, const DisclosureRules& rules, bool assume_zeros) {
  const TableShape& shape = table.shape();
  const std::vector<bool> may_be_zero = agreements::CellsThatMayBeZero(table, rules);
  std::vector<std::uint64_t> lowest(shape.cell_count());
  std::vector<bool> zero(shape.cell_count());
  for (std::size_t cell = 0; cell < lowest.size(); ++cell) {
    lowest[cell] = may_be_zero[cell] || assume_zeros ? 0 : 1;
    zero[cell] = !table[cell].is_suppressed() && table[cell].count() == 0;
  }
  const std::vector<std::uint64_t> possible = agreements::HighestPossible(shape, prior, zero);
  std::string problems;
  for (const std::uint64_t window : {3, 6, 10}) {
    const Enumeration attack(table, prior, lowest, truth, window);
    ASSERT_GT(attack.table_count(), 0u) << "the true table must fit";
    problems = Problems(attack, table, truth, prior, lowest, possible, rules);
    if (problems.empty()) return;
  }
  ADD_FAILURE() << problems;
}

TEST_P(SmallTables, LeaveEveryAttackerInDoubt) {
  const DisclosureRules rules = SmallRules();
  int released = 0;
  constexpr int kTables = 150;
  for (std::uint64_t seed = 0; seed < kTables; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random(seed);
    Tally tally = RandomTally(GetParam().dimensions, GetParam().cohort, random,
                              /*zero_share=*/0.15 * static_cast<double>(seed % 4),
                              /*largest=*/6 + seed % 4);
    const OwnCounts left{Side::kLeft, tally.submitted_left};
    const OwnCounts right{Side::kRight, tally.submitted_right};
    const auto shape = TableShape::Create(tally.cohort, tally.dimensions).value();
    const std::vector<std::uint64_t> truth = TrueCells(shape, tally);
    const auto result = DisclosureControl(rules).Review(std::move(tally));
    if (!result.ok()) {
      EXPECT_EQ(result.error().refusal()->rule, Literal("SDC-INFEASIBLE"))
          << result.error().ToString();
      continue;
    }
    ++released;
    const RenderedTable& table = result->table();
    for (const bool assume_zeros : {false, true}) {
      CheckAttacker(table, truth, PriorKnowledge(shape), rules, assume_zeros);
      CheckAttacker(table, truth, PriorKnowledge::Of(shape, left).value(), rules, assume_zeros);
      CheckAttacker(table, truth, PriorKnowledge::Of(shape, right).value(), rules, assume_zeros);
    }
    if (HasFailure()) break;
  }
  EXPECT_GE(released, kTables * 9 / 10) << "refusing everything would pass, and be of no use";
}

// Positive control: the attack does find what is not protected.
TEST(Enumeration, FindsALoneSuppressedCell) {
  const std::vector<std::uint64_t> truth{1, 5, 6, 4, 4, 8, 5, 9, 14};
  std::vector<agreements::Cell> cells;
  for (const std::uint64_t count : truth) cells.push_back(agreements::Cell::Published(count));
  cells[0] = agreements::Cell::Suppressed();
  const auto shape = TableShape::Create(Cohort::kLinked, {Dimension("l", 2, Side::kLeft),
                                                          Dimension("r", 2, Side::kRight)})
                         .value();
  const auto table = RenderedTable::Create(shape, cells).value();
  const PriorKnowledge outsider(shape);
  const Enumeration attack(table, outsider, std::vector<std::uint64_t>(9, 0), truth, 9);
  EXPECT_EQ(attack.table_count(), 1u);
  EXPECT_EQ(attack[0].low, 1u);
  EXPECT_EQ(attack[0].high, 1u);
}

}  // namespace
}  // namespace tallystick::matcher
