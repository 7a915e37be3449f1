// Which counts stand behind the statistics of a release. An output with measures has one table of
// counts, in which "observed or not" is one more dimension for each measure, and for each measure a
// table of the rows that it was observed in, whose published cells are the statistics to open.
#pragma once

#include <cstddef>
#include <vector>

#include "agreements/agreement.h"
#include "agreements/rendered_table.h"
#include "agreements/table_shape.h"
#include "agreements/witness.h"
#include "base/result.h"

namespace tallystick::agreements {

// CountShape is the shape of the output's table of counts: its dimensions, then one observation for
// each of its measures. REQUIRES: an output of `agreement`. Fails as TableShape::Create does.
Result<TableShape> CountShape(const Agreement& agreement, const Output& output);

// MeasureShape is the shape of a measure's own table: the output's dimensions over the rows that
// the measure was observed in. Where it is the other side's than the cohort's, these are linked.
Result<TableShape> MeasureShape(const Agreement& agreement, const Output& output,
                                const ElementRef& measure);

// The cell of the table of counts that shows the same rows as `cell` of the table of the
// `measure`-th measure: observed for it, `ALL` for the others.
std::size_t CountCellOf(const TableShape& counts, const TableShape& of_measure, std::size_t measure,
                        std::size_t cell);

// The rules of a measure's own table. A statistic needs min_denominator rows, and where one is
// withheld, others are as if the numbers of rows themselves had to be hidden: what protects those
// protects sums to which each row contributes alike.
DisclosureRules MeasureRules(DisclosureRules rules);

// CheckMeasureTable checks that the table of the `measure`-th measure shows nothing that the table
// of counts does not: each of its published cells is published there with the same number. Fails
// with kPermissionDenied and rule SDC-INCONSISTENT.
Status CheckMeasureTable(const RenderedTable& counts, const RenderedTable& of_measure,
                         std::size_t measure);

// The cells of a measure's table that have statistics to open: published and not empty.
std::vector<std::size_t> CellsToOpen(const RenderedTable& of_measure);

}  // namespace tallystick::agreements
