#include "matcher/disclosure/complementary.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "base/check.h"

namespace tallystick::matcher {
namespace {

using agreements::Bounds;
using agreements::Cell;
using agreements::DisclosureRules;
using agreements::RenderedTable;

constexpr double kTiny = 1e-4;  // weight of a cell that is suppressed already
constexpr double kZero = 1e-7;  // a change below this is none
constexpr double kMost = 1e6;   // no doubt asks for more
// Linear programs that putting cells back may cost, by size: a count, not a time, so that the
// result does not depend on the machine's speed.
constexpr std::size_t kPutBackBudget = 400'000;

// Change is how a table that also fits everything published differs from the true one.
struct Change {
  std::vector<std::pair<std::size_t, double>> deltas;
};

Error Infeasible(const DisclosureRules& rules) {
  return Error(Code::kPermissionDenied, "disclosure.infeasible",
               "no choice of suppressed cells protects this table")
      .Refused({"SDC-INFEASIBLE", rules.clause, "a table with fewer or broader categories"});
}

Error OutOfTime(const DisclosureRules& rules) {
  return Error(Code::kPermissionDenied, "disclosure.time-limit",
               "the table could not be protected within the time limit")
      .Refused({"SDC-METHOD", rules.clause, "a table with fewer or broader categories"});
}

class Search {
 public:
  Search(const SensitiveCells& model, const DisclosureRules& rules, CellWeight weight,
         const Deadline& deadline)
      : model_(model), rules_(rules), deadline_(deadline), program_(MakeProgram(model)) {
    for (std::size_t i = 0; i < model.numbers.size(); ++i) weights_.push_back(WeightOf(i, weight));
  }

  Result<std::vector<bool>> Choose(const std::vector<bool>& also) {
    suppressed_ = model_.must_suppress;
    for (std::size_t cell = 0; cell < also.size(); ++cell) {
      if (also[cell]) suppressed_[cell] = true;
    }
    keep_ = suppressed_;
    SetPattern(suppressed_);
    TS_ASSIGN_OR_RETURN(const bool protected_now, Protect(/*may_add=*/true));
    if (!protected_now) return Infeasible(rules_);
    TS_RETURN_IF_ERROR(PutBack());
    return suppressed_;
  }

 private:
  static LinearProgram MakeProgram(const SensitiveCells& model) {
    // Two variables a number: how much it goes up (2i) and down (2i + 1).
    std::vector<LinearProgram::Variable> variables(2 * model.numbers.size());
    std::vector<LinearProgram::Row> rows;
    const auto add = [](LinearProgram::Row& row, std::size_t number, double coefficient) {
      row.terms.emplace_back(static_cast<int>(2 * number), coefficient);
      row.terms.emplace_back(static_cast<int>(2 * number + 1), -coefficient);
    };
    for (const Sum& sum : model.sums) {
      LinearProgram::Row row;
      for (const std::size_t part : sum.parts) add(row, part, 1);
      add(row, sum.total, -1);
      rows.push_back(std::move(row));
    }
    return LinearProgram(variables, rows);
  }

  double WeightOf(std::size_t number, CellWeight weight) const {
    if (number >= model_.cell_count()) return kTiny;
    const auto count = static_cast<double>(model_.numbers[number]);
    double result = 1;
    if (weight == CellWeight::kLogOfCount) result = 1 + std::log2(1 + count);
    if (weight == CellWeight::kCount) result = 1 + count;
    // A margin says more than its parts.
    for (std::size_t d = 0; d < model_.shape.rank(); ++d) {
      if (model_.shape.IsAll(number, d)) result *= 2;
    }
    return result;
  }

  bool IsOpen(std::size_t number) const {
    return number >= model_.cell_count() || suppressed_[number];
  }

  // Notes what anyone sees of `suppressed_`: least possible values and needs.
  void SetPattern(const std::vector<bool>& suppressed) {
    suppressed_ = suppressed;
    table_ = Render(model_, suppressed_);
    needs_.assign(model_.attackers.size(), {});
    const std::vector<bool> may_be_zero = agreements::CellsThatMayBeZero(*table_, rules_);
    lowest_.assign(model_.numbers.size(), 0);
    for (std::size_t cell = 0; cell < model_.cell_count(); ++cell) {
      lowest_[cell] = may_be_zero[cell] ? 0 : 1;
    }
  }

