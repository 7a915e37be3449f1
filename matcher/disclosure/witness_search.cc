#include "matcher/disclosure/witness_search.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "matcher/disclosure/sensitive_cells.h"

namespace tallystick::matcher {
namespace {

using agreements::DisclosureRules;
using agreements::PriorKnowledge;
using agreements::RenderedTable;
using agreements::TableShape;
using agreements::WitnessNeed;
using agreements::WitnessSet;

// Path-halving union-find over suppressed cells.
class Groups {
 public:
  explicit Groups(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t Find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void Join(std::size_t a, std::size_t b) {
    const std::size_t x = Find(a);
    const std::size_t y = Find(b);
    parent_[std::max(x, y)] = std::min(x, y);
  }

 private:
  std::vector<std::size_t> parent_;
};

// A bound for cells that nothing bounds. Any will do: what fits within it fits without it.
std::uint64_t UpperBoundOf(const RenderedTable& table, const DisclosureRules& rules) {
  const std::size_t total = table.shape().cell_count() - 1;
  if (!table[total].is_suppressed()) return table[total].count();
  std::uint64_t sum = 0;
  for (const agreements::Cell& cell : table.cells()) {
    if (!cell.is_suppressed()) sum = std::min(sum + cell.count(), RenderedTable::kMaxCount);
  }
  return sum + static_cast<std::uint64_t>(rules.min_cell) * (table.suppressed().size() + 1);
}

}  // namespace

WitnessSearch::WitnessSearch(const RenderedTable& table, const PriorKnowledge& prior,
                             const DisclosureRules& rules, const Deadline& deadline)
    : table_(table), prior_(prior), rules_(rules), deadline_(deadline) {
  MakeBlocks();
}

void WitnessSearch::MakeBlocks() {
  const TableShape& shape = table_.shape();
  // Cells on one line belong together, also where MarginSums() leaves the line out.
  Groups groups(shape.cell_count());
  for (const std::size_t cell : table_.suppressed()) {
    for (std::size_t d = 0; d < shape.rank(); ++d) {
      for (std::uint32_t v = shape.OrdinalOf(cell, d); v < shape.extent(d); ++v) {
        const std::size_t other = shape.With(cell, d, v);
        if (table_[other].is_suppressed()) groups.Join(cell, other);
      }
    }
  }

  const std::uint64_t bound = UpperBoundOf(table_, rules_);
  const std::vector<WitnessNeed> needs = agreements::NeedsOf(table_, prior_, rules_);
  std::vector<std::vector<BlockSearch::Range>> ranges;
  place_.assign(shape.cell_count(), {0, -1});
  std::vector<std::size_t> block_of(shape.cell_count(), shape.cell_count());
  for (std::size_t i = 0; i < needs.size(); ++i) {
    const std::size_t cell = table_.suppressed()[i];
    std::size_t& index = block_of[groups.Find(cell)];
    if (index == shape.cell_count()) {
      index = blocks_.size();
      blocks_.emplace_back();
      ranges.emplace_back();
    }
    place_[cell] = {index, static_cast<int>(blocks_[index].cells.size())};
    blocks_[index].cells.push_back(cell);
    blocks_[index].needs.push_back(needs[i]);
    const std::uint64_t high = std::min(prior_[cell].high, bound);
    ranges[index].push_back({needs[i].floor, std::max(high, needs[i].floor)});
  }

  std::vector<std::vector<BlockSearch::Row>> rows(blocks_.size());
  for (const Sum& sum : MarginSums(shape)) {
    BlockSearch::Row row;
    std::size_t block = blocks_.size();
    const auto add = [&](std::size_t cell, int sign) {
      if (table_[cell].is_suppressed()) {
        row.terms.emplace_back(place_[cell].second, sign);
        block = place_[cell].first;
      } else {
        row.sum -= sign * static_cast<std::int64_t>(table_[cell].count());
      }
    };
    for (const std::size_t part : sum.parts) add(part, 1);
    add(sum.total, -1);
    if (block < blocks_.size()) rows[block].push_back(std::move(row));
  }
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    blocks_[b].search.emplace(std::move(ranges[b]), std::move(rows[b]));
  }
}

void WitnessSearch::Adopt(const WitnessSearch& outsider) {
  TS_CHECK(&table_ == &outsider.table_ && !outsider.prior_.is_institution());
  for (std::size_t b = 0; b < blocks_.size(); ++b) {
    blocks_[b].search->Adopt(*outsider.blocks_[b].search);
  }
}

Result<std::vector<std::size_t>> WitnessSearch::Run() {
  std::vector<std::size_t> failing;
  for (const std::size_t cell : table_.suppressed()) {
    const auto [block, variable] = place_[cell];
    TS_ASSIGN_OR_RETURN(const bool suffices, Examine(blocks_[block], variable));
    if (!suffices) failing.push_back(cell);
  }
  return failing;
}

bool WitnessSearch::Suffices(const Block& block, int variable) const {
  const WitnessNeed& need = block.needs[static_cast<std::size_t>(variable)];
  const std::uint64_t low = block.search->lowest(variable);
  const std::uint64_t high = block.search->highest(variable);
  return low <= high && high >= need.high && high - low >= need.width;
}

Result<bool> WitnessSearch::Examine(Block& block, int variable) {
  BlockSearch& search = *block.search;
  const std::size_t cell = block.cells[static_cast<std::size_t>(variable)];
  const WitnessNeed& need = block.needs[static_cast<std::size_t>(variable)];
  // Nothing here depends on why a cell is suppressed: each gets its lowest value, and a high one.
  // Where an institution reads who is linked, it gets the highest too.
  const bool is_split = prior_.is_institution() && table_.shape().IsSplitCell(cell, prior_.side());
  // Extreme points are integral in two dimensions; in more, rarely.
  const bool integral = table_.shape().rank() <= 2;
  using Outcome = BlockSearch::Outcome;
  if (is_split || search.highest(variable) < need.high || search.tables().empty()) {
    const Outcome outcome = is_split || integral
                                ? search.ReachHighest(variable, deadline_)
                                : search.ReachAtLeast(variable, need.high, deadline_);
    if (outcome == Outcome::kTimedOut) return OutOfTime();
  }
  // Where zeros are shown, 1 is low enough.
  const std::uint64_t low_enough =
      rules_.zeros_sensitive || is_split ? need.floor : std::max<std::uint64_t>(need.floor, 1);
  if (search.lowest(variable) > low_enough ||
      (search.lowest(variable) > need.floor && !Suffices(block, variable))) {
    const Outcome outcome = search.ReachLowest(variable, deadline_);
    if (outcome == Outcome::kTimedOut) return OutOfTime();
  }
  if (!Suffices(block, variable) && search.lowest(variable) <= search.highest(variable)) {
    const std::uint64_t high = std::max(need.high, search.lowest(variable) + need.width);
    const Outcome outcome = search.ReachAtLeast(variable, high, deadline_);
    if (outcome == Outcome::kTimedOut) return OutOfTime();
  }
  return Suffices(block, variable);
}

Result<bool> WitnessSearch::CanDiffer(std::size_t plus, std::size_t minus,
                                      std::int64_t difference) {
  const bool plus_hidden = table_[plus].is_suppressed();
  const bool minus_hidden = table_[minus].is_suppressed();
  const auto published = [this](std::size_t cell) {
    return static_cast<std::int64_t>(table_[cell].count());
  };
  if (!plus_hidden && !minus_hidden) return published(plus) - published(minus) >= difference;
  BlockSearch& search = *blocks_[place_[plus_hidden ? plus : minus].first].search;
  using Outcome = BlockSearch::Outcome;
  Outcome outcome = Outcome::kNotFound;
  if (plus_hidden && minus_hidden) {
    if (place_[plus].first != place_[minus].first) return false;
    outcome =
        search.ReachDifference(place_[plus].second, place_[minus].second, difference, deadline_);
  } else if (plus_hidden) {
    const std::int64_t least = std::max<std::int64_t>(0, difference + published(minus));
    if (static_cast<std::int64_t>(highest(plus)) >= least) return true;
    outcome =
        search.ReachAtLeast(place_[plus].second, static_cast<std::uint64_t>(least), deadline_);
  } else {
    const std::int64_t most = published(plus) - difference;
    if (most < 0) return false;
    if (static_cast<std::int64_t>(lowest(minus)) <= most) return true;
    outcome = search.ReachAtMost(place_[minus].second, static_cast<std::uint64_t>(most), deadline_);
  }
  if (outcome == Outcome::kTimedOut) return OutOfTime();
  return outcome == Outcome::kFound;
}

std::vector<const BlockSearch::Table*> WitnessSearch::Chosen(const Block& block) const {
  std::vector<const BlockSearch::Table*> chosen;
  const auto take_first = [&](std::size_t variable, std::uint64_t value) {
    for (const auto& table : block.search->tables()) {
      if (table[variable] != value) continue;
      chosen.push_back(&table);
      return;
    }
  };
  for (std::size_t v = 0; v < block.cells.size(); ++v) {
    const auto variable = static_cast<int>(v);
    std::uint64_t low = block.search->highest(variable);
    std::uint64_t high = block.search->lowest(variable);
    for (const auto* table : chosen) {
      low = std::min(low, (*table)[v]);
      high = std::max(high, (*table)[v]);
    }
    const std::uint64_t lowest = block.search->lowest(variable);
    const WitnessNeed& need = block.needs[v];
    if (chosen.empty() || low > lowest) take_first(v, lowest);
    if (high < std::max(need.high, lowest + need.width)) {
      take_first(v, block.search->highest(variable));
    }
  }
  return chosen;
}

WitnessSet WitnessSearch::witnesses() const {
  WitnessSet set;
  std::vector<std::vector<const BlockSearch::Table*>> chosen;
  std::size_t table_count = 0;
  for (const Block& block : blocks_) {
    chosen.push_back(Chosen(block));
    if (chosen.back().empty()) return set;
    table_count = std::max(table_count, chosen.back().size());
  }
  for (std::size_t t = 0; t < table_count; ++t) {
    std::vector<std::uint64_t>& table = set.tables.emplace_back();
    for (const std::size_t cell : table_.suppressed()) {
      const auto [b, variable] = place_[cell];
      const BlockSearch::Table& part = *chosen[b][std::min(t, chosen[b].size() - 1)];
      table.push_back(part[static_cast<std::size_t>(variable)]);
    }
  }
  return set;
}

std::uint64_t WitnessSearch::lowest(std::size_t cell) const {
  return blocks_[place_[cell].first].search->lowest(place_[cell].second);
}

std::uint64_t WitnessSearch::highest(std::size_t cell) const {
  return blocks_[place_[cell].first].search->highest(place_[cell].second);
}

Error WitnessSearch::OutOfTime() const {
  return Error(Code::kPermissionDenied, "disclosure.time-limit",
               "the table could not be audited within the time limit")
      .Refused({"SDC-METHOD", rules_.clause, "a table with fewer or broader categories"});
}

}  // namespace tallystick::matcher
