// DisclosureControl decides what of a table may be released (disclosure.md).
#pragma once

#include <chrono>
#include <utility>
#include <vector>

#include "agreements/witness.h"
#include "base/result.h"
#include "matcher/disclosure/protected_table.h"
#include "matcher/disclosure/tally.h"

namespace tallystick::matcher {

using agreements::DisclosureRules;

// ReviewLimits bound the work. Whatever exceeds them is refused, never released unchecked.
struct ReviewLimits {
  std::chrono::milliseconds time = std::chrono::minutes(2);
  std::size_t max_cells = 100'000;  // with margins
};

// DisclosureControl suppresses what the rules ask for and whatever else is needed so that no
// suppressed cell can be computed back, by an outsider or by an institution that knows its own
// submitted counts; then audits the rendered bytes. Nothing may be released that did not come out
// of Review().
//
// Thread safety: immutable; each Review() works on its own.
class DisclosureControl {
 public:
  explicit DisclosureControl(DisclosureRules rules, ReviewLimits limits = {})
      : rules_(std::move(rules)), limits_(limits) {}

  // Reviews `tally`. The result depends on nothing but the tally and the rules. Fails with
  // kPermissionDenied and a rule that depends on no count:
  //   SDC-METHOD        the table has too many cells, or the time limit is reached
  //   SDC-INFEASIBLE    nothing can protect it
  //   SDC-EXACT, SDC-NARROW, SDC-INSIDER   the audit found a cell that can be bounded too tightly
  //   SDC-INCONSISTENT  the counts contradict each other or what was submitted
  // and with kInvalidArgument "disclosure.tally" or "disclosure.rules" for malformed input.
  // Cost: milliseconds for a 3x4x3 table, under a second for 50x50, seconds for 20x20x6.
  Result<ProtectedTable> Review(Tally&& tally) const;

  // As Review(), and also suppresses the cells in `withheld` (of the table with margins): those
  // that another table of the same rows suppresses. Where that leaves nothing that can be
  // protected, every cell is suppressed.
  Result<ProtectedTable> Review(Tally&& tally, const std::vector<bool>& withheld) const;

 private:
  DisclosureRules rules_;
  ReviewLimits limits_;
};

}  // namespace tallystick::matcher
