#include "matcher/disclosure/block_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tallystick::matcher {
namespace {

using Start = LinearProgram::Start;

constexpr int kMaxNodes = 200;                   // programs that branching may cost for one table
constexpr int kMaxBaseNodes = 2'000;             // and for the first one
constexpr std::size_t kScatter = 2'654'435'761;  // spreads small numbers (Knuth, TAOCP 6.4)
constexpr std::size_t kScatterBelow = 1'009;
constexpr int kMaxFactor = 12;  // denominators of a fractional change that are tried
constexpr int kCorners = 8;     // extreme points whose middle is where the search starts

LinearProgram MakeProgram(const std::vector<BlockSearch::Range>& ranges,
                          const std::vector<BlockSearch::Row>& rows) {
  std::vector<LinearProgram::Variable> variables;
  for (const auto& range : ranges) {
    variables.push_back({static_cast<double>(range.low), static_cast<double>(range.high), 0});
  }
  std::vector<LinearProgram::Row> copies;
  for (const auto& row : rows) {
    LinearProgram::Row& copy = copies.emplace_back();
    copy.low = copy.high = static_cast<double>(row.sum);
    for (const auto& [variable, sign] : row.terms) copy.terms.emplace_back(variable, sign);
  }
  return LinearProgram(variables, copies);
}

double Fraction(double value) { return std::fabs(value - std::round(value)); }

std::int64_t Signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }

BlockSearch::Outcome FailureOf(LinearProgram::Outcome outcome) {
  return outcome == LinearProgram::Outcome::kTimedOut ? BlockSearch::Outcome::kTimedOut
                                                      : BlockSearch::Outcome::kNotFound;
}

}  // namespace

BlockSearch::BlockSearch(std::vector<Range> ranges, std::vector<Row> rows)
    : ranges_(std::move(ranges)),
      rows_(std::move(rows)),
      program_(MakeProgram(ranges_, rows_)),
      lowest_(ranges_.size(), std::numeric_limits<std::uint64_t>::max()),
      highest_(ranges_.size(), 0) {}

BlockSearch::Outcome BlockSearch::ReachHighest(int variable, const Deadline& deadline) {
  return ReachExtreme(variable, /*highest=*/true, deadline);
}

BlockSearch::Outcome BlockSearch::ReachLowest(int variable, const Deadline& deadline) {
  return ReachExtreme(variable, /*highest=*/false, deadline);
}

BlockSearch::Outcome BlockSearch::ReachExtreme(int variable, bool highest,
                                               const Deadline& deadline) {
  if (with_cost_ >= 0) program_.SetCost(with_cost_, 0);
  program_.SetCost(variable, highest ? -1 : 1);
  with_cost_ = variable;
  const LinearProgram::Outcome outcome = program_.Solve(Start::kLastBasis, deadline);
  if (outcome != LinearProgram::Outcome::kOptimal) return FailureOf(outcome);
  Table table(ranges_.size());
  double most = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double value = program_.value(static_cast<int>(i));
    most = std::max(most, Fraction(value));
    table[i] = static_cast<std::uint64_t>(std::max(0.0, std::round(value)));
  }
  if (most <= LinearProgram::kTolerance && Fits(table)) {
    Keep(table);
    return Outcome::kFound;
  }
  // A fractional point: in integers the extreme is at best the next whole number.
  const double best = program_.value(variable);
  if (highest) {
    return ReachAtLeast(variable,
                        static_cast<std::uint64_t>(std::floor(best + LinearProgram::kTolerance)),
                        deadline);
  }
  const double next = std::max(0.0, std::ceil(best - LinearProgram::kTolerance));
  return ReachAtMost(variable, static_cast<std::uint64_t>(next), deadline);
}

BlockSearch::Outcome BlockSearch::ReachAtLeast(int variable, std::uint64_t value,
                                               const Deadline& deadline) {
  return ReachFromBase(variable, value, ranges_[Index(variable)].high, deadline);
}

BlockSearch::Outcome BlockSearch::ReachAtMost(int variable, std::uint64_t value,
                                              const Deadline& deadline) {
  return ReachFromBase(variable, ranges_[Index(variable)].low, value, deadline);
}

BlockSearch::Outcome BlockSearch::ReachFromBase(int variable, std::uint64_t low, std::uint64_t high,
                                                const Deadline& deadline) {
  const Range& range = ranges_[Index(variable)];
  low = std::max(low, range.low);
  high = std::min(high, range.high);
  if (low > high) return Outcome::kNotFound;
  if (const Outcome outcome = FindBase(deadline); outcome != Outcome::kFound) return outcome;
  if (!near_.has_value()) near_.emplace(NearProgram(*base_, {}));
  SetNearBounds(*near_, *base_, variable, low, high);
  int nodes = kMaxNodes;
  Table table;
  Outcome outcome = Outcome::kNotFound;
  const LinearProgram::Outcome solved = near_->Solve(Start::kZero, deadline);
  if (solved != LinearProgram::Outcome::kOptimal) {
    outcome = FailureOf(solved);
  } else if (KeepMultiples(ChangeOf(*near_)) && lowest(variable) <= high &&
             highest(variable) >= low) {
    outcome = Outcome::kFound;
  } else {
    outcome = Branch(*near_, *base_, Start::kLastBasis, nodes, deadline, &table);
    if (outcome == Outcome::kFound) Keep(table);
  }
  SetNearBounds(*near_, *base_, variable, range.low, range.high);
  return outcome;
}

