#include "matcher/linkage/assignment.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "matcher/linkage/internal/optimal_assignment.h"

namespace tallystick::matcher {
namespace {

// A candidate with its rows numbered without gaps: left rows first, then right rows.
struct Edge {
  SimilarPair pair;
  std::uint32_t left = 0, right = 0;
  std::uint32_t component = 0;
};

bool GreedyOrder(const Edge& a, const Edge& b) {
  return std::tuple(b.pair.similarity, a.pair.left, a.pair.right) <
         std::tuple(a.pair.similarity, b.pair.left, b.pair.right);
}

// Disjoint sets whose representative is their least member, so that nothing hangs on the order of
// joining.
class Components {
 public:
  explicit Components(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), 0u);
  }

  std::uint32_t Find(std::uint32_t node) {
    while (parent_[node] != node) node = parent_[node] = parent_[parent_[node]];
    return node;
  }

  void Join(std::uint32_t a, std::uint32_t b) {
    a = Find(a);
    b = Find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> parent_;
};

// The rows of one side, sorted, each once.
std::vector<std::uint32_t> Distinct(std::vector<std::uint32_t> rows) {
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

std::uint32_t IndexOf(const std::vector<std::uint32_t>& sorted, std::uint32_t row) {
  return static_cast<std::uint32_t>(std::lower_bound(sorted.begin(), sorted.end(), row) -
                                    sorted.begin());
}

class Assigner {
 public:
  Assigner(std::span<const SimilarPair> candidates, const AssignmentOptions& options)
      : options_(options) {
    std::vector<std::uint32_t> lefts, rights;
    for (const SimilarPair& pair : candidates) {
      lefts.push_back(pair.left);
      rights.push_back(pair.right);
    }
    lefts = Distinct(std::move(lefts));
    rights = Distinct(std::move(rights));
    const auto left_count = static_cast<std::uint32_t>(lefts.size());
    Components components(lefts.size() + rights.size());
    for (const SimilarPair& pair : candidates) {
      edges_.push_back({pair, IndexOf(lefts, pair.left), left_count + IndexOf(rights, pair.right)});
      components.Join(edges_.back().left, edges_.back().right);
    }
    for (Edge& edge : edges_) edge.component = components.Find(edge.left);
    std::sort(edges_.begin(), edges_.end(), [](const Edge& a, const Edge& b) {
      return std::tuple(a.component, a.left, a.right) < std::tuple(b.component, b.left, b.right);
    });
    taken_.resize(lefts.size() + rights.size(), 0);
    FindRunnersUp();
  }

  Result<Assignment> Run(const std::stop_token& stop) {
    for (std::size_t i = 1; i < edges_.size(); ++i) {
      if (edges_[i].left == edges_[i - 1].left && edges_[i].right == edges_[i - 1].right) {
        return Error(Code::kInvalidArgument, "linkage.duplicate-pair",
                     "a candidate pair occurs twice");
      }
    }
    for (std::size_t begin = 0, end; begin < edges_.size(); begin = end) {
      if (stop.stop_requested()) {
        return Error(Code::kUnavailable, "linkage.cancelled", "the assignment was cancelled");
      }
      end = begin + 1;
      while (end < edges_.size() && edges_[end].component == edges_[begin].component) ++end;
      AssignComponent(std::span(edges_).subspan(begin, end - begin));
    }
    const auto by_left = [](const SimilarPair& a, const SimilarPair& b) { return a.left < b.left; };
    std::sort(out_.pairs.begin(), out_.pairs.end(), by_left);
    std::sort(out_.ambiguous.begin(), out_.ambiguous.end(), by_left);
    return std::move(out_);
  }

 private:
  struct TwoBest {
    Similarity best = 0, second = 0;
  };

  void FindRunnersUp() {
    if (options_.margin == 0) return;
    best_.resize(taken_.size());
    for (const Edge& edge : edges_) {
      for (const std::uint32_t node : {edge.left, edge.right}) {
        TwoBest& best = best_[node];
        const Similarity similarity = edge.pair.similarity;
        if (similarity > best.best) {
          best.second = std::exchange(best.best, similarity);
        } else {
          best.second = std::max(best.second, similarity);
        }
      }
    }
  }

  // Whether a row of the edge has another candidate within the margin. Where the edge is itself the
  // row's best, that other is the second.
  bool IsAmbiguous(const Edge& edge) const {
    if (options_.margin == 0) return false;
    for (const std::uint32_t node : {edge.left, edge.right}) {
      const TwoBest& best = best_[node];
      const Similarity other = best.best == edge.pair.similarity ? best.second : best.best;
      if (other != 0 && std::uint64_t{other} + options_.margin > edge.pair.similarity) return true;
    }
    return false;
  }

  void Take(const Edge& edge) {
    taken_[edge.left] = taken_[edge.right] = 1;
    (IsAmbiguous(edge) ? out_.ambiguous : out_.pairs).push_back(edge.pair);
  }

  void AssignComponent(std::span<Edge> edges) {
    ++out_.component_count;
    if (edges.size() == 1) return Take(edges[0]);
    std::vector<std::uint32_t> lefts, rights;
    for (const Edge& edge : edges) {
      lefts.push_back(edge.left);
      rights.push_back(edge.right);
    }
    lefts = Distinct(std::move(lefts));
    rights = Distinct(std::move(rights));
    // Of a star the best pair is optimal, and of a component that is too large good enough.
    const bool star = lefts.size() == 1 || rights.size() == 1;
    if (star || lefts.size() + rights.size() > options_.largest_optimal_rows) {
      out_.greedy_component_count += star ? 0 : 1;
      std::sort(edges.begin(), edges.end(), GreedyOrder);
      for (const Edge& edge : edges) {
        if (taken_[edge.left] == 0 && taken_[edge.right] == 0) Take(edge);
      }
      return;
    }
    AssignOptimally(edges, lefts, rights);
  }

  void AssignOptimally(std::span<const Edge> edges, const std::vector<std::uint32_t>& lefts,
                       const std::vector<std::uint32_t>& rights) {
    // The matrix has the smaller side as rows. `edge_at` holds the edge's index + 1.
    const bool left_rows = lefts.size() <= rights.size();
    const std::size_t row_count = std::min(lefts.size(), rights.size());
    const std::size_t column_count = std::max(lefts.size(), rights.size());
    std::vector<std::uint32_t> weights(row_count * column_count, 0);
    std::vector<std::size_t> edge_at(row_count * column_count, 0);
    for (std::size_t i = 0; i < edges.size(); ++i) {
      const std::size_t l = IndexOf(lefts, edges[i].left);
      const std::size_t r = IndexOf(rights, edges[i].right);
      const std::size_t at = left_rows ? l * column_count + r : r * column_count + l;
      weights[at] = edges[i].pair.similarity;
      edge_at[at] = i + 1;
    }
    const auto columns = OptimalAssignment(weights, row_count, column_count);
    for (std::size_t row = 0; row < row_count; ++row) {
      const std::size_t edge = edge_at[row * column_count + columns[row]];
      if (edge != 0) Take(edges[edge - 1]);
    }
  }

  const AssignmentOptions& options_;
  std::vector<Edge> edges_;
  std::vector<char> taken_;    // by node
  std::vector<TwoBest> best_;  // by node; empty without a margin
  Assignment out_;
};

}  // namespace

Result<Assignment> AssignOneToOne(std::span<const SimilarPair> candidates,
                                  const AssignmentOptions& options, std::stop_token stop) {
  return Assigner(candidates, options).Run(stop);
}

}  // namespace tallystick::matcher
