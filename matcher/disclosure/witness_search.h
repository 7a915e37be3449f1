// WitnessSearch audits a rendered table for one attacker.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "agreements/rendered_table.h"
#include "agreements/witness.h"
#include "base/result.h"
#include "matcher/disclosure/block_search.h"
#include "matcher/disclosure/linear_program.h"

namespace tallystick::matcher {

// WitnessSearch looks for whole integer tables that fit everything published and what the attacker
// knows, and that give each suppressed cell a low and a high value. It is given published numbers
// only, so its witnesses tell nothing new. The solver's answers are rounded and added up again in
// integers: what does not add up is not a witness.
//
// Only suppressed cells are variables, in blocks that are independent of each other.
//
// Thread safety: none.
class WitnessSearch {
 public:
  // All arguments must outlive it.
  WitnessSearch(const agreements::RenderedTable& table, const agreements::PriorKnowledge& prior,
                const agreements::DisclosureRules& rules, const Deadline& deadline);

  // Starts from what the outsider's search over the same table found: that is public.
  void Adopt(const WitnessSearch& outsider);

  // Returns the suppressed cells for which no witnesses as NeedsOf() asks were found; none: the
  // audit passes. Fails only when the deadline passes (SDC-METHOD).
  Result<std::vector<std::size_t>> Run();

  // Of Run(): some of the tables found, enough for what is asked of every cell.
  agreements::WitnessSet witnesses() const;
  // Extremes of a suppressed cell over all tables found.
  std::uint64_t lowest(std::size_t cell) const;
  std::uint64_t highest(std::size_t cell) const;

  // Whether a table was found in which `plus` exceeds `minus` by `difference` or more. REQUIRES:
  // one is a part of the other.
  Result<bool> CanDiffer(std::size_t plus, std::size_t minus, std::int64_t difference);

 private:
  struct Block {
    std::vector<std::size_t> cells;
    std::vector<agreements::WitnessNeed> needs;
    std::optional<BlockSearch> search;
  };

  void MakeBlocks();
  // Whether the tables found show what is asked of the cell; looks for more where they do not.
  Result<bool> Examine(Block& block, int variable);
  bool Suffices(const Block& block, int variable) const;
  // The tables of the block that witnesses() takes.
  std::vector<const BlockSearch::Table*> Chosen(const Block& block) const;
  Error OutOfTime() const;

  const agreements::RenderedTable& table_;
  const agreements::PriorKnowledge& prior_;
  const agreements::DisclosureRules& rules_;
  const Deadline& deadline_;
  std::vector<Block> blocks_;
  std::vector<std::pair<std::size_t, int>> place_;  // by cell: its block and variable
};

}  // namespace tallystick::matcher