BlockSearch::Outcome BlockSearch::ReachDifference(int plus, int minus, std::int64_t difference,
                                                  const Deadline& deadline) {
  const auto reaches = [&](const Table& table) {
    return Signed(table[Index(plus)]) - Signed(table[Index(minus)]) >= difference;
  };
  if (std::any_of(tables_.begin(), tables_.end(), reaches)) return Outcome::kFound;
  if (const Outcome outcome = FindBase(deadline); outcome != Outcome::kFound) return outcome;
  LinearProgram::Row row;
  const std::int64_t here = Signed((*base_)[Index(plus)]) - Signed((*base_)[Index(minus)]);
  row.low = static_cast<double>(difference - here);
  row.high = LinearProgram::kInfinity;
  row.terms = {{2 * plus, 1}, {2 * plus + 1, -1}, {2 * minus, -1}, {2 * minus + 1, 1}};
  LinearProgram near = NearProgram(*base_, {row});
  int nodes = kMaxNodes;
  Table table;
  const Outcome outcome = Branch(near, *base_, Start::kZero, nodes, deadline, &table);
  if (outcome != Outcome::kFound) return outcome;
  return reaches(table) ? Outcome::kFound : Outcome::kNotFound;
}

BlockSearch::Outcome BlockSearch::FindBase(const Deadline& deadline) {
  if (base_.has_value()) return Outcome::kFound;
  if (base_sought_) return Outcome::kNotFound;
  base_sought_ = true;
  // The middle of some extreme points, rounded; then the nearest table to it that adds up.
  std::vector<double> middle(ranges_.size(), 0);
  const std::size_t corners = std::min<std::size_t>(kCorners, ranges_.size());
  for (std::size_t corner = 0; corner < 2 * corners; ++corner) {
    const auto variable = static_cast<int>(corner / 2 * ranges_.size() / corners);
    if (with_cost_ >= 0) program_.SetCost(with_cost_, 0);
    program_.SetCost(variable, corner % 2 == 0 ? -1 : 1);
    with_cost_ = variable;
    const LinearProgram::Outcome outcome = program_.Solve(Start::kLastBasis, deadline);
    if (outcome != LinearProgram::Outcome::kOptimal) return FailureOf(outcome);
    for (std::size_t i = 0; i < middle.size(); ++i) {
      middle[i] += program_.value(static_cast<int>(i)) / (2.0 * static_cast<double>(corners));
    }
  }
  Table rounded(ranges_.size());
  for (std::size_t i = 0; i < rounded.size(); ++i) {
    rounded[i] = std::clamp(static_cast<std::uint64_t>(std::max(0.0, std::round(middle[i]))),
                            ranges_[i].low, ranges_[i].high);
  }
  LinearProgram near = NearProgram(rounded, {});
  int nodes = kMaxBaseNodes;
  Table table;
  const Outcome outcome = Branch(near, rounded, Start::kZero, nodes, deadline, &table);
  if (outcome != Outcome::kFound) return outcome;
  base_ = table;
  Keep(table);
  return Outcome::kFound;
}

LinearProgram BlockSearch::NearProgram(const Table& base,
                                       const std::vector<LinearProgram::Row>& more) const {
  std::vector<LinearProgram::Variable> variables;
  for (std::size_t i = 0; i < base.size(); ++i) {
    // Costs that differ a little make the cheapest change unique, and so rarely a mixture.
    const double cost = 1 + static_cast<double>(i * kScatter % kScatterBelow) / (2 * kScatterBelow);
    variables.push_back({0, static_cast<double>(ranges_[i].high - base[i]), cost});
    variables.push_back({0, static_cast<double>(base[i] - ranges_[i].low), cost});
  }
  std::vector<LinearProgram::Row> rows;
  for (const Row& row : rows_) {
    LinearProgram::Row& copy = rows.emplace_back();
    std::int64_t missing = row.sum;
    for (const auto& [variable, sign] : row.terms) {
      missing -= sign * Signed(base[Index(variable)]);
      copy.terms.emplace_back(2 * variable, sign);
      copy.terms.emplace_back(2 * variable + 1, -sign);
    }
    copy.low = copy.high = static_cast<double>(missing);
  }
  rows.insert(rows.end(), more.begin(), more.end());
  return LinearProgram(variables, rows);
}

void BlockSearch::SetNearBounds(LinearProgram& near, const Table& base, int variable,
                                std::uint64_t low, std::uint64_t high) const {
  const std::int64_t here = Signed(base[Index(variable)]);
  const std::int64_t up = Signed(high) - here;
  const std::int64_t down = here - Signed(low);
  const auto at_least_zero = [](std::int64_t value) {
    return static_cast<double>(std::max<std::int64_t>(value, 0));
  };
  near.SetBounds(2 * variable, at_least_zero(-down), at_least_zero(up));
  near.SetBounds(2 * variable + 1, at_least_zero(-up), at_least_zero(down));
}

