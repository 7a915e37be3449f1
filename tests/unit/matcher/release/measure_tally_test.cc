#include "matcher/release/measure_tally.h"

#include <gtest/gtest.h>

#include "agreements/measure_table.h"

namespace tallystick::matcher {
namespace {

using agreements::TableShape;

agreements::TableDimension Category(std::string name, Side side, bool not_linked) {
  return {std::move(name), 2, not_linked, side, false, false};
}
agreements::TableDimension Observation(std::string name, Side side, bool not_linked) {
  return {std::move(name), 2, not_linked, side, false, true};
}

// Cohort left: pathway of the left by level of the right, with a salary of the right side (measure
// 0) and hours of the left (measure 1).
struct Example {
  TableShape counts =
      TableShape::Create(Cohort::kLeft, {Category("c.pathway", Side::kLeft, false),
                                         Category("hr.level", Side::kRight, true),
                                         Observation("hr.salary", Side::kRight, true),
                                         Observation("c.hours", Side::kLeft, false)})
          .value();
  TableShape salary =
      TableShape::Create(Cohort::kLinked, {Category("c.pathway", Side::kLeft, false),
                                           Category("hr.level", Side::kRight, false)})
          .value();
  TableShape hours = TableShape::Create(Cohort::kLeft, {Category("c.pathway", Side::kLeft, false),
                                                        Category("hr.level", Side::kRight, true)})
                         .value();
};

// Leaf (pathway, level, salary, hours) of the counts.
std::size_t Leaf(std::size_t pathway, std::size_t level, std::size_t salary, std::size_t hours) {
  return ((pathway * 3 + level) * 3 + salary) * 2 + hours;
}

TEST(ObservedTally, KeepsTheRowsThatHaveTheMeasure) {
  const Example example;
  TallyCounts counts;
  counts.cells.assign(example.counts.leaf_count(), 0);
  counts.cells[Leaf(0, 1, 0, 0)] = 5;           // both observed
  counts.cells[Leaf(0, 1, 0, 1)] = 7;           // salary only
  counts.cells[Leaf(0, 1, 1, 0)] = 11;          // hours only
  counts.cells[Leaf(1, 2, 2, 0)] = 13;          // not linked, with hours
  counts.cells[Leaf(1, 2, 2, 1)] = 17;          // not linked, without
  counts.submitted_left = {5 + 11, 7, 13, 17};  // (pathway, hours)
  counts.submitted_right = {1, 2, 3, 4};        // (level, salary)
  const Tally salary = ObservedTally(counts, example.counts, example.salary, 0);
  EXPECT_EQ(salary.cohort, Cohort::kLinked);
  EXPECT_EQ(salary.counts, (std::vector<std::uint64_t>{0, 12, 0, 0}));
  EXPECT_EQ(salary.submitted_left, (std::vector<std::uint64_t>{23, 30}));
  EXPECT_EQ(salary.submitted_right, (std::vector<std::uint64_t>{1, 3}));
  const Tally hours = ObservedTally(counts, example.counts, example.hours, 1);
  EXPECT_EQ(hours.counts, (std::vector<std::uint64_t>{0, 16, 0, 0, 0, 13}));
  EXPECT_EQ(hours.submitted_left, (std::vector<std::uint64_t>{16, 13}));
  EXPECT_EQ(hours.submitted_right, (std::vector<std::uint64_t>{3, 7}));
}

TEST(WithheldCells, AreThoseWhoseRowsTheCountsDoNotShow) {
  const Example example;
  std::vector<agreements::Cell> cells(example.counts.cell_count(), agreements::Cell::Published(0));
  const std::size_t hidden = agreements::CountCellOf(example.counts, example.salary, 0, 4);
  cells[hidden] = agreements::Cell::Suppressed();
  const auto table = agreements::RenderedTable::Create(example.counts, cells).value();
  const auto withheld = WithheldCells(table, example.salary, 0);
  for (std::size_t cell = 0; cell < withheld.size(); ++cell) EXPECT_EQ(withheld[cell], cell == 4);
}

}  // namespace
}  // namespace tallystick::matcher
