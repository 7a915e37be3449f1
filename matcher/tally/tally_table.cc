#include "matcher/tally/tally_table.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/check.h"
#include "matcher/linkage/parallel.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kPrefetchAhead = 16;

using Counts = std::vector<std::uint64_t>;

// Axis is a dimension's share in the number of a cell.
struct Axis {
  const std::uint16_t* ordinals;
  std::size_t stride;
};

std::size_t IndexOf(const std::vector<Axis>& axes, std::size_t row) {
  std::size_t index = 0;
  for (const Axis& axis : axes) index += axis.ordinals[row] * axis.stride;
  return index;
}

bool Keeps(const RowBitmap* filter, std::uint32_t row) {
  return filter == nullptr || filter->Has(row);
}

// SideAxes is how rows of one side are numbered: in the table, and among the side's own groups.
struct SideAxes {
  std::vector<Axis> in_table;
  std::vector<Axis> own;
  std::size_t group_count = 1;
};

// Layout is where the cells are.
struct Layout {
  SideAxes left, right;
  std::size_t cell_count = 1;
  std::size_t not_linked_offset = 0;  // sum over the dimensions that have "not linked"
};

bool HasNotLinked(Cohort cohort, Side side) {
  return (cohort == Cohort::kLeft && side == Side::kRight) ||
         (cohort == Cohort::kRight && side == Side::kLeft);
}

Result<Layout> MakeLayout(const TallyInput& input) {
  Layout layout;
  for (std::size_t d = input.dimensions.size(); d-- > 0;) {
    const TallyDimension& dimension = input.dimensions[d];
    SideAxes& axes = dimension.side == Side::kLeft ? layout.left : layout.right;
    TS_CHECK(dimension.ordinals.size() ==
             (dimension.side == Side::kLeft ? input.left_row_count : input.right_row_count));
    TS_CHECK(dimension.cardinality > 0 && dimension.cardinality <= 65'536);
    std::size_t extent = dimension.cardinality;
    if (HasNotLinked(input.cohort, dimension.side)) {
      layout.not_linked_offset += extent * layout.cell_count;
      ++extent;
    }
    axes.in_table.push_back({dimension.ordinals.data(), layout.cell_count});
    axes.own.push_back({dimension.ordinals.data(), axes.group_count});
    axes.group_count *= dimension.cardinality;
    layout.cell_count *= extent;
    if (layout.cell_count > kMaxTallyCells) {
      return Error(Code::kInvalidArgument, "tally.too-many-cells", "the table has too many cells")
          .With("limit", kMaxTallyCells);
    }
  }
  return layout;
}

Status CheckOrdinals(const TallyInput& input) {
  for (std::size_t d = 0; d < input.dimensions.size(); ++d) {
    const TallyDimension& dimension = input.dimensions[d];
    std::uint16_t highest = 0;
    for (const std::uint16_t ordinal : dimension.ordinals) highest = std::max(highest, ordinal);
    if (highest < dimension.cardinality) continue;
    const auto at = std::find(dimension.ordinals.begin(), dimension.ordinals.end(), highest);
    return Error(Code::kInvalidArgument, "tally.ordinal-range",
                 "a category column has a value that its dictionary does not have")
        .With("dimension", d)
        .With("row", static_cast<std::uint64_t>(at - dimension.ordinals.begin()));
  }
  return Ok();
}

// The part of `count` that task `task` of `task_count` does.
std::pair<std::size_t, std::size_t> Share(std::size_t count, std::size_t task,
                                          std::size_t task_count) {
  return {count * task / task_count, count * (task + 1) / task_count};
}

void CountRows(const SideAxes& axes, const RowBitmap* filter, std::size_t begin, std::size_t end,
               Counts& groups) {
  std::uint64_t* const out = groups.data();
  if (axes.own.size() == 1 && filter == nullptr) {  // the usual case, without the inner loop
    const std::uint16_t* const ordinals = axes.own.front().ordinals;
    for (std::size_t row = begin; row < end; ++row) ++out[ordinals[row]];
    return;
  }
  if (axes.own.empty() && filter == nullptr) {
    out[0] += end - begin;
    return;
  }
  for (std::size_t row = begin; row < end; ++row) {
    if (Keeps(filter, static_cast<std::uint32_t>(row))) ++out[IndexOf(axes.own, row)];
  }
}

// Counts linked pairs into everything but the submitted rows.
void CountPairs(const TallyInput& input, const Layout& layout, std::span<const LinkedPair> pairs,
                TallyCounts& out) {
  std::uint64_t* const cells = out.cells.data();
  std::uint64_t* const linked_left = out.linked_left.data();
  std::uint64_t* const linked_right = out.linked_right.data();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const LinkedPair& pair = pairs.data()[i];
    // Pairs are sorted by left, so the right rows are met in random order.
    if (i + kPrefetchAhead < pairs.size()) {
      const std::uint32_t ahead = pairs.data()[i + kPrefetchAhead].right;
      for (const Axis& axis : layout.right.own) __builtin_prefetch(axis.ordinals + ahead);
    }
    const bool keep_left = Keeps(input.left_filter, pair.left);
    const bool keep_right = Keeps(input.right_filter, pair.right);
    if (keep_left) ++linked_left[IndexOf(layout.left.own, pair.left)];
    if (keep_right) ++linked_right[IndexOf(layout.right.own, pair.right)];
    if (keep_left && keep_right) {
      ++cells[IndexOf(layout.left.in_table, pair.left) +
              IndexOf(layout.right.in_table, pair.right)];
    }
  }
}

