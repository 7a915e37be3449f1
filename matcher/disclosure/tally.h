// Tally is an unchecked table: what was counted, and what each institution knows anyway.
#pragma once

#include <cstdint>
#include <vector>

#include "agreements/table_shape.h"

namespace tallystick::matcher {

using agreements::Cohort;
using agreements::TableDimension;

// Tally must never leave the matcher: DisclosureControl::Review() takes it and gives back what may.
struct Tally {
  std::vector<TableDimension> dimensions;
  Cohort cohort = Cohort::kLinked;
  // Leaf cells, row-major over declared values and "not linked", first dimension slowest.
  std::vector<std::uint64_t> counts;
  // Rows each institution submitted, after its own filter, per combination of the declared values
  // of its own dimensions, row-major; one number (all its rows) where it has no dimension here.
  std::vector<std::uint64_t> submitted_left, submitted_right;
};

}  // namespace tallystick::matcher
