// The shape of a table of counts: its dimensions, its cells, and which cells are sums of which.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "agreements/agreement.h"
#include "base/result.h"

namespace tallystick::agreements {

// Side is the institution of an output's first (left) or second (right) dataset.
enum class Side : std::uint8_t { kLeft = 0, kRight = 1 };

// TableDimension is one category of a table. Ordinals 0..cardinality-1 are its declared values in
// the agreement's order; then "not linked" where there is one; then, in tables with margins, `ALL`.
struct TableDimension {
  std::string name;               // "candidates.pathway"
  std::uint32_t cardinality = 0;  // declared values, 1..65,000
  bool with_not_linked = false;   // exactly the other side's dimensions of cohort left or right
  Side side = Side::kLeft;
  bool sensitive = false;  // the agreement's category is; see DisclosureRules::group_disclosure
  // Whether a measure was observed (ordinal 0) or not (1); `name` is then the measure's. That a
  // number is missing is no attribute to protect: a count of rows without it may be small, except
  // where it tells who is linked.
  bool observation = false;
};

// TableShape numbers the cells of a table with all margins, row-major, first dimension slowest,
// `ALL` last in each dimension: cell_count() is the product of the extents.
//
// Thread safety: immutable.
class TableShape {
 public:
  static constexpr std::size_t kMaxDimensions = 6;
  static constexpr std::size_t kMaxCells = 1u << 20;

  // Fails with kInvalidArgument "table.shape": no dimension or too many, too many cells, a
  // cardinality of 0, a name that is empty or longer than 200 bytes, a "not linked" value where the
  // cohort has none (and the reverse), or an observation with other than two values.
  static Result<TableShape> Create(Cohort cohort, std::vector<TableDimension> dimensions);

  Cohort cohort() const { return cohort_; }
  const std::vector<TableDimension>& dimensions() const { return dimensions_; }
  std::size_t rank() const { return dimensions_.size(); }
  std::size_t cell_count() const { return cell_count_; }
  // Cells without any `ALL`: what a tally counts.
  std::size_t leaf_count() const { return leaf_count_; }

  // Number of ordinals with `ALL`.
  std::uint32_t extent(std::size_t d) const { return extents_[d]; }
  // Number of ordinals without `ALL`: the members of a line.
  std::uint32_t line_length(std::size_t d) const { return extents_[d] - 1; }
  std::uint32_t all(std::size_t d) const { return extents_[d] - 1; }
  std::size_t stride(std::size_t d) const { return strides_[d]; }

  std::uint32_t OrdinalOf(std::size_t cell, std::size_t d) const {
    return static_cast<std::uint32_t>(cell / strides_[d] % extents_[d]);
  }
  bool IsAll(std::size_t cell, std::size_t d) const { return OrdinalOf(cell, d) == all(d); }
  bool IsNotLinked(std::size_t cell, std::size_t d) const {
    return dimensions_[d].with_not_linked && OrdinalOf(cell, d) == dimensions_[d].cardinality;
  }
  // Whether the cell counts rows without one of the measures.
  bool IsUnobserved(std::size_t cell) const;
  bool IsLeaf(std::size_t cell) const;
  // The cell with dimension `d` set to `ordinal`.
  std::size_t With(std::size_t cell, std::size_t d, std::uint32_t ordinal) const {
    return cell - OrdinalOf(cell, d) * strides_[d] + ordinal * strides_[d];
  }
  // A row is either linked or not: one dimension of a side cannot be "not linked" and another a
  // declared value. Such cells are zero by construction and tell nothing.
  bool IsImpossible(std::size_t cell) const;
  // The cell of the `leaf`-th leaf, row-major over the ordinals without `ALL`.
  std::size_t CellOfLeaf(std::size_t leaf) const;

  // Whether the cell's count is, for a group of `side`'s own categories, how many of its rows are
  // linked (or, in a table over all of `side`'s rows, how many are not): the cells in which `side`,
  // knowing what it submitted, reads who matched.
  bool IsSplitCell(std::size_t cell, Side side) const;
  // The split cell of `side` for the group that `cell` shows in those of `side`'s dimensions that
  // are in `mask` (bit d), all others summed; cell_count() where there is none.
  std::size_t SplitCellOf(std::size_t cell, Side side, std::uint32_t mask) const;
  // Whether linked and not linked rows can be told apart at all (a table over one side's rows by
  // its own categories alone does not show linkage).
  bool ShowsLinkage() const { return shows_linkage_; }

  // Whether all dimensions of `side` are `ALL` in `cell`; true where it has none.
  bool SideIsAll(std::size_t cell, Side side) const;
  std::uint32_t MaskOf(Side side) const { return masks_[static_cast<std::size_t>(side)]; }

 private:
  TableShape() = default;

  Cohort cohort_ = Cohort::kLinked;
  std::vector<TableDimension> dimensions_;
  std::vector<std::uint32_t> extents_;
  std::vector<std::size_t> strides_;
  std::uint32_t masks_[2] = {0, 0};
  std::size_t cell_count_ = 0;
  std::size_t leaf_count_ = 0;
  bool shows_linkage_ = false;
};

// OwnCounts is what an institution knows before it reads a table: how many rows it submitted (after
// its own filter) for each combination of its own dimensions' declared values, row-major, in the
// order of the table's dimensions; one number where the table has none of its dimensions.
struct OwnCounts {
  Side side = Side::kLeft;
  std::vector<std::uint64_t> submitted;
};

// Bounds is what somebody knows of a cell before reading the table.
struct Bounds {
  static constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t low = 0;
  std::uint64_t high = kUnbounded;

  bool IsExact() const { return low == high; }
};

// PriorKnowledge turns OwnCounts into bounds for each cell. The outsider's knows nothing.
//
// Thread safety: immutable.
class PriorKnowledge {
 public:
  // The outsider's.
  explicit PriorKnowledge(const TableShape& shape);
  // Fails with kInvalidArgument "table.own-counts" when `own` has the wrong number of counts.
  static Result<PriorKnowledge> Of(const TableShape& shape, const OwnCounts& own);

  const Bounds& operator[](std::size_t cell) const { return bounds_[cell]; }
  // Rows submitted in the group that a split cell of this side is about. REQUIRES: an institution.
  std::uint64_t SubmittedIn(std::size_t cell) const { return group_sizes_[cell]; }
  bool is_institution() const { return !group_sizes_.empty(); }
  Side side() const { return side_; }

 private:
  Side side_ = Side::kLeft;
  std::vector<Bounds> bounds_;
  std::vector<std::uint64_t> group_sizes_;
};

}  // namespace tallystick::agreements
