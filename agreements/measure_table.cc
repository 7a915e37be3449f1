#include "agreements/measure_table.h"

#include <utility>

namespace tallystick::agreements {
namespace {

Side SideOf(const Output& output, const ElementRef& element) {
  return element.dataset == output.left ? Side::kLeft : Side::kRight;
}

bool IsOtherSide(Cohort cohort, Side side) {
  return (cohort == Cohort::kLeft && side == Side::kRight) ||
         (cohort == Cohort::kRight && side == Side::kLeft);
}

std::vector<TableDimension> CategoryDimensions(const Agreement& agreement, const Output& output,
                                               Cohort cohort) {
  std::vector<TableDimension> dimensions;
  for (const ElementRef& element : output.dimensions) {
    const Category& category = *agreement.FindCategory(element);
    TableDimension dimension;
    dimension.name = element.ToString();
    dimension.cardinality = static_cast<std::uint32_t>(category.values.size());
    dimension.side = SideOf(output, element);
    dimension.with_not_linked = IsOtherSide(cohort, dimension.side);
    dimension.sensitive = category.sensitive;
    dimensions.push_back(std::move(dimension));
  }
  return dimensions;
}

}  // namespace

Result<TableShape> CountShape(const Agreement& agreement, const Output& output) {
  std::vector<TableDimension> dimensions = CategoryDimensions(agreement, output, output.cohort);
  for (const ElementRef& measure : output.Measures()) {
    TableDimension dimension;
    dimension.name = measure.ToString();
    dimension.cardinality = 2;
    dimension.side = SideOf(output, measure);
    dimension.with_not_linked = IsOtherSide(output.cohort, dimension.side);
    dimension.observation = true;
    dimensions.push_back(std::move(dimension));
  }
  return TableShape::Create(output.cohort, std::move(dimensions));
}

Result<TableShape> MeasureShape(const Agreement& agreement, const Output& output,
                                const ElementRef& measure) {
  const bool linked = IsOtherSide(output.cohort, SideOf(output, measure));
  const Cohort cohort = linked ? Cohort::kLinked : output.cohort;
  return TableShape::Create(cohort, CategoryDimensions(agreement, output, cohort));
}

std::size_t CountCellOf(const TableShape& counts, const TableShape& of_measure, std::size_t measure,
                        std::size_t cell) {
  std::size_t result = 0;
  for (std::size_t d = 0; d < counts.rank(); ++d) {
    std::uint32_t ordinal = counts.all(d);
    if (d < of_measure.rank()) {
      if (!of_measure.IsAll(cell, d)) ordinal = of_measure.OrdinalOf(cell, d);
    } else if (d == of_measure.rank() + measure) {
      ordinal = 0;
    }
    result = counts.With(result, d, ordinal);
  }
  return result;
}

DisclosureRules MeasureRules(DisclosureRules rules) {
  rules.min_cell = rules.min_denominator;
  return rules;
}

Status CheckMeasureTable(const RenderedTable& counts, const RenderedTable& of_measure,
                         std::size_t measure) {
  for (std::size_t cell = 0; cell < of_measure.cells().size(); ++cell) {
    if (of_measure[cell].is_suppressed()) continue;
    const Cell& shown = counts[CountCellOf(counts.shape(), of_measure.shape(), measure, cell)];
    if (!shown.is_suppressed() && shown.count() == of_measure[cell].count()) continue;
    return Error(Code::kPermissionDenied, "disclosure.refused",
                 "a statistic is of a number of rows that the table of counts does not show")
        .Refused({"SDC-INCONSISTENT", std::nullopt,
                  "statistics of cells that are published with their counts"});
  }
  return Ok();
}

std::vector<std::size_t> CellsToOpen(const RenderedTable& of_measure) {
  std::vector<std::size_t> cells;
  for (std::size_t cell = 0; cell < of_measure.cells().size(); ++cell) {
    if (!of_measure[cell].is_suppressed() && of_measure[cell].count() > 0) cells.push_back(cell);
  }
  return cells;
}

}  // namespace tallystick::agreements