BlockSearch::Outcome BlockSearch::Branch(LinearProgram& near, const Table& base,
                                         LinearProgram::Start start, int& nodes,
                                         const Deadline& deadline, Table* found) const {
  if (nodes-- <= 0) return Outcome::kNotFound;
  const LinearProgram::Outcome outcome = near.Solve(start, deadline);
  if (outcome != LinearProgram::Outcome::kOptimal) return FailureOf(outcome);
  Table table(base.size());
  int branch_on = -1;
  double value = 0;
  double most = LinearProgram::kTolerance;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto variable = static_cast<int>(i);
    const double here =
        static_cast<double>(base[i]) + near.value(2 * variable) - near.value(2 * variable + 1);
    table[i] = static_cast<std::uint64_t>(std::max(0.0, std::round(here)));
    if (Fraction(here) <= most) continue;
    most = Fraction(here);
    branch_on = variable;
    value = here;
  }
  if (branch_on < 0) {
    if (!Fits(table)) return Outcome::kNotFound;  // numerical trouble
    *found = std::move(table);
    return Outcome::kFound;
  }
  const std::pair<double, double> up = near.bounds(2 * branch_on);
  const std::pair<double, double> down = near.bounds(2 * branch_on + 1);
  // The variable's present range, from the bounds of its two parts.
  const auto here = static_cast<double>(base[Index(branch_on)]);
  const double low = here + up.first - down.second;
  const double high = here + up.second - down.first;
  const bool below_first = value - std::floor(value) < 0.5;
  for (const bool below : {below_first, !below_first}) {
    SetNearBounds(near, base, branch_on, static_cast<std::uint64_t>(below ? low : std::ceil(value)),
                  static_cast<std::uint64_t>(below ? std::floor(value) : high));
    const Outcome deeper = Branch(near, base, Start::kLastBasis, nodes, deadline, found);
    near.SetBounds(2 * branch_on, up.first, up.second);
    near.SetBounds(2 * branch_on + 1, down.first, down.second);
    if (deeper != Outcome::kNotFound) return deeper;
  }
  return Outcome::kNotFound;
}

bool BlockSearch::Fits(const Table& table) const {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i] < ranges_[i].low || table[i] > ranges_[i].high) return false;
  }
  return std::all_of(rows_.begin(), rows_.end(), [&table](const Row& row) {
    std::int64_t sum = 0;
    for (const auto& [variable, sign] : row.terms) sum += sign * Signed(table[Index(variable)]);
    return sum == row.sum;
  });
}

void BlockSearch::Keep(const Table& table) {
  bool widens = false;
  for (std::size_t i = 0; i < table.size(); ++i) {
    widens |= table[i] < lowest_[i] || table[i] > highest_[i];
    lowest_[i] = std::min(lowest_[i], table[i]);
    highest_[i] = std::max(highest_[i], table[i]);
  }
  if (widens) tables_.push_back(table);
}

std::vector<double> BlockSearch::ChangeOf(const LinearProgram& near) const {
  std::vector<double> change(ranges_.size());
  for (std::size_t i = 0; i < change.size(); ++i) {
    const auto variable = static_cast<int>(i);
    change[i] = near.value(2 * variable) - near.value(2 * variable + 1);
  }
  return change;
}

bool BlockSearch::KeepMultiples(const std::vector<double>& change) {
  // The smallest integer change in the same direction.
  std::vector<std::int64_t> step(change.size());
  std::int64_t divisor = 0;
  for (int factor = 1; factor <= kMaxFactor && divisor == 0; ++factor) {
    for (std::size_t i = 0; i < step.size(); ++i) {
      const double scaled = change[i] * factor;
      if (Fraction(scaled) > LinearProgram::kTolerance * factor) {
        divisor = 0;
        break;
      }
      step[i] = std::llround(scaled);
      divisor = std::gcd(divisor, step[i]);
    }
  }
  if (divisor == 0) return false;
  // As far as there is room, both ways.
  const Table& base = *base_;
  for (const std::int64_t sign : {1, -1}) {
    std::int64_t multiple = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < step.size(); ++i) {
      const std::int64_t by = sign * step[i] / divisor;
      if (by == 0) continue;
      const std::int64_t room = by > 0 ? Signed(ranges_[i].high) - Signed(base[i])
                                       : Signed(base[i]) - Signed(ranges_[i].low);
      multiple = std::min(multiple, room / std::abs(by));
    }
    Table farthest(step.size());
    for (std::size_t i = 0; i < step.size(); ++i) {
      farthest[i] =
          static_cast<std::uint64_t>(Signed(base[i]) + multiple * sign * step[i] / divisor);
    }
    if (!Fits(farthest)) return false;
    Keep(farthest);
  }
  return true;
}

void BlockSearch::Adopt(const BlockSearch& other) {
  for (const Table& table : other.tables_) {
    if (Fits(table)) Keep(table);
  }
  if (other.base_.has_value() && Fits(*other.base_)) base_ = other.base_;
}

}  // namespace tallystick::matcher
