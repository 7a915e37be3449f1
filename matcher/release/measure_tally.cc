#include "matcher/release/measure_tally.h"

#include <cstdint>
#include <utility>

#include "agreements/measure_table.h"

namespace tallystick::matcher {
namespace {

using agreements::TableShape;

// The number of a leaf in the measure's table, or none.
bool MeasureLeaf(const TableShape& counts, const TableShape& of_measure, std::size_t measure,
                 std::size_t leaf, std::size_t* out) {
  const std::size_t cell = counts.CellOfLeaf(leaf);
  if (counts.OrdinalOf(cell, of_measure.rank() + measure) != 0) return false;
  std::size_t index = 0;
  for (std::size_t d = 0; d < of_measure.rank(); ++d) {
    const std::uint32_t ordinal = counts.OrdinalOf(cell, d);
    // "Not linked" where the measure's table, of linked rows, has none: no row is there.
    if (ordinal >= of_measure.line_length(d)) return false;
    index = index * of_measure.line_length(d) + ordinal;
  }
  *out = index;
  return true;
}

// An institution's rows by its categories: of those by its categories and observations, the ones
// with the `kept` of `observation_count` observations, or all (kept < 0).
std::vector<std::uint64_t> SumObservations(const std::vector<std::uint64_t>& groups,
                                           unsigned observation_count, int kept) {
  std::vector<std::uint64_t> sums(groups.size() >> observation_count, 0);
  for (std::size_t group = 0; group < groups.size(); ++group) {
    // Observations are the last dimensions, the first of them in the highest bit; 0 is observed.
    const unsigned bit = kept < 0 ? 0 : observation_count - 1 - static_cast<unsigned>(kept);
    if (kept >= 0 && (group >> bit & 1u) != 0) continue;
    sums[group >> observation_count] += groups[group];
  }
  return sums;
}

}  // namespace

Tally ObservedTally(const TallyCounts& counts, const TableShape& count_shape,
                    const TableShape& measure_shape, std::size_t measure) {
  Tally tally;
  tally.dimensions = measure_shape.dimensions();
  tally.cohort = measure_shape.cohort();
  tally.counts.assign(measure_shape.leaf_count(), 0);
  for (std::size_t leaf = 0; leaf < counts.cells.size(); ++leaf) {
    std::size_t index = 0;
    if (counts.cells[leaf] == 0) continue;
    if (!MeasureLeaf(count_shape, measure_shape, measure, leaf, &index)) continue;
    tally.counts[index] += counts.cells[leaf];
  }
  const std::size_t own = measure_shape.rank() + measure;
  for (const Side side : {Side::kLeft, Side::kRight}) {
    unsigned observation_count = 0;
    int kept = -1;
    for (std::size_t d = measure_shape.rank(); d < count_shape.rank(); ++d) {
      if (count_shape.dimensions()[d].side != side) continue;
      if (d == own) kept = static_cast<int>(observation_count);
      ++observation_count;
    }
    const bool left = side == Side::kLeft;
    (left ? tally.submitted_left : tally.submitted_right) = SumObservations(
        left ? counts.submitted_left : counts.submitted_right, observation_count, kept);
  }
  return tally;
}

std::vector<bool> WithheldCells(const agreements::RenderedTable& counts,
                                const TableShape& measure_shape, std::size_t measure) {
  std::vector<bool> withheld(measure_shape.cell_count());
  for (std::size_t cell = 0; cell < withheld.size(); ++cell) {
    withheld[cell] = counts[agreements::CountCellOf(counts.shape(), measure_shape, measure, cell)]
                         .is_suppressed();
  }
  return withheld;
}

}  // namespace tallystick::matcher
