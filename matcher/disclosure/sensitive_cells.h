// Which cells of a tally are sensitive, and what each attacker must be left in doubt about.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agreements/witness.h"
#include "base/result.h"
#include "matcher/disclosure/tally.h"

namespace tallystick::matcher {

// Sum says that one number is the total of others.
struct Sum {
  std::size_t total = 0;
  std::vector<std::size_t> parts;
};

// Each margin as the sum along its first `ALL`. Sums along its other ones follow from these.
std::vector<Sum> MarginSums(const agreements::TableShape& shape);

// Doubt is what the feasible interval of a number must reach for one attacker.
struct Doubt {
  std::size_t number = 0;
  std::uint64_t low = 0;   // at most this at its lower end
  std::uint64_t high = 0;  // at least this at its upper end
};

struct Attacker {
  std::string name;  // "outsider"
  agreements::PriorKnowledge prior;
  std::vector<Doubt> doubts;
};

// SensitiveCells is the model all later steps work on. Its numbers are the table's cells, in
// TableShape's order, and after them hidden numbers: sums and differences of cells that no cell
// shows but a reader could compute ("how many of the group do not have the one outcome").
struct SensitiveCells {
  agreements::TableShape shape;
  std::vector<std::uint64_t> numbers;  // true values
  std::vector<Sum> sums;               // MarginSums(), then {total, {cell, hidden}} each
  std::vector<bool> must_suppress;     // by cell: primary, by any rule
  // By cell: whether it may be suppressed at all. A zero may be only where
  // CellsThatMayBeZero() will hold: elsewhere attackers take a suppressed count to be positive.
  std::vector<bool> may_suppress;
  std::vector<Attacker> attackers;  // outsider, left, right

  std::size_t cell_count() const { return shape.cell_count(); }
};

// Applies the rules to `tally`:
//   FREQ     counts 1..min_cell-1, in every cell and margin; zeros too where they are sensitive;
//   split    for each institution and each group of its own categories: a linked count of 0, of
//            all, of less than min_cell or of all but less than min_cell, for that institution
//            knows who is in the group;
//   ATTR     a group of at least min_cell that has one outcome only: that count, and the
//            institutions and outsiders must believe that min_cell of the group could differ;
//   denominator  counts whose group is smaller than min_denominator, for group and count together
//            publish a share.
// Fails with kInvalidArgument "disclosure.tally" when shape and counts do not fit, and
// SDC-INCONSISTENT when counts contradict each other or what was submitted.
Result<SensitiveCells> FindSensitiveCells(const Tally& tally,
                                          const agreements::DisclosureRules& rules);

}  // namespace tallystick::matcher
