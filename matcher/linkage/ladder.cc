#include "matcher/linkage/ladder.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include "base/check.h"
#include "matcher/linkage/internal/candidate_table.h"
#include "matcher/linkage/internal/column_cursor.h"
#include "matcher/linkage/internal/frequent_tokens.h"
#include "matcher/linkage/internal/key_join.h"
#include "matcher/linkage/internal/memory_budget.h"
#include "matcher/linkage/internal/passes.h"
#include "matcher/linkage/parallel.h"

namespace tallystick::matcher {
namespace {

std::uint32_t BlockCount(const LadderKey& key) {
  return std::max(key.left->block_count(), key.right->block_count());
}

// The plan: each key in as many ranges of tokens as keep the threads busy; not more, because
// neighbouring ranges both read the block in which they meet.
std::vector<KeyJoinPart> MakePlan(const LadderInput& input, unsigned thread_count) {
  const auto key_count = static_cast<unsigned>(input.keys.size());
  const unsigned wanted = thread_count == 1 ? 1 : (2 * thread_count + key_count - 1) / key_count;
  std::vector<KeyJoinPart> plan;
  for (unsigned key = 0; key < key_count; ++key) {
    const unsigned ranges = std::clamp(BlockCount(input.keys[key]) / 2, 1U, wanted);
    const std::uint64_t width = std::numeric_limits<std::uint64_t>::max() / ranges;
    for (unsigned i = 0; i < ranges; ++i) {
      KeyJoinPart part{key, {i * width, (i + 1) * width - 1}};
      if (i + 1 == ranges) part.range.last = std::numeric_limits<std::uint64_t>::max();
      plan.push_back(part);
    }
  }
  return plan;
}

// CheckWhole checks that cursors over neighbouring ranges of a column together read all of it, in
// order. In a sorted column they do; in another the search for a range's beginning goes astray.
Status CheckWhole(const TokenColumn& column, const ColumnSide& side,
                  const std::vector<const BlocksRead*>& ranges) {
  if (column.block_count() == 0) return Ok();
  if (ranges.front()->first != 0 || ranges.back()->end != column.block_count()) {
    return UnsortedColumn(side, 0);
  }
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    const BlocksRead& before = *ranges[i - 1];
    const BlocksRead& after = *ranges[i];
    if (after.first > before.end ||
        (after.first == before.end && after.first_entry < before.last_entry)) {
      return UnsortedColumn(side, after.first);
    }
  }
  return Ok();
}

// LadderRun is one call of LinkLadder.
class LadderRun {
 public:
  LadderRun(const LadderInput& input, const LadderOptions& options, std::stop_token stop)
      : input_(input),
        options_(options),
        thread_count_(ThreadCount(options.thread_count)),
        budget_(options.memory_bytes),
        layout_(input.left_row_count, input.right_row_count),
        table_(layout_, budget_),
        plan_(MakePlan(input, thread_count_)),
        joins_(plan_.size()),
        errors_(plan_.size()) {
    cancellation_.stop = std::move(stop);
  }

  Result<Linkage> Run() {
    MemoryCharge rows(budget_);
    if (!rows.Add(LadderPasses::RowBytes(input_))) {
      return Error(Code::kExhausted, "linkage.too-many-rows",
                   "the submissions have too many rows for the memory linkage may take")
          .With("left", input_.left_row_count)
          .With("right", input_.right_row_count);
    }
    RunJoins();
    // Of several errors the first in the plan; a part that was told to stop is not the cause.
    std::optional<Error> stopped;
    for (std::optional<Error>& error : errors_) {
      if (!error) continue;
      if (error->id() != "linkage.cancelled") return *std::move(error);
      stopped = std::move(error);
    }
    if (stopped) return *std::move(stopped);
    TS_RETURN_IF_ERROR(CheckColumns());
    if (!table_.Fold(std::exchange(pending_, {}), thread_count_, budget_)) return TooMany();
    const std::vector<FrequentTokens> frequent = CollectFrequent();
    return LadderPasses(input_, options_, table_, frequent, budget_).Run(cancellation_.stop);
  }

 private:
  static Error TooMany() {
    return Error(Code::kExhausted, "linkage.too-many-candidates",
                 "too many pairs of rows share a token for the memory linkage may take");
  }

