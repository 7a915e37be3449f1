#include "agreements/table_shape.h"

#include <algorithm>
#include <utility>

namespace tallystick::agreements {
namespace {

constexpr std::uint32_t kMaxCardinality = 65'000;
constexpr std::size_t kMaxNameBytes = 200;
constexpr std::uint64_t kMaxSubmitted = std::uint64_t{1} << 48;

Side Other(Side side) { return side == Side::kLeft ? Side::kRight : Side::kLeft; }

// Whose rows the table counts; `side` is ignored for cohort linked.
bool CountsRowsOf(Cohort cohort, Side side) {
  return (cohort == Cohort::kLeft && side == Side::kLeft) ||
         (cohort == Cohort::kRight && side == Side::kRight);
}

Error BadShape(Literal why) { return Error(Code::kInvalidArgument, "table.shape", why); }

}  // namespace

Result<TableShape> TableShape::Create(Cohort cohort, std::vector<TableDimension> dimensions) {
  if (dimensions.empty() || dimensions.size() > kMaxDimensions) {
    return BadShape("a table has 1 to 6 dimensions").With("dimensions", dimensions.size());
  }
  TableShape shape;
  shape.cohort_ = cohort;
  shape.cell_count_ = 1;
  shape.leaf_count_ = 1;
  for (std::size_t d = 0; d < dimensions.size(); ++d) {
    const TableDimension& dimension = dimensions[d];
    if (dimension.name.empty() || dimension.name.size() > kMaxNameBytes) {
      return BadShape("a dimension's name has 1 to 200 bytes");
    }
    if (dimension.cardinality == 0 || dimension.cardinality > kMaxCardinality) {
      return BadShape("a dimension has 1 to 65,000 values").With("dimension", d);
    }
    if (dimension.observation && (dimension.cardinality != 2 || dimension.sensitive)) {
      return BadShape("a measure is observed or not observed").With("dimension", d);
    }
    const bool other_side = cohort != Cohort::kLinked && !CountsRowsOf(cohort, dimension.side);
    if (dimension.with_not_linked != other_side) {
      return BadShape(
                 "\"not linked\" is a value of the other side's dimensions in cohorts left "
                 "and right, and nowhere else")
          .With("dimension", d);
    }
    const std::uint32_t extent = dimension.cardinality + (other_side ? 2u : 1u);
    shape.extents_.push_back(extent);
    shape.cell_count_ *= extent;
    shape.leaf_count_ *= extent - 1;
    if (shape.cell_count_ > kMaxCells) return BadShape("the table has too many cells");
    shape.masks_[static_cast<std::size_t>(dimension.side)] |= 1u << d;
    shape.shows_linkage_ |= other_side;
  }
  if (cohort == Cohort::kLinked) shape.shows_linkage_ = true;
  shape.strides_.assign(dimensions.size(), 1);
  for (std::size_t d = dimensions.size() - 1; d-- > 0;) {
    shape.strides_[d] = shape.strides_[d + 1] * shape.extents_[d + 1];
  }
  shape.dimensions_ = std::move(dimensions);
  return shape;
}

bool TableShape::IsUnobserved(std::size_t cell) const {
  for (std::size_t d = 0; d < rank(); ++d) {
    if (dimensions_[d].observation && OrdinalOf(cell, d) == 1) return true;
  }
  return false;
}

bool TableShape::IsLeaf(std::size_t cell) const {
  for (std::size_t d = 0; d < rank(); ++d) {
    if (IsAll(cell, d)) return false;
  }
  return true;
}

bool TableShape::IsImpossible(std::size_t cell) const {
  bool not_linked = false;
  bool declared = false;
  for (std::size_t d = 0; d < rank(); ++d) {
    if (!dimensions_[d].with_not_linked || IsAll(cell, d)) continue;
    (IsNotLinked(cell, d) ? not_linked : declared) = true;
  }
  return not_linked && declared;
}

std::size_t TableShape::CellOfLeaf(std::size_t leaf) const {
  std::size_t cell = 0;
  for (std::size_t d = rank(); d-- > 0;) {
    cell += leaf % line_length(d) * strides_[d];
    leaf /= line_length(d);
  }
  return cell;
}

bool TableShape::SideIsAll(std::size_t cell, Side side) const {
  for (std::size_t d = 0; d < rank(); ++d) {
    if (dimensions_[d].side == side && !IsAll(cell, d)) return false;
  }
  return true;
}

bool TableShape::IsSplitCell(std::size_t cell, Side side) const {
  if (!shows_linkage_) return false;
  if (CountsRowsOf(cohort_, side)) {  // how many of the group are not linked
    bool not_linked = false;
    for (std::size_t d = 0; d < rank(); ++d) {
      if (dimensions_[d].side == side || IsAll(cell, d)) continue;
      if (!IsNotLinked(cell, d)) return false;
      not_linked = true;
    }
    return not_linked;
  }
  if (!SideIsAll(cell, Other(side))) return false;
  if (cohort_ == Cohort::kLinked) return true;
  // Rows of the other side by this side's categories. The total counts unlinked rows too.
  for (std::size_t d = 0; d < rank(); ++d) {
    if (dimensions_[d].side == side && IsNotLinked(cell, d)) return false;
  }
  return !SideIsAll(cell, side);
}

std::size_t TableShape::SplitCellOf(std::size_t cell, Side side, std::uint32_t mask) const {
  std::size_t result = cell;
  for (std::size_t d = 0; d < rank(); ++d) {
    const bool own = dimensions_[d].side == side;
    if (own && (mask >> d & 1u) != 0) continue;
    const bool counts_own = CountsRowsOf(cohort_, side);
    result = With(result, d, !own && counts_own ? dimensions_[d].cardinality : all(d));
  }
  return IsSplitCell(result, side) ? result : cell_count_;
}

PriorKnowledge::PriorKnowledge(const TableShape& shape) : bounds_(shape.cell_count()) {}

Result<PriorKnowledge> PriorKnowledge::Of(const TableShape& shape, const OwnCounts& own) {
  // Sums over the institution's own dimensions, `ALL` last, as in the table.
  std::vector<std::size_t> own_dimensions;
  std::vector<std::size_t> strides(shape.rank(), 0);
  std::size_t leaves = 1;
  std::size_t groups = 1;
  for (std::size_t d = shape.rank(); d-- > 0;) {
    if (shape.dimensions()[d].side != own.side) continue;
    own_dimensions.insert(own_dimensions.begin(), d);
    strides[d] = groups;
    leaves *= shape.dimensions()[d].cardinality;
    groups *= shape.dimensions()[d].cardinality + 1;
  }
  if (own.submitted.size() != leaves) {
    return Error(Code::kInvalidArgument, "table.own-counts",
                 "submitted counts are not those of this table's categories")
        .With("expected", leaves)
        .With("given", own.submitted.size());
  }
  std::vector<std::uint64_t> sums(groups, 0);
  std::uint64_t total = 0;
  for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
    const std::uint64_t count = own.submitted[leaf];
    if (count > kMaxSubmitted || (total += count) > kMaxSubmitted) {
      return Error(Code::kInvalidArgument, "table.own-counts", "submitted counts are too large");
    }
    std::size_t rest = leaf;
    std::vector<std::size_t> ordinals(own_dimensions.size());
    for (std::size_t i = own_dimensions.size(); i-- > 0;) {
      const std::size_t cardinality = shape.dimensions()[own_dimensions[i]].cardinality;
      ordinals[i] = rest % cardinality;
      rest /= cardinality;
    }
    for (std::uint32_t summed = 0; summed < 1u << own_dimensions.size(); ++summed) {
      std::size_t group = 0;
      for (std::size_t i = 0; i < own_dimensions.size(); ++i) {
        const std::size_t d = own_dimensions[i];
        const bool all = (summed >> i & 1u) != 0;
        group += strides[d] * (all ? shape.dimensions()[d].cardinality : ordinals[i]);
      }
      sums[group] += count;
    }
  }

  PriorKnowledge prior(shape);
  prior.side_ = own.side;
  prior.group_sizes_.assign(shape.cell_count(), 0);
  const bool counts_own = CountsRowsOf(shape.cohort(), own.side);
  const bool linked_only = shape.cohort() == Cohort::kLinked;
  for (std::size_t cell = 0; cell < shape.cell_count(); ++cell) {
    std::size_t group = 0;
    bool not_linked = false;
    for (const std::size_t d : own_dimensions) {
      const TableDimension& dimension = shape.dimensions()[d];
      not_linked |= shape.IsNotLinked(cell, d);
      group += strides[d] * std::min(shape.OrdinalOf(cell, d), dimension.cardinality);
    }
    // In a table over the other side's rows, all of this side's dimensions summed, or "not
    // linked", counts rows that this side did not submit.
    if (not_linked || (!counts_own && !linked_only && shape.SideIsAll(cell, own.side))) {
      continue;
    }
    prior.group_sizes_[cell] = sums[group];
    Bounds& bounds = prior.bounds_[cell];
    bounds.high = sums[group];
    if (counts_own && shape.SideIsAll(cell, Other(own.side))) bounds.low = sums[group];
  }
  return prior;
}

}  // namespace tallystick::agreements
