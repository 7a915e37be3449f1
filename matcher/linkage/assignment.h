// Which of the similar pairs are links: one-to-one.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "matcher/linkage/similarity.h"

namespace tallystick::matcher {

struct AssignmentOptions {
  // A component of more rows, both sides together, is assigned greedily. Of n rows an optimal
  // assignment takes about n^3 / 8 steps: 2 ms for 256.
  std::uint32_t largest_optimal_rows = 256;
  // A pair is ambiguous when one of its rows has another candidate whose similarity is above the
  // pair's less this margin. 0: none is. 1 (2^-30) asks that each row be the other's strictly best.
  Similarity margin = 0;
};

// Assignment is one-to-one over `pairs` and `ambiguous` together.
struct Assignment {
  std::vector<SimilarPair> pairs;      // sorted by left
  std::vector<SimilarPair> ambiguous;  // assigned, but within the margin; sorted by left
  std::uint64_t component_count = 0;
  std::uint64_t greedy_component_count = 0;  // that were too large for an optimal assignment

  friend bool operator==(const Assignment&, const Assignment&) = default;
};

// AssignOneToOne chooses pairs from `candidates`, no two with a row in common.
//
// Rows that candidates connect form a component. In one of up to largest_optimal_rows rows the sum
// of similarities is the largest there is (Kuhn 1955, in the form of Jonker and Volgenant 1987, by
// shortest augmenting paths). In a larger one pairs are taken by falling similarity, of equal ones
// by left, then right row. Which of several optimal assignments is chosen depends on the set of
// candidates alone, not on their order.
//
// Fails with kInvalidArgument "linkage.duplicate-pair" when a pair occurs twice, and with
// kUnavailable "linkage.cancelled" once `stop` is requested (noticed between components).
// Memory: about 60 bytes a candidate. Cost: n log n in the candidates, and the components'.
Result<Assignment> AssignOneToOne(std::span<const SimilarPair> candidates,
                                  const AssignmentOptions& options = {}, std::stop_token stop = {});

}  // namespace tallystick::matcher