  const agreements::WitnessNeed& NeedOf(std::size_t cell, std::size_t a) {
    if (needs_[a].empty())
      needs_[a] = agreements::NeedsOf(*table_, model_.attackers[a].prior, rules_);
    const std::vector<std::size_t>& cells = table_->suppressed();
    const auto place = std::lower_bound(cells.begin(), cells.end(), cell) - cells.begin();
    return needs_[a][static_cast<std::size_t>(place)];
  }

  double Room(std::size_t number, const Attacker& attacker, bool up) const {
    const std::uint64_t value = model_.numbers[number];
    if (number >= model_.cell_count()) {
      return up ? LinearProgram::kInfinity : static_cast<double>(value);
    }
    const Bounds& known = attacker.prior[number];
    if (up) {
      return known.high == Bounds::kUnbounded ? LinearProgram::kInfinity
                                              : static_cast<double>(known.high - value);
    }
    const std::uint64_t low = std::max(known.low, lowest_[number]);
    return value > low ? static_cast<double>(value - low) : 0;
  }

  void SetBounds(std::size_t number, const Attacker& attacker, bool may_add) {
    const bool fixed = !IsOpen(number) && (!may_add || !model_.may_suppress[number]);
    program_.SetBounds(static_cast<int>(2 * number), 0, fixed ? 0 : Room(number, attacker, true));
    program_.SetBounds(static_cast<int>(2 * number + 1), 0,
                       fixed ? 0 : Room(number, attacker, false));
  }

  void SetProgram(const Attacker& attacker, bool may_add) {
    for (std::size_t i = 0; i < model_.numbers.size(); ++i) {
      SetBounds(i, attacker, may_add);
      const double weight = IsOpen(i) ? kTiny : weights_[i];
      program_.SetCost(static_cast<int>(2 * i), weight);
      program_.SetCost(static_cast<int>(2 * i + 1), weight);
    }
  }

  // Finds a change that moves `number` by `delta`; adds it to the pool, and with `may_add` the
  // cells it changes to the pattern. False when there is none.
  Result<bool> Move(std::size_t number, double delta, std::size_t a, bool may_add) {
    const Attacker& attacker = model_.attackers[a];
    ++programs_solved_;
    if (program_attacker_ != a || program_may_add_ != may_add || program_stale_) {
      SetProgram(attacker, may_add);
      program_attacker_ = a;
      program_may_add_ = may_add;
      program_stale_ = false;
    }
    const bool up = delta > 0;
    const double size = std::fabs(delta);
    if (size > Room(number, attacker, up)) return false;
    const int moved = static_cast<int>(2 * number) + (up ? 0 : 1);
    const int still = static_cast<int>(2 * number) + (up ? 1 : 0);
    program_.SetBounds(moved, size, size);
    program_.SetBounds(still, 0, 0);
    const LinearProgram::Outcome outcome = program_.Solve(LinearProgram::Start::kZero, deadline_);
    Change change;
    if (outcome == LinearProgram::Outcome::kOptimal) {
      for (std::size_t i = 0; i < model_.numbers.size(); ++i) {
        const double moved_by =
            program_.value(static_cast<int>(2 * i)) - program_.value(static_cast<int>(2 * i + 1));
        if (std::fabs(moved_by) > kZero) change.deltas.emplace_back(i, moved_by);
      }
    }
    SetBounds(number, attacker, may_add);
    if (outcome == LinearProgram::Outcome::kTimedOut) return OutOfTime(rules_);
    if (outcome != LinearProgram::Outcome::kOptimal) return false;

    bool added = false;
    for (const auto& [i, moved_by] : change.deltas) {
      if (IsOpen(i)) continue;
      if (!may_add) return false;  // such a cell was to stay as it is: numerical trouble
      suppressed_[i] = true;
      added = true;
    }
    if (added) {
      SetPattern(suppressed_);
      program_stale_ = true;
    }
    Note(change);
    pool_.push_back(std::move(change));
    return true;
  }

