#include "agreements/rendered_table.h"

#include <gtest/gtest.h>

namespace tallystick::agreements {
namespace {

TableDimension Dimension(std::string name, std::uint32_t cardinality, Side side,
                         bool with_not_linked = false) {
  return {std::move(name), cardinality, with_not_linked, side, false};
}

RenderedTable Example() {
  std::vector<TableDimension> dimensions{Dimension("candidates.pathway", 2, Side::kLeft),
                                         Dimension("hr.retained_3y", 2, Side::kRight, true)};
  dimensions[1].sensitive = true;
  const auto shape = TableShape::Create(Cohort::kLeft, std::move(dimensions)).value();
  std::vector<Cell> cells(shape.cell_count(), Cell::Suppressed());
  cells[0] = Cell::Published(0);
  cells[11] = Cell::Published(1'234'567);
  return RenderedTable::Create(shape, std::move(cells)).value();
}

TEST(RenderedTable, ComesBackFromItsBytes) {
  const RenderedTable table = Example();
  const Bytes bytes = table.Encode();
  const auto back = RenderedTable::Decode(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->cells(), table.cells());
  EXPECT_EQ(back->shape().cohort(), Cohort::kLeft);
  EXPECT_EQ(back->shape().dimensions()[1].name, "hr.retained_3y");
  EXPECT_TRUE(back->shape().dimensions()[1].with_not_linked);
  EXPECT_TRUE(back->shape().dimensions()[1].sensitive);
  EXPECT_FALSE(back->shape().dimensions()[0].sensitive);
  EXPECT_EQ(back->suppressed().size(), 10u);
  EXPECT_EQ(back->Encode(), bytes);
}

TEST(RenderedTable, ASuppressedCellIsNotAZero) {
  EXPECT_NE(Cell::Suppressed(), Cell::Published(0));
  EXPECT_DEATH(static_cast<void>(Cell::Suppressed().count()), "has_value");
}

TEST(RenderedTable, RefusesTruncatedAndTrailingBytes) {
  const Bytes bytes = Example().Encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(RenderedTable::Decode(ByteView(bytes).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(RenderedTable::Decode(bytes + '\0').ok());
}

TEST(RenderedTable, DecodesNothingItWouldNotWrite) {
  const Bytes bytes = Example().Encode();
  int decoded = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int change : {1, 2, 4, 128, 255}) {
      Bytes altered = bytes;
      altered[i] = static_cast<char>(altered[i] ^ change);
      const auto table = RenderedTable::Decode(altered);
      if (!table.ok()) continue;
      ++decoded;
      EXPECT_EQ(table->Encode(), altered);
    }
  }
  EXPECT_GT(decoded, 0) << "another count is another table";
}

TEST(RenderedTable, TakesOnlyTheCellsOfItsShape) {
  const auto shape = TableShape::Create(Cohort::kLinked, {Dimension("a", 2, Side::kLeft)}).value();
  EXPECT_FALSE(RenderedTable::Create(shape, {Cell::Published(1)}).ok());
  const Cell large = Cell::Published(RenderedTable::kMaxCount + 1);
  EXPECT_FALSE(RenderedTable::Create(shape, {large, large, large}).ok());
}

TEST(TableShape, NumbersCellsRowMajorWithAllLast) {
  const auto shape = TableShape::Create(Cohort::kLeft, {Dimension("a", 2, Side::kLeft),
                                                        Dimension("b", 3, Side::kRight, true)})
                         .value();
  EXPECT_EQ(shape.cell_count(), 3u * 5u);
  EXPECT_EQ(shape.leaf_count(), 2u * 4u);
  EXPECT_EQ(shape.CellOfLeaf(0), 0u);
  EXPECT_EQ(shape.CellOfLeaf(4), 5u);  // the second row, first column
  EXPECT_TRUE(shape.IsNotLinked(3, 1));
  EXPECT_TRUE(shape.IsAll(4, 1));
  EXPECT_FALSE(shape.IsLeaf(4));
  EXPECT_EQ(shape.With(0, 0, shape.all(0)), 10u);
}

TEST(TableShape, RefusesWhatHasNoMeaning) {
  const auto fails = [](Cohort cohort, std::vector<TableDimension> dimensions) {
    return !TableShape::Create(cohort, std::move(dimensions)).ok();
  };
  EXPECT_TRUE(fails(Cohort::kLinked, {}));
  EXPECT_TRUE(fails(Cohort::kLinked, {Dimension("", 2, Side::kLeft)}));
  EXPECT_TRUE(fails(Cohort::kLinked, {Dimension("a", 0, Side::kLeft)}));
  EXPECT_TRUE(fails(Cohort::kLinked, {Dimension("a", 2, Side::kLeft, true)}));
  EXPECT_TRUE(fails(Cohort::kLeft, {Dimension("a", 2, Side::kRight)}));
  EXPECT_TRUE(fails(Cohort::kRight, {Dimension("a", 2, Side::kLeft)}));
  EXPECT_TRUE(fails(Cohort::kLinked,
                    {Dimension("a", 60'000, Side::kLeft), Dimension("b", 60'000, Side::kLeft)}));
  EXPECT_TRUE(
      fails(Cohort::kLinked, std::vector<TableDimension>(7, Dimension("a", 1, Side::kLeft))));
}

TEST(TableShape, KnowsWhereAnInstitutionReadsWhoIsLinked) {
  const auto linked = TableShape::Create(Cohort::kLinked, {Dimension("a", 2, Side::kLeft),
                                                           Dimension("b", 2, Side::kRight)})
                          .value();
  EXPECT_TRUE(linked.IsSplitCell(2, Side::kLeft));  // a0, all
  EXPECT_FALSE(linked.IsSplitCell(2, Side::kRight));
  EXPECT_TRUE(linked.IsSplitCell(6, Side::kRight));  // all, b0
  EXPECT_TRUE(linked.IsSplitCell(8, Side::kRight));  // the total
  const auto left = TableShape::Create(Cohort::kLeft, {Dimension("a", 2, Side::kLeft),
                                                       Dimension("b", 2, Side::kRight, true)})
                        .value();
  EXPECT_TRUE(left.IsSplitCell(2, Side::kLeft));     // a0, not linked
  EXPECT_FALSE(left.IsSplitCell(3, Side::kLeft));    // a0, all: its own number
  EXPECT_TRUE(left.IsSplitCell(8, Side::kRight));    // all, b0
  EXPECT_FALSE(left.IsSplitCell(11, Side::kRight));  // the total counts unlinked rows
}

TEST(PriorKnowledge, BoundsCellsByWhatWasSubmitted) {
  const auto shape = TableShape::Create(Cohort::kLeft, {Dimension("a", 2, Side::kLeft),
                                                        Dimension("b", 2, Side::kRight, true)})
                         .value();
  const auto left = PriorKnowledge::Of(shape, {Side::kLeft, {30, 40}}).value();
  EXPECT_EQ(left[0].high, 30u);
  EXPECT_EQ(left[0].low, 0u);
  EXPECT_TRUE(left[3].IsExact());
  EXPECT_EQ(left[11].low, 70u);
  const auto right = PriorKnowledge::Of(shape, {Side::kRight, {5, 6}}).value();
  EXPECT_EQ(right[0].high, 5u);
  EXPECT_EQ(right[2].high, Bounds::kUnbounded);  // not linked: not its rows
  EXPECT_EQ(right[11].high, Bounds::kUnbounded);
  EXPECT_FALSE(PriorKnowledge::Of(shape, {Side::kRight, {5}}).ok());
}

}  // namespace
}  // namespace tallystick::agreements
