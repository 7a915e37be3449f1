// An attacker who tries every table: slow, simple, and with nothing in common with the solver.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "agreements/rendered_table.h"
#include "agreements/table_shape.h"

namespace tallystick::matcher {

// Enumeration lists the tables of whole numbers that fit what is published of a tiny table, what
// the attacker knows, and a lowest value for each suppressed cell. To keep them few, only those
// whose leaves are within `window` of the true ones: what is possible among these is possible.
class Enumeration {
 public:
  struct Interval {
    std::uint64_t low = agreements::Bounds::kUnbounded;
    std::uint64_t high = 0;
  };

  Enumeration(const agreements::RenderedTable& table, const agreements::PriorKnowledge& prior,
              const std::vector<std::uint64_t>& lowest, const std::vector<std::uint64_t>& truth,
              std::uint64_t window)
      : table_(table), prior_(prior), lowest_(lowest), truth_(truth), window_(window) {
    const auto& shape = table.shape();
    intervals_.resize(shape.cell_count());
    sums_.assign(shape.cell_count(), 0);
    open_.assign(shape.cell_count(), 0);
    for (std::size_t leaf = 0; leaf < shape.leaf_count(); ++leaf) {
      leaves_.push_back(shape.CellOfLeaf(leaf));
      std::vector<std::size_t>& above = above_.emplace_back();
      for (std::uint32_t summed = 0; summed < 1u << shape.rank(); ++summed) {
        std::size_t cell = leaves_.back();
        for (std::size_t d = 0; d < shape.rank(); ++d) {
          if ((summed >> d & 1u) != 0) cell = shape.With(cell, d, shape.all(d));
        }
        above.push_back(cell);
        ++open_[cell];
      }
    }
    Try(0);
  }

  std::uint64_t table_count() const { return table_count_; }
  const Interval& operator[](std::size_t cell) const { return intervals_[cell]; }

 private:
  std::uint64_t HighOf(std::size_t cell) const {
    return table_[cell].is_suppressed() ? prior_[cell].high : table_[cell].count();
  }
  std::uint64_t LowOf(std::size_t cell) const {
    return table_[cell].is_suppressed() ? std::max(lowest_[cell], prior_[cell].low)
                                        : table_[cell].count();
  }

  void Try(std::size_t leaf) {
    if (leaf == leaves_.size()) {
      ++table_count_;
      for (std::size_t cell = 0; cell < sums_.size(); ++cell) {
        intervals_[cell].low = std::min(intervals_[cell].low, sums_[cell]);
        intervals_[cell].high = std::max(intervals_[cell].high, sums_[cell]);
      }
      return;
    }
    const std::size_t cell = leaves_[leaf];
    std::uint64_t most = std::min(HighOf(cell), truth_[cell] + window_);
    for (const std::size_t above : above_[leaf]) {
      most = std::min(most, HighOf(above) - sums_[above]);
    }
    const std::uint64_t least = truth_[cell] > window_ ? truth_[cell] - window_ : 0;
    for (std::uint64_t value = std::max(LowOf(cell), least); value <= most; ++value) {
      bool fits = true;
      for (const std::size_t above : above_[leaf]) {
        sums_[above] += value;
        --open_[above];
        fits &= open_[above] > 0 || sums_[above] >= LowOf(above);
      }
      if (fits) Try(leaf + 1);
      for (const std::size_t above : above_[leaf]) {
        sums_[above] -= value;
        ++open_[above];
      }
    }
  }

  const agreements::RenderedTable& table_;
  const agreements::PriorKnowledge& prior_;
  const std::vector<std::uint64_t>& lowest_;
  const std::vector<std::uint64_t>& truth_;
  const std::uint64_t window_;
  std::vector<std::size_t> leaves_;
  std::vector<std::vector<std::size_t>> above_;  // by leaf: the cells it is counted in
  std::vector<std::uint64_t> sums_;
  std::vector<int> open_;  // by cell: leaves that are not yet chosen
  std::vector<Interval> intervals_;
  std::uint64_t table_count_ = 0;
};

}  // namespace tallystick::matcher