  // How often `change` (or with sign -1 its opposite) can be made at once, for what the attacker
  // knows: each multiple is a change too.
  double Multiple(const Change& change, double sign, const Attacker& attacker) const {
    double multiple = kMost;
    for (const auto& [i, by] : change.deltas) {
      if (!IsOpen(i)) return 0;
      multiple = std::min(multiple, Room(i, attacker, sign * by > 0) / std::fabs(by));
    }
    return multiple;
  }

  // Widens the known intervals by `change`.
  void Note(const Change& change) {
    for (std::size_t a = 0; a < model_.attackers.size(); ++a) {
      for (const double sign : {1.0, -1.0}) {
        const double multiple = sign * Multiple(change, sign, model_.attackers[a]);
        for (const auto& [i, by] : change.deltas) {
          up_[a][i] = std::max(up_[a][i], multiple * by);
          down_[a][i] = std::max(down_[a][i], -multiple * by);
        }
      }
    }
  }

  void NoteAll() {
    up_.assign(model_.attackers.size(), std::vector<double>(model_.numbers.size(), 0));
    down_ = up_;
    for (const Change& change : pool_) Note(change);
  }

  // Sees to it that the attacker thinks `number` may be as high (low) as that.
  Result<bool> ReachHigh(std::size_t number, std::uint64_t high, std::size_t a, bool may_add) {
    const double delta = static_cast<double>(high) - static_cast<double>(model_.numbers[number]);
    if (up_[a][number] + kZero >= delta) return true;
    return Move(number, delta, a, may_add);
  }
  Result<bool> ReachLow(std::size_t number, std::uint64_t low, std::size_t a, bool may_add) {
    const double delta = static_cast<double>(model_.numbers[number]) - static_cast<double>(low);
    if (down_[a][number] + kZero >= delta) return true;
    return Move(number, -delta, a, may_add);
  }

  Result<bool> ReachDoubt(const Doubt& doubt, std::size_t a, bool may_add) {
    TS_ASSIGN_OR_RETURN(const bool high, ReachHigh(doubt.number, doubt.high, a, may_add));
    if (!high) return false;
    if (doubt.low >= model_.numbers[doubt.number]) return true;
    return ReachLow(doubt.number, doubt.low, a, may_add);
  }

  // Sees to it that a suppressed cell has what NeedsOf() asks for.
  Result<bool> ReachWidth(std::size_t cell, std::size_t a, bool may_add) {
    const Attacker& attacker = model_.attackers[a];
    if (attacker.prior[cell].IsExact()) return true;
    const auto value = static_cast<double>(model_.numbers[cell]);
    const agreements::WitnessNeed need = NeedOf(cell, a);
    const auto width = static_cast<double>(need.width);
    TS_ASSIGN_OR_RETURN(const bool high, ReachHigh(cell, need.high, a, may_add));
    if (!high) return false;
    const auto missing = [&] { return width - up_[a][cell] - down_[a][cell]; };
    if (missing() <= kZero) return true;
    const double up =
        std::min(std::ceil(width - down_[a][cell] - kZero), Room(cell, attacker, /*up=*/true));
    if (up > up_[a][cell]) {
      TS_ASSIGN_OR_RETURN(const bool reached,
                          ReachHigh(cell, static_cast<std::uint64_t>(value + up), a, may_add));
      if (reached && missing() <= kZero) return true;
    }
    const double down = std::ceil(width - up_[a][cell] - kZero);
    if (down > value) return false;
    return ReachLow(cell, static_cast<std::uint64_t>(value - down), a, may_add);
  }

