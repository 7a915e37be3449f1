// Integer witnesses: proof, checkable with additions alone, that a suppressed cell could have been
// something quite different. A witness is a whole table that fits everything published.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agreements/rendered_table.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/result.h"
#include "crypto/hash.h"

namespace tallystick::agreements {

// DisclosureRules are an agreement's rules for tables of counts (disclosure.md).
struct DisclosureRules {
  int min_cell = 11;             // counts 1..min_cell-1 are suppressed; 3..100
  int min_denominator = 20;      // a smaller group is no denominator of a share; >= min_cell
  bool optimal = false;          // try several orders and keep the table with fewest suppressed
  bool zeros_sensitive = false;  // zeros are suppressed like small counts
  bool group_disclosure = true;  // hide that a whole group has one outcome (ATTR); always for
                                 // sensitive categories
  std::optional<Clause> clause;  // where the rules stand, for refusals
};

// WitnessSet is a set of whole tables, each given by its values in the suppressed cells, in
// RenderedTable::suppressed() order. Between them they hold a low and a high value of every cell.
struct WitnessSet {
  static constexpr std::size_t kMaxTables = 1u << 16;
  static constexpr std::size_t kMaxValues = 1u << 25;  // tables times cells

  std::vector<std::vector<std::uint64_t>> tables;

  Bytes Encode() const;
  // Fails with kInvalidArgument "witness.encoding" on anything Encode() does not write.
  static Result<WitnessSet> Decode(ByteView bytes);
  crypto::Digest digest() const;
};

// By cell, whether zero is possible, as anyone can see from what is published. Zeros are shown,
// except where showing one would tell that a whole group has one outcome, or that all or none of it
// is linked. So a suppressed leaf may be zero only in a group of one institution's categories whose
// linked or not linked count is suppressed, or in a line that shows no positive count; a margin
// also where all its parts along a dimension may be zero. Any other suppressed cell is at least 1.
std::vector<bool> CellsThatMayBeZero(const RenderedTable& table, const DisclosureRules& rules);

// What the witnesses of a suppressed cell must show, for a reader with this prior knowledge: a
// highest value of at least `high`, and at least `width` between lowest and highest. The same for
// every cell, whatever the reason it is suppressed for. disclosure.md asks for min_cell and
// min_cell - 1; for an institution less where its own submitted rows allow no more.
struct WitnessNeed {
  std::uint64_t floor = 0;  // the reader knows that it is at least this
  std::uint64_t high = 0;
  std::uint64_t width = 0;
};
// Of every suppressed cell, in RenderedTable::suppressed() order.
std::vector<WitnessNeed> NeedsOf(const RenderedTable& table, const PriorKnowledge& prior,
                                 const DisclosureRules& rules);

// By cell, the most an institution thinks possible from its own submitted rows and the cells that
// are `zero` for certain: its bound, or the sum of those of the cell's parts along any dimension.
std::vector<std::uint64_t> HighestPossible(const TableShape& shape, const PriorKnowledge& prior,
                                           const std::vector<bool>& zero);

// Checks a released table with its witnesses, without a solver: no published count or share is
// below the minimums, published numbers add up, every witness fits all of them and what the reader
// knows, and every suppressed cell has witnesses as NeedOf() says. `own` null: as an outsider, with
// the public witnesses; else as that institution, with the witnesses made for it.
// Fails with kPermissionDenied and rule SDC-PRIMARY, SDC-NARROW, SDC-INSIDER or SDC-INCONSISTENT;
// kInvalidArgument when `own` does not fit the table. Cost: tables times cells times dimensions.
Status CheckWitnesses(const RenderedTable& table, const WitnessSet& witnesses,
                      const DisclosureRules& rules, const OwnCounts* own);

}  // namespace tallystick::agreements
