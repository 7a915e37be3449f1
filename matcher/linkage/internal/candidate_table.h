#pragma once

#include <cstdint>
#include <vector>

#include "matcher/linkage/internal/candidate_pairs.h"
#include "matcher/linkage/internal/memory_budget.h"

namespace tallystick::matcher {

// CandidateTable holds each pair of rows that shares a token once, with the set of keys on which it
// does (bit k: the ladder's key k, from 0), by bucket and sorted within one. Frequent tokens are
// not in it.
//
// Thread safety: none; Fold uses threads of its own.
class CandidateTable {
 public:
  struct Bucket {
    std::vector<std::uint64_t> pairs;  // PairLayout::PairOf, ascending
    std::vector<std::uint32_t> keys;   // same length
  };

  CandidateTable(const PairLayout& layout, MemoryBudget& budget)
      : layout_(layout), charge_(budget), buckets_(layout.bucket_count()) {}

  // Fold adds the pairs of `parts` and consumes them. The table does not depend on the order or the
  // grouping in which parts arrive. False when the budget does not allow it; the table is then of
  // no further use.
  bool Fold(std::vector<BucketedPairs> parts, unsigned thread_count, MemoryBudget& budget);

  const PairLayout& layout() const { return layout_; }
  std::vector<Bucket>& buckets() { return buckets_; }

  // KeysOf returns the keys on which the pair shares tokens, 0 when it is not here.
  // Cost: a binary search.
  std::uint32_t KeysOf(std::uint64_t pair) const;

 private:
  const PairLayout layout_;
  MemoryCharge charge_;
  std::vector<Bucket> buckets_;
};

}  // namespace tallystick::matcher
