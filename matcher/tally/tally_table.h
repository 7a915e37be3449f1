// Counting a cohort by categories of both sides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "agreements/table_shape.h"
#include "base/result.h"
#include "matcher/linkage/ladder.h"
#include "matcher/tally/row_bitmap.h"

namespace tallystick::matcher {

using agreements::Cohort;
using agreements::Side;

// TallyDimension is one category of the table: which value each row of its side has.
struct TallyDimension {
  Side side = Side::kLeft;
  std::span<const std::uint16_t> ordinals;  // by row of that side, each below cardinality
  std::uint32_t cardinality = 0;            // declared values, 1..65,536
};

// TallyInput is what is counted.
//
// Cohort linked counts linked pairs. Cohort left counts rows of the left submission: a linked row
// under its partner's values, any other under the value "not linked" of the right side's dimensions
// (ordinal `cardinality`, which those dimensions then have besides). Cohort right likewise.
//
// A filter keeps rows of its side, and a pair when both its rows are kept. So in cohort left a
// filter on the right side keeps the left rows that are linked to a row it keeps, and no row that
// is not linked: what such a row's partner would be is not known.
struct TallyInput {
  Cohort cohort = Cohort::kLinked;
  std::uint32_t left_row_count = 0;
  std::uint32_t right_row_count = 0;
  std::span<const LinkedPair> pairs;       // one-to-one, as from LinkLadder
  std::vector<TallyDimension> dimensions;  // 0..6, in the order of the table
  const RowBitmap* left_filter = nullptr;  // nullptr keeps all rows
  const RowBitmap* right_filter = nullptr;
};

// TallyCounts is unchecked and must not leave the matcher before disclosure control.
//
// A side's own groups are the combinations of the declared values of its own dimensions, row-major
// in the order of the table; one group where it has none.
struct TallyCounts {
  // Leaf cells, row-major, first dimension slowest, "not linked" last in its dimension.
  std::vector<std::uint64_t> cells;
  // By own group: rows submitted that pass the side's own filter. What its institution knows.
  std::vector<std::uint64_t> submitted_left, submitted_right;
  // By own group: those of them that are linked, whatever the partner and the other side's filter.
  std::vector<std::uint64_t> linked_left, linked_right;

  friend bool operator==(const TallyCounts&, const TallyCounts&) = default;
};

inline constexpr std::size_t kMaxTallyCells = std::size_t{1} << 20;

// TallyTable counts. 0 threads takes as many as the machine has processors; the result does not
// depend on it.
//
// Fails with kInvalidArgument "tally.ordinal-range" when a column has a value that its dimension
// does not (a column comes from a party; fields dimension, row), "tally.too-many-cells" beyond
// kMaxTallyCells.
// Cost: one pass over each filter and column, and a few random reads a pair: 10 M rows a side by
// two categories take about 0.1 s. REQUIRES: columns and filters as long as their side has rows,
// pairs within both sides.
Result<TallyCounts> TallyTable(const TallyInput& input, unsigned thread_count = 0);

// Of a row that no leaf cell counts.
inline constexpr std::uint32_t kNoLeaf = std::numeric_limits<std::uint32_t>::max();

// LeafOfRows returns for each row of `side` the leaf cell that TallyTable() counts it in, by the
// same numbers, or kNoLeaf; in a cohort that counts the other side's rows, that of its pair. Fails
// as TallyTable does. Cost: one pass over the pairs, 4 bytes a row.
Result<std::vector<std::uint32_t>> LeafOfRows(const TallyInput& input, Side side);

}  // namespace tallystick::matcher
