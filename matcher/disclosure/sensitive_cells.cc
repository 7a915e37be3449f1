#include "matcher/disclosure/sensitive_cells.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tallystick::matcher {
namespace {

using agreements::Bounds;
using agreements::DisclosureRules;
using agreements::PriorKnowledge;
using agreements::RenderedTable;
using agreements::Side;
using agreements::TableShape;

constexpr std::uint64_t kAnyLow = Bounds::kUnbounded;  // no demand on the lower end

Error BadTally(Literal why) { return Error(Code::kInvalidArgument, "disclosure.tally", why); }

Error Inconsistent(const DisclosureRules& rules) {
  return Error(Code::kPermissionDenied, "disclosure.inconsistent",
               "the counts contradict each other or what was submitted")
      .Refused({"SDC-INCONSISTENT", rules.clause, "a new linkage of the same submissions"});
}

// Cells with all their margins, from the leaves.
std::vector<std::uint64_t> WithMargins(const TableShape& shape,
                                       const std::vector<std::uint64_t>& leaves) {
  std::vector<std::uint64_t> cells(shape.cell_count(), 0);
  for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
    if (leaves[leaf] == 0) continue;
    const std::size_t cell = shape.CellOfLeaf(leaf);
    for (std::uint32_t summed = 0; summed < 1u << shape.rank(); ++summed) {
      std::size_t target = cell;
      for (std::size_t d = 0; d < shape.rank(); ++d) {
        if ((summed >> d & 1u) != 0) target = shape.With(target, d, shape.all(d));
      }
      cells[target] += leaves[leaf];
    }
  }
  return cells;
}

// Calls `visit` for every cell that counts a part of what `group` counts, itself included.
template <class Visit>
void ForEachWithin(const TableShape& shape, std::size_t group, std::size_t d, const Visit& visit) {
  if (d == shape.rank()) {
    visit(group);
    return;
  }
  if (!shape.IsAll(group, d)) {
    ForEachWithin(shape, group, d + 1, visit);
    return;
  }
  for (std::uint32_t v = 0; v < shape.extent(d); ++v) {
    ForEachWithin(shape, shape.With(group, d, v), d + 1, visit);
  }
}

// Applies the rules to a model that starts with cells and their sums: first marks cells, then says
// what doubt must remain, for what an institution can think possible depends on which zeros may be
// hidden.
class RuleApplication {
 public:
  RuleApplication(SensitiveCells& model, const DisclosureRules& rules)
      : model_(model),
        shape_(model.shape),
        rules_(rules),
        min_cell_(static_cast<std::uint64_t>(rules.min_cell)) {}

  void Apply() {
    MarkFrequency();
    MarkDenominator();
    for (Attacker& attacker : model_.attackers) {
      if (attacker.prior.is_institution()) MarkSplit(attacker);
    }
    MarkGroupDisclosure();
    MaySuppressZerosAbove();

    std::vector<bool> zero(model_.cell_count());
    for (std::size_t cell = 0; cell < zero.size(); ++cell) {
      zero[cell] = model_.numbers[cell] == 0 && !model_.may_suppress[cell];
    }
    const std::vector<std::uint64_t> positive_leaves = PositiveLeaves();
    for (Attacker& attacker : model_.attackers) {
      const std::vector<std::uint64_t> highest =
          agreements::HighestPossible(shape_, attacker.prior, zero);
      DemandFrequency(attacker, highest, positive_leaves);
      if (attacker.prior.is_institution()) DemandSplit(attacker);
      DemandHidden(attacker, highest);
    }
  }

 private:
  // Hidden is a number that no cell shows: `total` less its part `part`.
  struct Hidden {
    std::size_t number, total, part;
    std::vector<std::size_t> others;  // the parts of `total` besides `part`
  };

