#include "matcher/linkage/internal/key_join.h"

#include <algorithm>
#include <utility>

#include "matcher/linkage/internal/token_order.h"

namespace tallystick::matcher {
namespace {

Error TooManyCandidates(unsigned key) {
  return Error(Code::kExhausted, "linkage.too-many-candidates",
               "too many pairs of rows share a token for the memory linkage may take")
      .With("key", key + 1);
}

// First index from `i` on whose token differs from the one at `i`.
std::size_t RunEnd(std::span<const Token> tokens, std::size_t i) {
  const Token* const data = tokens.data();
  const std::size_t count = tokens.size();
  std::size_t end = i + 1;
  while (end < count && SameToken(data[end], data[i])) ++end;
  return end;
}

// One side of the join: its current segment and the frequent runs met so far.
class JoinSide {
 public:
  JoinSide(const TokenColumn& column, ColumnSide side, TokenRange range,
           const Cancellation& cancellation, std::uint32_t max_token_rows, MemoryCharge& charge)
      : cursor_(column, std::move(side), range, cancellation),
        max_token_rows_(max_token_rows),
        charge_(charge) {}

  const Segment& segment() const { return segment_; }
  const BlocksRead& blocks_read() const { return cursor_.blocks_read(); }
  std::vector<FrequentRun> TakeFrequent() {
    std::sort(frequent_.begin(), frequent_.end(),
              [](const FrequentRun& a, const FrequentRun& b) { return a.token < b.token; });
    return std::move(frequent_);
  }

  // False at the end, with the segment empty.
  Result<bool> Advance() {
    segment_ = {};
    TS_ASSIGN_OR_RETURN(const bool more, cursor_.Next(segment_));
    if (more && !CollectFrequent()) {
      return Error(Code::kExhausted, "linkage.too-many-candidates",
                   "too many rows carry the same token for the memory linkage may take");
    }
    return more;
  }

  // All rows of the run at `i`, once each or more often.
  std::span<const std::uint32_t> RowsOfRun(std::size_t i, std::size_t run_end) const {
    return segment_.one_run() ? segment_.rows : segment_.rows.subspan(i, run_end - i);
  }

  bool TooFrequent(std::span<const std::uint32_t> rows) const {
    return rows.size() > max_token_rows_ && DistinctRows(rows) > max_token_rows_;
  }

  bool AddFrequent(const Token& token, std::span<const std::uint32_t> rows) {
    if (!charge_.Add(rows.size_bytes() + sizeof(FrequentRun))) return false;
    FrequentRun run{token, {rows.begin(), rows.end()}};
    run.rows.erase(std::unique(run.rows.begin(), run.rows.end()), run.rows.end());
    frequent_.push_back(std::move(run));
    return true;
  }

 private:
  static std::size_t DistinctRows(std::span<const std::uint32_t> rows) {
    std::size_t count = rows.empty() ? 0 : 1;
    for (std::size_t i = 1; i < rows.size(); ++i) count += rows[i] != rows[i - 1] ? 1 : 0;
    return count;
  }

  // Keeps the segment's runs that are too frequent, whether or not the other side has them. A run
  // longer than the limit covers two neighbouring multiples of half the limit, so nearly all
  // entries need no look.
  bool CollectFrequent() {
    const std::span<const Token> tokens = segment_.tokens;
    if (segment_.one_run()) {
      return !TooFrequent(segment_.rows) || AddFrequent(tokens[0], segment_.rows);
    }
    const std::size_t step = std::max<std::size_t>(1, max_token_rows_ / 2);
    for (std::size_t i = 0; i + step < tokens.size();) {
      if (!SameToken(tokens[i], tokens[i + step])) {
        i += step;
        continue;
      }
      std::size_t begin = i;
      while (begin > 0 && SameToken(tokens[begin - 1], tokens[i])) --begin;
      const std::size_t end = RunEnd(tokens, i);
      const auto rows = segment_.rows.subspan(begin, end - begin);
      if (TooFrequent(rows) && !AddFrequent(tokens[i], rows)) return false;
      i = (end + step - 1) / step * step;
    }
    return true;
  }

  ColumnCursor cursor_;
  const std::size_t max_token_rows_;
  MemoryCharge& charge_;
  Segment segment_;
  std::vector<FrequentRun> frequent_;
};

class Join {
 public:
  Join(JoinSide& left, JoinSide& right, unsigned key, const PairLayout& layout, PairList& out)
      : left_(left), right_(right), key_(key), layout_(layout), out_(out) {}