  void RunJoins() {
    // The largest first, so that no thread is left alone with one at the end.
    std::vector<std::size_t> order(plan_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return BlockCount(input_.keys[plan_[a].key]) > BlockCount(input_.keys[plan_[b].key]);
    });
    ForEachTask(thread_count_, order.size(), [&](std::size_t task) {
      const std::size_t part = order[task];
      if (Status status = RunPart(part); !status.ok()) {
        cancellation_.failed = true;
        errors_[part] = std::move(status).error();
      }
    });
  }

  Status RunPart(std::size_t part) {
    TS_ASSIGN_OR_RETURN(KeyJoin join,
                        JoinKey(input_, options_, plan_[part], layout_, budget_, cancellation_));
    std::vector<BucketedPairs> batch;
    {
      const std::lock_guard lock(pending_mutex_);
      pending_count_ += join.pairs.size();
      pending_.push_back(std::move(join.pairs));
      joins_[part].emplace(std::move(join));
      // Folding now and then keeps what is pending small beside the table, in which each pair
      // stands once.
      if (pending_count_ * sizeof(std::uint64_t) > options_.memory_bytes / 8) {
        batch = std::exchange(pending_, {});
        pending_count_ = 0;
      }
    }
    if (batch.empty()) return Ok();
    const std::lock_guard lock(fold_mutex_);
    if (!table_.Fold(std::move(batch), 1, budget_)) return TooMany();
    return Ok();
  }

  Status CheckColumns() const {
    for (std::uint32_t key = 0; key < input_.keys.size(); ++key) {
      std::vector<const BlocksRead*> left;
      std::vector<const BlocksRead*> right;
      for (std::size_t part = 0; part < plan_.size(); ++part) {
        if (plan_[part].key != key) continue;
        left.push_back(&joins_[part]->left_blocks);
        right.push_back(&joins_[part]->right_blocks);
      }
      TS_RETURN_IF_ERROR(
          CheckWhole(*input_.keys[key].left, {Name("left"), key + 1, input_.left_row_count}, left));
      TS_RETURN_IF_ERROR(CheckWhole(*input_.keys[key].right,
                                    {Name("right"), key + 1, input_.right_row_count}, right));
    }
    return Ok();
  }

  // A key's ranges ascend in the plan, so its frequent tokens come out sorted.
  std::vector<FrequentTokens> CollectFrequent() {
    std::vector<FrequentTokens> frequent;
    for (unsigned key = 0; key < input_.keys.size(); ++key) {
      std::vector<FrequentRun> left;
      std::vector<FrequentRun> right;
      for (std::size_t part = 0; part < plan_.size(); ++part) {
        if (plan_[part].key != key) continue;
        std::move(joins_[part]->frequent_left.begin(), joins_[part]->frequent_left.end(),
                  std::back_inserter(left));
        std::move(joins_[part]->frequent_right.begin(), joins_[part]->frequent_right.end(),
                  std::back_inserter(right));
      }
      frequent.emplace_back(std::move(left), std::move(right));
    }
    return frequent;
  }

  const LadderInput& input_;
  const LadderOptions& options_;
  const unsigned thread_count_;
  MemoryBudget budget_;  // before everything that holds a charge on it
  const PairLayout layout_;
  CandidateTable table_;
  const std::vector<KeyJoinPart> plan_;
  Cancellation cancellation_;
  std::vector<std::optional<KeyJoin>> joins_;  // without their pairs, which are pending
  std::vector<std::optional<Error>> errors_;   // by part
  std::mutex pending_mutex_;
  std::vector<BucketedPairs> pending_;
  std::uint64_t pending_count_ = 0;
  std::mutex fold_mutex_;  // guards table_ while parts run
};

}  // namespace

Result<Linkage> LinkLadder(const LadderInput& input, const LadderOptions& options,
                           std::stop_token stop) {
  TS_CHECK(!input.keys.empty() && input.keys.size() <= kMaxLadderKeys);
  TS_CHECK(options.max_token_rows > 0);
  if (input.left_row_count > kMaxLinkageRows || input.right_row_count > kMaxLinkageRows) {
    return Error(Code::kExhausted, "linkage.too-many-rows",
                 "the submissions have too many rows for linkage")
        .With("left", input.left_row_count)
        .With("right", input.right_row_count);
  }
  return LadderRun(input, options, std::move(stop)).Run();
}

}  // namespace tallystick::matcher
