// BlockSearch finds integer tables: assignments to suppressed cells that fit everything published.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "matcher/disclosure/linear_program.h"

namespace tallystick::matcher {

// BlockSearch works on suppressed cells that hang together through sums, and knows of them only
// what is published: a range for each, and rows of which the signed sum is given. What it finds is
// added up in integers before it counts as found; the solver is only a guide.
//
// In two dimensions every extreme point is integral. In more it first looks for a table in the
// middle, and then for the smallest changes to that, which rarely have fractions; those that do are
// branched on, up to a fixed number of nodes.
//
// Thread safety: none.
class BlockSearch {
 public:
  struct Range {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
  };
  struct Row {
    std::int64_t sum = 0;
    std::vector<std::pair<int, int>> terms;  // variable, +1 or -1
  };
  using Table = std::vector<std::uint64_t>;
  enum class Outcome { kFound, kNotFound, kTimedOut };

  BlockSearch(std::vector<Range> ranges, std::vector<Row> rows);

  // Each looks for a table and keeps it. kNotFound: there is none, or none was found.
  Outcome ReachHighest(int variable, const Deadline& deadline);
  Outcome ReachLowest(int variable, const Deadline& deadline);
  // With variable >= value, <= value, and plus - minus >= difference.
  Outcome ReachAtLeast(int variable, std::uint64_t value, const Deadline& deadline);
  Outcome ReachAtMost(int variable, std::uint64_t value, const Deadline& deadline);
  Outcome ReachDifference(int plus, int minus, std::int64_t difference, const Deadline& deadline);

  // Takes over what `other`, a search with wider ranges over the same rows, found and fits here.
  void Adopt(const BlockSearch& other);

  // Over the tables found; lowest > highest when there are none.
  std::uint64_t lowest(int variable) const { return lowest_[Index(variable)]; }
  std::uint64_t highest(int variable) const { return highest_[Index(variable)]; }
  // Those that were the lowest or highest for some variable when found.
  const std::vector<Table>& tables() const { return tables_; }

 private:
  static std::size_t Index(int variable) { return static_cast<std::size_t>(variable); }

  // A program over how much each variable goes up (2i) and down (2i + 1) from `base`.
  LinearProgram NearProgram(const Table& base, const std::vector<LinearProgram::Row>& more) const;
  void SetNearBounds(LinearProgram& near, const Table& base, int variable, std::uint64_t low,
                     std::uint64_t high) const;
  // Minimises the change to `base` over integers.
  Outcome Branch(LinearProgram& near, const Table& base, LinearProgram::Start start, int& nodes,
                 const Deadline& deadline, Table* found) const;
  Outcome ReachExtreme(int variable, bool highest, const Deadline& deadline);
  Outcome ReachFromBase(int variable, std::uint64_t low, std::uint64_t high,
                        const Deadline& deadline);
  Outcome FindBase(const Deadline& deadline);
  bool Fits(const Table& table) const;
  void Keep(const Table& table);
  std::vector<double> ChangeOf(const LinearProgram& near) const;
  // Keeps the tables that are farthest from the base in the direction of `change`, both ways.
  // False when that has no small integer multiple.
  bool KeepMultiples(const std::vector<double>& change);

  std::vector<Range> ranges_;
  std::vector<Row> rows_;
  LinearProgram program_;
  int with_cost_ = -1;  // the variable that has a cost
  std::optional<Table> base_;
  bool base_sought_ = false;
  std::optional<LinearProgram> near_;
  std::vector<Table> tables_;
  std::vector<std::uint64_t> lowest_, highest_;
};

}  // namespace tallystick::matcher