// Adds the rows of the cohort's side that are not linked, which no pair counts.
void AddNotLinked(const TallyInput& input, const Layout& layout, TallyCounts& out) {
  if (input.cohort == Cohort::kLinked) return;
  const bool left = input.cohort == Cohort::kLeft;
  if ((left ? input.right_filter : input.left_filter) != nullptr) return;
  const SideAxes& axes = left ? layout.left : layout.right;
  const Counts& submitted = left ? out.submitted_left : out.submitted_right;
  const Counts& linked = left ? out.linked_left : out.linked_right;
  for (std::size_t group = 0; group < axes.group_count; ++group) {
    // The axes are those of the table backwards, the last dimension first.
    std::size_t cell = layout.not_linked_offset;
    for (std::size_t a = 0; a < axes.own.size(); ++a) {
      const std::size_t end = a + 1 < axes.own.size() ? axes.own[a + 1].stride : axes.group_count;
      cell += group % end / axes.own[a].stride * axes.in_table[a].stride;
    }
    out.cells[cell] += submitted[group] - linked[group];
  }
}

void AddTo(Counts& sum, const Counts& counts) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += counts[i];
}

TallyCounts ZeroCounts(const Layout& layout) {
  TallyCounts counts;
  counts.cells.resize(layout.cell_count);
  counts.submitted_left.resize(layout.left.group_count);
  counts.submitted_right.resize(layout.right.group_count);
  counts.linked_left.resize(layout.left.group_count);
  counts.linked_right.resize(layout.right.group_count);
  return counts;
}

Result<Layout> CheckedLayout(const TallyInput& input) {
  TS_CHECK(input.left_filter == nullptr || input.left_filter->row_count() == input.left_row_count);
  TS_CHECK(input.right_filter == nullptr ||
           input.right_filter->row_count() == input.right_row_count);
  for (const LinkedPair& pair : input.pairs) {
    TS_CHECK(pair.left < input.left_row_count && pair.right < input.right_row_count);
  }
  TS_ASSIGN_OR_RETURN(Layout layout, MakeLayout(input));
  TS_RETURN_IF_ERROR(CheckOrdinals(input));
  return layout;
}

}  // namespace

Result<TallyCounts> TallyTable(const TallyInput& input, unsigned thread_count) {
  TS_ASSIGN_OR_RETURN(const Layout layout, CheckedLayout(input));

  const unsigned tasks = ThreadCount(thread_count);
  std::vector<TallyCounts> counts(tasks, ZeroCounts(layout));
  ForEachTask(tasks, tasks, [&](std::size_t task) {
    TallyCounts& own = counts[task];
    const auto [left_begin, left_end] = Share(input.left_row_count, task, tasks);
    CountRows(layout.left, input.left_filter, left_begin, left_end, own.submitted_left);
    const auto [right_begin, right_end] = Share(input.right_row_count, task, tasks);
    CountRows(layout.right, input.right_filter, right_begin, right_end, own.submitted_right);
    const auto [begin, end] = Share(input.pairs.size(), task, tasks);
    CountPairs(input, layout, input.pairs.subspan(begin, end - begin), own);
  });
  TallyCounts& sum = counts.front();
  for (std::size_t task = 1; task < tasks; ++task) {
    AddTo(sum.cells, counts[task].cells);
    AddTo(sum.submitted_left, counts[task].submitted_left);
    AddTo(sum.submitted_right, counts[task].submitted_right);
    AddTo(sum.linked_left, counts[task].linked_left);
    AddTo(sum.linked_right, counts[task].linked_right);
  }
  AddNotLinked(input, layout, sum);
  return std::move(sum);
}

Result<std::vector<std::uint32_t>> LeafOfRows(const TallyInput& input, Side side) {
  TS_ASSIGN_OR_RETURN(const Layout layout, CheckedLayout(input));
  const bool left = side == Side::kLeft;
  std::vector<std::uint32_t> leaves(left ? input.left_row_count : input.right_row_count, kNoLeaf);
  std::vector<bool> linked(leaves.size(), false);
  for (const LinkedPair& pair : input.pairs) {
    const std::uint32_t row = left ? pair.left : pair.right;
    linked[row] = true;
    if (!Keeps(input.left_filter, pair.left) || !Keeps(input.right_filter, pair.right)) continue;
    leaves[row] = static_cast<std::uint32_t>(IndexOf(layout.left.in_table, pair.left) +
                                             IndexOf(layout.right.in_table, pair.right));
  }
  const bool counts_side = input.cohort == (left ? Cohort::kLeft : Cohort::kRight);
  // As AddNotLinked(): a filter on the other side keeps no row without a partner.
  if (!counts_side || (left ? input.right_filter : input.left_filter) != nullptr) return leaves;
  const SideAxes& axes = left ? layout.left : layout.right;
  const RowBitmap* filter = left ? input.left_filter : input.right_filter;
  for (std::uint32_t row = 0; row < leaves.size(); ++row) {
    if (linked[row] || !Keeps(filter, row)) continue;
    leaves[row] =
        static_cast<std::uint32_t>(layout.not_linked_offset + IndexOf(axes.in_table, row));
  }
  return leaves;
}

}  // namespace tallystick::matcher