  // Goes through every doubt and every suppressed cell. Without `may_add`: whether the pattern
  // protects as it is.
  Result<bool> Protect(bool may_add) {
    NoteAll();
    // Institutions first: what protects from them mostly protects from the outsider.
    for (std::size_t a = model_.attackers.size(); a-- > 0;) {
      std::vector<Doubt> doubts = model_.attackers[a].doubts;
      std::stable_sort(doubts.begin(), doubts.end(), [this](const Doubt& x, const Doubt& y) {
        return model_.numbers[x.number] > model_.numbers[y.number];
      });
      for (const Doubt& doubt : doubts) {
        TS_ASSIGN_OR_RETURN(const bool reached, ReachDoubt(doubt, a, may_add));
        if (!reached) return false;
      }
    }
    // More suppressed cells leave more doubt, so what is settled once stays so; new cells need
    // another round.
    for (std::size_t before = 0; before != SuppressedCount();) {
      before = SuppressedCount();
      for (std::size_t a = 0; a < model_.attackers.size(); ++a) {
        for (std::size_t cell = 0; cell < model_.cell_count(); ++cell) {
          if (!suppressed_[cell]) continue;
          TS_ASSIGN_OR_RETURN(const bool reached, ReachWidth(cell, a, may_add));
          if (!reached) return false;
        }
      }
    }
    return true;
  }

  std::size_t SuppressedCount() const {
    return static_cast<std::size_t>(std::count(suppressed_.begin(), suppressed_.end(), true));
  }

  Status PutBack() {
    std::vector<std::size_t> candidates;
    for (std::size_t cell = 0; cell < model_.cell_count(); ++cell) {
      if (suppressed_[cell] && !keep_[cell]) candidates.push_back(cell);
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [this](std::size_t x, std::size_t y) { return weights_[x] > weights_[y]; });
    const std::size_t budget = kPutBackBudget / (model_.numbers.size() + 1);
    programs_solved_ = 0;
    for (const std::size_t cell : candidates) {
      if (programs_solved_ > budget) break;
      const std::vector<bool> before = suppressed_;
      const std::vector<Change> pool_before = pool_;
      std::vector<bool> pattern = suppressed_;
      pattern[cell] = false;
      SetPattern(pattern);
      program_stale_ = true;
      std::erase_if(pool_, [cell](const Change& change) {
        return std::any_of(change.deltas.begin(), change.deltas.end(),
                           [cell](const auto& delta) { return delta.first == cell; });
      });
      TS_ASSIGN_OR_RETURN(const bool still_protected, Protect(/*may_add=*/false));
      if (still_protected) continue;
      pool_ = pool_before;
      SetPattern(before);
      program_stale_ = true;
    }
    return Ok();
  }

  const SensitiveCells& model_;
  const DisclosureRules& rules_;
  const Deadline& deadline_;
  LinearProgram program_;
  std::vector<double> weights_;

  std::vector<bool> suppressed_, keep_;
  std::optional<RenderedTable> table_;                       // as rendered with `suppressed_`
  std::vector<std::vector<agreements::WitnessNeed>> needs_;  // by attacker, made when asked for
  std::vector<std::uint64_t> lowest_;           // what anyone knows a number to be at least
  std::vector<Change> pool_;                    // changes found so far
  std::vector<std::vector<double>> up_, down_;  // by attacker and number: widest known changes

  std::size_t program_attacker_ = 0;
  bool program_may_add_ = false;
  bool program_stale_ = true;
  std::size_t programs_solved_ = 0;
};

}  // namespace

Result<std::vector<bool>> SuppressComplementary(const SensitiveCells& model,
                                                const DisclosureRules& rules, CellWeight weight,
                                                const std::vector<bool>& also,
                                                const Deadline& deadline) {
  if (deadline.passed()) return OutOfTime(rules);
  return Search(model, rules, weight, deadline).Choose(also);
}

RenderedTable Render(const SensitiveCells& model, const std::vector<bool>& suppressed) {
  std::vector<Cell> cells;
  cells.reserve(model.cell_count());
  for (std::size_t cell = 0; cell < model.cell_count(); ++cell) {
    cells.push_back(suppressed[cell] ? Cell::Suppressed() : Cell::Published(model.numbers[cell]));
  }
  Result<RenderedTable> table = RenderedTable::Create(model.shape, std::move(cells));
  TS_CHECK(table.ok());
  return *std::move(table);
}

}  // namespace tallystick::matcher
