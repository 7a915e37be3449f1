#include "agreements/measure_table.h"

#include <gtest/gtest.h>

namespace tallystick::agreements {
namespace {

// Pathway (2 values) of the left dataset by school level (3) of the right one, with a measure of
// each: hours of the left, salary of the right.
class MeasureTables : public ::testing::Test {
 protected:
  MeasureTables() {
    agreement_.datasets.resize(2);
    agreement_.datasets[0].id = "candidates";
    AddTo(agreement_.datasets[0], "pathway", {"a", "b"}, "hours");
    agreement_.datasets[1].id = "hr";
    AddTo(agreement_.datasets[1], "level", {"x", "y", "z"}, "salary");
    output_.left = "candidates";
    output_.right = "hr";
    output_.cohort = Cohort::kLeft;
    output_.dimensions = {{"candidates", "pathway"}, {"hr", "level"}};
    output_.measures = {{{"hr", "salary"}, MeasureStat::kMean},
                        {{"candidates", "hours"}, MeasureStat::kSum},
                        {{"hr", "salary"}, MeasureStat::kSd}};
  }

  static void AddTo(Dataset& dataset, std::string category, std::vector<std::string> values,
                    std::string measure) {
    dataset.categories.emplace_back();
    dataset.categories.back().name = std::move(category);
    dataset.categories.back().values = std::move(values);
    dataset.measures.emplace_back();
    dataset.measures.back().name = std::move(measure);
    dataset.measures.back().max = 100;
  }

  Agreement agreement_;
  Output output_;
};

TEST_F(MeasureTables, AnOutputNamesEachMeasureOnce) {
  const std::vector<ElementRef> expected{{"hr", "salary"}, {"candidates", "hours"}};
  EXPECT_EQ(output_.Measures(), expected);
  EXPECT_TRUE(output_.Publishes(expected[0], MeasureStat::kSd));
  EXPECT_FALSE(output_.Publishes(expected[1], MeasureStat::kSd));
}

TEST_F(MeasureTables, ObservedOrNotIsADimensionOfTheCounts) {
  const TableShape shape = CountShape(agreement_, output_).value();
  ASSERT_EQ(shape.rank(), 4u);
  EXPECT_TRUE(shape.dimensions()[2].observation);
  EXPECT_EQ(shape.dimensions()[2].side, Side::kRight);
  EXPECT_TRUE(shape.dimensions()[2].with_not_linked);
  EXPECT_FALSE(shape.dimensions()[3].with_not_linked);
}

TEST_F(MeasureTables, RowsWithTheOtherSidesMeasureAreLinked) {
  const TableShape salary = MeasureShape(agreement_, output_, {"hr", "salary"}).value();
  EXPECT_EQ(salary.cohort(), Cohort::kLinked);
  EXPECT_FALSE(salary.dimensions()[1].with_not_linked);
  const TableShape hours = MeasureShape(agreement_, output_, {"candidates", "hours"}).value();
  EXPECT_EQ(hours.cohort(), Cohort::kLeft);
  EXPECT_TRUE(hours.dimensions()[1].with_not_linked);
}

TEST_F(MeasureTables, EachCellOfAMeasureHasItsCellAmongTheCounts) {
  const TableShape counts = CountShape(agreement_, output_).value();
  const TableShape salary = MeasureShape(agreement_, output_, {"hr", "salary"}).value();
  // (b, ALL) of the rows with a salary.
  const std::size_t cell = salary.With(salary.With(0, 0, 1), 1, salary.all(1));
  const std::size_t found = CountCellOf(counts, salary, 0, cell);
  EXPECT_EQ(counts.OrdinalOf(found, 0), 1u);
  EXPECT_TRUE(counts.IsAll(found, 1));
  EXPECT_EQ(counts.OrdinalOf(found, 2), 0u);
  EXPECT_TRUE(counts.IsAll(found, 3));
}

TEST_F(MeasureTables, AStatisticOfAnUnpublishedNumberOfRowsIsRefused) {
  const TableShape shape = CountShape(agreement_, output_).value();
  const TableShape salary = MeasureShape(agreement_, output_, {"hr", "salary"}).value();
  std::vector<Cell> cells(salary.cell_count(), Cell::Suppressed());
  std::vector<Cell> count_cells(shape.cell_count(), Cell::Suppressed());
  cells[4] = Cell::Published(40);
  const std::size_t shown = CountCellOf(shape, salary, 0, 4);
  const auto check = [&] {
    return CheckMeasureTable(RenderedTable::Create(shape, count_cells).value(),
                             RenderedTable::Create(salary, cells).value(), 0);
  };
  EXPECT_FALSE(check().ok());  // suppressed among the counts
  count_cells[shown] = Cell::Published(41);
  EXPECT_FALSE(check().ok());  // another number
  count_cells[shown] = Cell::Published(40);
  EXPECT_TRUE(check().ok());
}

TEST_F(MeasureTables, OnlyPublishedCellsWithRowsAreOpened) {
  const TableShape salary = MeasureShape(agreement_, output_, {"hr", "salary"}).value();
  std::vector<Cell> cells(salary.cell_count(), Cell::Suppressed());
  cells[1] = Cell::Published(0);
  cells[4] = Cell::Published(40);
  const RenderedTable table = RenderedTable::Create(salary, cells).value();
  EXPECT_EQ(CellsToOpen(table), std::vector<std::size_t>{4});
}

TEST_F(MeasureTables, StatisticsFollowTheMinimumDenominator) {
  DisclosureRules rules;
  EXPECT_EQ(MeasureRules(rules).min_cell, rules.min_denominator);
}

TEST(TableShape, AnObservationHasTwoValues) {
  TableDimension dimension{"hr.salary", 3, false, Side::kRight, false, true};
  EXPECT_FALSE(TableShape::Create(Cohort::kLinked, {dimension}).ok());
  dimension.cardinality = 2;
  const auto shape = TableShape::Create(Cohort::kLinked, {dimension});
  ASSERT_TRUE(shape.ok());
  EXPECT_FALSE(shape->IsUnobserved(0));
  EXPECT_TRUE(shape->IsUnobserved(1));
  EXPECT_FALSE(shape->IsUnobserved(2));  // ALL
}

TEST(CheckWitnesses, AFewRowsWithoutAMeasureMayBeShown) {
  TableDimension dimension{"hr.salary", 2, false, Side::kRight, false, true};
  const TableShape shape = TableShape::Create(Cohort::kLinked, {dimension}).value();
  const auto check = [&](std::uint64_t observed, std::uint64_t missing) {
    const auto table = RenderedTable::Create(
        shape,
        {Cell::Published(observed), Cell::Published(missing), Cell::Published(observed + missing)});
    return CheckWitnesses(*table, {}, {}, nullptr);
  };
  EXPECT_TRUE(check(97, 3).ok());
  EXPECT_FALSE(check(3, 97).ok());
}

}  // namespace
}  // namespace tallystick::agreements