  void MarkFrequency() {
    for (std::size_t cell = 0; cell < model_.cell_count(); ++cell) {
      if (shape_.IsImpossible(cell)) continue;
      const std::uint64_t count = model_.numbers[cell];
      if (shape_.IsUnobserved(cell)) {
        model_.may_suppress[cell] = count > 0;
        continue;
      }
      model_.may_suppress[cell] = count > 0 || rules_.zeros_sensitive;
      model_.must_suppress[cell] = count > 0 ? count < min_cell_ : rules_.zeros_sensitive;
    }
  }

  void DemandFrequency(Attacker& attacker, const std::vector<std::uint64_t>& highest,
                       const std::vector<std::uint64_t>& positive_leaves) {
    for (std::size_t cell = 0; cell < model_.cell_count(); ++cell) {
      const std::uint64_t count = model_.numbers[cell];
      const Bounds& known = attacker.prior[cell];
      if (count == 0 || count >= min_cell_ || known.IsExact()) continue;
      if (shape_.IsUnobserved(cell)) continue;
      // Where zeros are shown, each of its leaves that is not shown as zero is at least 1, unless
      // the group rule may hide one: in a line of small counts it always may.
      std::uint64_t lowest = rules_.group_disclosure ? 1 : positive_leaves[cell];
      if (rules_.zeros_sensitive) lowest = 0;
      attacker.doubts.push_back(
          {cell, std::max(known.low, lowest), std::min(min_cell_, highest[cell])});
    }
  }

  void MarkDenominator() {
    for (std::size_t cell = 0; cell < model_.cell_count(); ++cell) {
      const std::uint64_t count = model_.numbers[cell];
      if (shape_.IsUnobserved(cell)) continue;
      for (std::size_t d = 0; d < shape_.rank() && count > 0; ++d) {
        if (shape_.IsAll(cell, d) || shape_.line_length(d) == 1) continue;
        const std::uint64_t group = model_.numbers[shape_.With(cell, d, shape_.all(d))];
        if (group < static_cast<std::uint64_t>(rules_.min_denominator)) {
          model_.must_suppress[cell] = true;
        }
      }
    }
  }

  // Whether `cell`, which counts the linked (or the not linked) rows of a group of this
  // institution's own, tells it about them: none, all, few, or all but few.
  bool TellsWhoMatched(const Attacker& attacker, std::size_t cell) const {
    if (shape_.IsImpossible(cell) || !shape_.IsSplitCell(cell, attacker.prior.side())) return false;
    const std::uint64_t submitted = attacker.prior.SubmittedIn(cell);
    const std::uint64_t count = model_.numbers[cell];
    return submitted > 0 && (count < min_cell_ || submitted - count < min_cell_);
  }

  void MarkSplit(const Attacker& attacker) {
    const Side other = attacker.prior.side() == Side::kLeft ? Side::kRight : Side::kLeft;
    for (std::size_t cell = 0; cell < model_.cell_count(); ++cell) {
      if (!TellsWhoMatched(attacker, cell)) continue;
      model_.must_suppress[cell] = true;
      // Zeros of the group would tell the same.
      if (model_.numbers[cell] == 0) MaySuppressZerosWithin(cell);
      if (shape_.cohort() == Cohort::kLinked || shape_.SideIsAll(cell, other)) continue;
      // `cell` counts the not linked; the linked are spread over the group's other cells.
      const std::size_t group = WithLinked(cell);
      const std::uint64_t linked = attacker.prior.SubmittedIn(cell) - model_.numbers[cell];
      if (linked == 0) MaySuppressZerosWithin(group);
      if (linked > 0 && linked < min_cell_) HideLinked(group, cell);
    }
  }

  void DemandSplit(Attacker& attacker) {
    for (std::size_t cell = 0; cell < model_.cell_count(); ++cell) {
      if (!TellsWhoMatched(attacker, cell)) continue;
      const std::uint64_t submitted = attacker.prior.SubmittedIn(cell);
      const std::uint64_t few = std::min(min_cell_, submitted);
      Doubt doubt{cell, kAnyLow, 0};
      if (model_.numbers[cell] < min_cell_) doubt = {cell, 0, few};
      if (submitted - model_.numbers[cell] < min_cell_) {
        doubt.low = std::min(doubt.low, submitted - few);
        doubt.high = submitted;
      }
      attacker.doubts.push_back(doubt);
    }
  }

