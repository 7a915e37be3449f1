// Tallies for tests: made so that counts, margins and submitted rows agree.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "matcher/disclosure/tally.h"

namespace tallystick::matcher {

inline TableDimension Dimension(std::string name, std::uint32_t cardinality, agreements::Side side,
                                bool with_not_linked = false) {
  TableDimension dimension;
  dimension.name = std::move(name);
  dimension.cardinality = cardinality;
  dimension.side = side;
  dimension.with_not_linked = with_not_linked;
  return dimension;
}

// Adds submitted counts: linked rows as the tally has them, plus `not_linked(group)` others in
// each group of an institution's own categories.
template <class NotLinked>
void FillSubmitted(Tally& tally, const NotLinked& not_linked) {
  const auto shape = agreements::TableShape::Create(tally.cohort, tally.dimensions).value();
  for (const auto side : {agreements::Side::kLeft, agreements::Side::kRight}) {
    auto& submitted =
        side == agreements::Side::kLeft ? tally.submitted_left : tally.submitted_right;
    std::size_t groups = 1;
    for (const auto& d : tally.dimensions) groups *= d.side == side ? d.cardinality : 1;
    submitted.assign(groups, 0);
    const bool counts_own =
        tally.cohort == (side == agreements::Side::kLeft ? Cohort::kLeft : Cohort::kRight);
    for (std::size_t leaf = 0; leaf < tally.counts.size(); ++leaf) {
      const std::size_t cell = shape.CellOfLeaf(leaf);
      std::size_t group = 0;
      bool linked_here = true;
      for (std::size_t d = 0; d < shape.rank(); ++d) {
        if (tally.dimensions[d].side != side) {
          // Rows of the other side that are not linked are none of this side's.
          continue;
        }
        linked_here &= !shape.IsNotLinked(cell, d);
        group = group * tally.dimensions[d].cardinality + shape.OrdinalOf(cell, d);
      }
      if (linked_here || counts_own) submitted[group] += tally.counts[leaf];
    }
    if (counts_own) continue;
    for (std::size_t g = 0; g < groups; ++g) submitted[g] += not_linked(g);
  }
}

// A random tally with `zero_share` empty cells and small and large counts mixed.
inline Tally RandomTally(std::vector<TableDimension> dimensions, Cohort cohort,
                         std::mt19937_64& random, double zero_share = 0.1,
                         std::uint64_t largest = 60) {
  Tally tally;
  tally.dimensions = std::move(dimensions);
  tally.cohort = cohort;
  const auto shape = agreements::TableShape::Create(tally.cohort, tally.dimensions).value();
  tally.counts.assign(shape.leaf_count(), 0);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (std::size_t leaf = 0; leaf < tally.counts.size(); ++leaf) {
    if (shape.IsImpossible(shape.CellOfLeaf(leaf))) continue;
    if (uniform(random) < zero_share) continue;
    // Skewed: about as many small counts as large.
    const double skewed = uniform(random);
    tally.counts[leaf] =
        1 + static_cast<std::uint64_t>(skewed * skewed * static_cast<double>(largest - 1));
  }
  FillSubmitted(tally, [&](std::size_t) {
    return static_cast<std::uint64_t>(uniform(random) * static_cast<double>(2 * largest));
  });
  return tally;
}

}  // namespace tallystick::matcher
