// A measure's own table, cut out of the table of counts.
#pragma once

#include <cstddef>
#include <vector>

#include "agreements/rendered_table.h"
#include "agreements/table_shape.h"
#include "matcher/disclosure/tally.h"
#include "matcher/tally/tally_table.h"

namespace tallystick::matcher {

// ObservedTally returns the rows that the `measure`-th measure was observed in, by the shape of its
// table. What an institution submitted is, on the measure's side, its rows with the measure.
// REQUIRES: `counts` tallied by `count_shape` (agreements/measure_table.h).
Tally ObservedTally(const TallyCounts& counts, const agreements::TableShape& count_shape,
                    const agreements::TableShape& measure_shape, std::size_t measure);

// By cell of the measure's table: whether the table of counts suppresses the same rows.
std::vector<bool> WithheldCells(const agreements::RenderedTable& counts,
                                const agreements::TableShape& measure_shape, std::size_t measure);

}  // namespace tallystick::matcher