  // The group whose not linked rows `cell` counts, with its linked ones.
  std::size_t WithLinked(std::size_t cell) const {
    for (std::size_t d = 0; d < shape_.rank(); ++d) {
      if (shape_.IsNotLinked(cell, d)) cell = shape_.With(cell, d, shape_.all(d));
    }
    return cell;
  }

  // No cell shows how many rows of `group` are linked, but whoever reads group and `not_linked`
  // computes it.
  void HideLinked(std::size_t group, std::size_t not_linked) {
    std::vector<std::size_t> others;
    for (std::size_t d = 0; d < shape_.rank(); ++d) {
      if (!shape_.dimensions()[d].with_not_linked) continue;
      // Several cells count the same not linked rows; one will do.
      if (!shape_.IsNotLinked(not_linked, d)) return;
      if (!others.empty()) continue;
      for (std::uint32_t v = 0; v < shape_.dimensions()[d].cardinality; ++v) {
        others.push_back(shape_.With(group, d, v));
      }
    }
    Hide(group, not_linked, std::move(others));
  }

  void MarkGroupDisclosure() {
    for (std::size_t group = 0; group < model_.cell_count(); ++group) {
      if (model_.numbers[group] < min_cell_ || shape_.IsUnobserved(group)) continue;
      for (std::size_t d = 0; d < shape_.rank(); ++d) {
        if (!shape_.IsAll(group, d) || shape_.dimensions()[d].observation) continue;
        if (rules_.group_disclosure || shape_.dimensions()[d].sensitive) MarkOneOutcome(group, d);
      }
    }
  }

  // All of `group` may have one value of dimension `d`.
  void MarkOneOutcome(std::size_t group, std::size_t d) {
    const std::size_t first = shape_.With(group, d, 0);
    std::size_t only = shape_.cell_count();
    std::vector<std::size_t> others;
    for (std::uint32_t v = 0; v < shape_.line_length(d); ++v) {
      const std::size_t member = first + v * shape_.stride(d);
      if (shape_.IsImpossible(member)) continue;
      if (model_.numbers[member] == 0) {
        others.push_back(member);
      } else if (model_.numbers[member] == model_.numbers[group]) {
        only = member;
      } else {
        return;
      }
    }
    if (only == shape_.cell_count() || others.empty()) return;
    model_.must_suppress[only] = true;
    for (const std::size_t other : others) MaySuppressZerosWithin(other);
    Hide(group, only, std::move(others));
  }

  void Hide(std::size_t total, std::size_t part, std::vector<std::size_t> others) {
    hidden_.push_back({model_.numbers.size(), total, part, std::move(others)});
    model_.sums.push_back({total, {part, model_.numbers.size()}});
    model_.numbers.push_back(model_.numbers[total] - model_.numbers[part]);
  }

  void DemandHidden(Attacker& attacker, const std::vector<std::uint64_t>& highest) {
    for (const Hidden& hidden : hidden_) {
      if (attacker.prior[hidden.part].IsExact() && attacker.prior[hidden.total].IsExact()) continue;
      std::uint64_t possible = 0;
      for (const std::size_t other : hidden.others) {
        possible =
            highest[other] == Bounds::kUnbounded ? Bounds::kUnbounded : possible + highest[other];
        if (possible >= min_cell_) break;
      }
      possible = std::min({possible, highest[hidden.total], min_cell_});
      if (possible > model_.numbers[hidden.number]) {
        attacker.doubts.push_back({hidden.number, 1, possible});
      }
    }
  }

  void MaySuppressZerosWithin(std::size_t group) {
    ForEachWithin(shape_, group, 0, [this](std::size_t cell) {
      if (model_.numbers[cell] == 0 && !shape_.IsImpossible(cell)) {
        model_.may_suppress[cell] = true;
      }
    });
  }