  Status Run() {
    TS_ASSIGN_OR_RETURN(bool more_left, left_.Advance());
    TS_ASSIGN_OR_RETURN(bool more_right, right_.Advance());
    std::size_t i = 0;
    std::size_t j = 0;
    while (more_left && more_right) {
      if (!MergeSegments(i, j)) return TooManyCandidates(key_);
      if (i == left_.segment().tokens.size()) {
        i = 0;
        TS_ASSIGN_OR_RETURN(more_left, left_.Advance());
      }
      if (j == right_.segment().tokens.size()) {
        j = 0;
        TS_ASSIGN_OR_RETURN(more_right, right_.Advance());
      }
    }
    // What is left over joins nothing, but is checked, and its frequent tokens are counted.
    while (more_left) {
      TS_ASSIGN_OR_RETURN(more_left, left_.Advance());
    }
    while (more_right) {
      TS_ASSIGN_OR_RETURN(more_right, right_.Advance());
    }
    return Ok();
  }

 private:
  // Advances until a segment is used up. False when the budget is.
  bool MergeSegments(std::size_t& left_at, std::size_t& right_at) {
    const std::span<const Token> left_tokens = left_.segment().tokens;
    const std::span<const Token> right_tokens = right_.segment().tokens;
    const Token* const a = left_tokens.data();
    const Token* const b = right_tokens.data();
    const std::size_t left_end = left_tokens.size();
    const std::size_t right_end = right_tokens.size();
    std::size_t i = left_at;
    std::size_t j = right_at;
    bool within_budget = true;
    while (i < left_end && j < right_end) {
      const std::uint64_t x = TokenPrefix(a[i]);
      const std::uint64_t y = TokenPrefix(b[j]);
      if (x != y) {  // which side is behind is a coin flip: no branch on it
        i += x < y ? 1 : 0;
        j += y < x ? 1 : 0;
        continue;
      }
      const std::uint64_t x_rest = TokenRest(a[i]);
      const std::uint64_t y_rest = TokenRest(b[j]);
      if (x_rest != y_rest) {
        i += x_rest < y_rest ? 1 : 0;
        j += y_rest < x_rest ? 1 : 0;
        continue;
      }
      const std::size_t i_end = RunEnd(left_tokens, i);
      const std::size_t j_end = RunEnd(right_tokens, j);
      if (!EmitRun(a[i], left_.RowsOfRun(i, i_end), right_.RowsOfRun(j, j_end))) {
        within_budget = false;
        break;
      }
      i = i_end;
      j = j_end;
    }
    left_at = i;
    right_at = j;
    return within_budget;
  }

  bool EmitRun(const Token& token, std::span<const std::uint32_t> left_rows,
               std::span<const std::uint32_t> right_rows) {
    const bool left_frequent = left_.TooFrequent(left_rows);
    const bool right_frequent = right_.TooFrequent(right_rows);
    if (left_frequent || right_frequent) {  // the frequent side has collected its run already
      return (left_frequent || left_.AddFrequent(token, left_rows)) &&
             (right_frequent || right_.AddFrequent(token, right_rows));
    }
    for (const std::uint32_t left : left_rows) {
      for (const std::uint32_t right : right_rows) {
        if (!out_.Add(layout_.Pack(left, right, key_))) return false;
      }
    }
    return true;
  }

  JoinSide& left_;
  JoinSide& right_;
  const unsigned key_;
  const PairLayout& layout_;
  PairList& out_;
};

}  // namespace

Result<KeyJoin> JoinKey(const LadderInput& input, const LadderOptions& options,
                        const KeyJoinPart& part, const PairLayout& layout, MemoryBudget& budget,
                        const Cancellation& cancellation) {
  const LadderKey& columns = input.keys[part.key];
  KeyJoin result(budget);
  JoinSide left(*columns.left, {Name("left"), part.key + 1, input.left_row_count}, part.range,
                cancellation, options.max_token_rows, result.frequent_charge);
  JoinSide right(*columns.right, {Name("right"), part.key + 1, input.right_row_count}, part.range,
                 cancellation, options.max_token_rows, result.frequent_charge);
  PairList list(budget);
  TS_RETURN_IF_ERROR(Join(left, right, part.key, layout, list).Run());
  if (!IntoBuckets(list, layout, result.pairs)) return TooManyCandidates(part.key);
  result.frequent_left = left.TakeFrequent();
  result.frequent_right = right.TakeFrequent();
  result.left_blocks = left.blocks_read();
  result.right_blocks = right.blocks_read();
  return result;
}

}  // namespace tallystick::matcher