  // A margin that is zero would tell the same of a part of it.
  void MaySuppressZerosAbove() {
    for (std::size_t cell = 0; cell < model_.cell_count(); ++cell) {
      if (model_.numbers[cell] > 0 || shape_.IsImpossible(cell)) continue;
      for (std::size_t d = 0; d < shape_.rank() && !model_.may_suppress[cell]; ++d) {
        if (!shape_.IsAll(cell, d)) continue;
        const std::size_t first = shape_.With(cell, d, 0);
        for (std::uint32_t v = 0; v < shape_.line_length(d); ++v) {
          if (model_.may_suppress[first + v * shape_.stride(d)]) model_.may_suppress[cell] = true;
        }
      }
    }
  }

  // By cell, how many of its leaves are not zero.
  std::vector<std::uint64_t> PositiveLeaves() const {
    std::vector<std::uint64_t> leaves(shape_.leaf_count());
    for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
      leaves[leaf] = model_.numbers[shape_.CellOfLeaf(leaf)] > 0 ? 1 : 0;
    }
    return WithMargins(shape_, leaves);
  }

  SensitiveCells& model_;
  const TableShape& shape_;
  const DisclosureRules& rules_;
  const std::uint64_t min_cell_;
  std::vector<Hidden> hidden_;
};

}  // namespace

std::vector<Sum> MarginSums(const TableShape& shape) {
  std::vector<Sum> sums;
  for (std::size_t cell = 0; cell < shape.cell_count(); ++cell) {
    for (std::size_t d = 0; d < shape.rank(); ++d) {
      if (!shape.IsAll(cell, d)) continue;
      Sum sum{cell, {}};
      const std::size_t first = shape.With(cell, d, 0);
      for (std::uint32_t v = 0; v < shape.line_length(d); ++v) {
        sum.parts.push_back(first + v * shape.stride(d));
      }
      sums.push_back(std::move(sum));
      break;
    }
  }
  return sums;
}

Result<SensitiveCells> FindSensitiveCells(const Tally& tally, const DisclosureRules& rules) {
  TS_ASSIGN_OR_RETURN(TableShape shape, TableShape::Create(tally.cohort, tally.dimensions));
  if (tally.counts.size() != shape.leaf_count()) {
    return BadTally("the number of counts is not that of the dimensions");
  }
  std::uint64_t total = 0;
  for (const std::uint64_t count : tally.counts) {
    if (count > RenderedTable::kMaxCount || (total += count) > RenderedTable::kMaxCount) {
      return BadTally("the counts are too large");
    }
  }
  std::vector<Attacker> attackers;
  TS_ASSIGN_OR_RETURN(PriorKnowledge left,
                      PriorKnowledge::Of(shape, {Side::kLeft, tally.submitted_left}));
  TS_ASSIGN_OR_RETURN(PriorKnowledge right,
                      PriorKnowledge::Of(shape, {Side::kRight, tally.submitted_right}));
  attackers.push_back({"outsider", PriorKnowledge(shape), {}});
  attackers.push_back({"institution-left", std::move(left), {}});
  attackers.push_back({"institution-right", std::move(right), {}});

  std::vector<std::uint64_t> numbers = WithMargins(shape, tally.counts);
  const std::size_t cell_count = shape.cell_count();
  SensitiveCells model{std::move(shape),
                       std::move(numbers),
                       {},
                       std::vector<bool>(cell_count, false),
                       std::vector<bool>(cell_count, false),
                       std::move(attackers)};
  for (std::size_t cell = 0; cell < cell_count; ++cell) {
    const std::uint64_t count = model.numbers[cell];
    if (model.shape.IsImpossible(cell) && count > 0) return Inconsistent(rules);
    for (const Attacker& attacker : model.attackers) {
      const Bounds& known = attacker.prior[cell];
      if (count < known.low || count > known.high) return Inconsistent(rules);
    }
  }
  model.sums = MarginSums(model.shape);
  RuleApplication(model, rules).Apply();
  return model;
}

}  // namespace tallystick::matcher
