#include "matcher/linkage/internal/column_cursor.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "matcher/linkage/internal/token_order.h"

namespace tallystick::matcher {
namespace {

std::size_t LowerBound(std::span<const Token> tokens, std::uint64_t prefix) {
  const auto at = std::partition_point(tokens.begin(), tokens.end(), [&](const Token& token) {
    return TokenPrefix(token) < prefix;
  });
  return static_cast<std::size_t>(at - tokens.begin());
}

std::size_t UpperBound(std::span<const Token> tokens, std::uint64_t prefix) {
  const auto at = std::partition_point(tokens.begin(), tokens.end(), [&](const Token& token) {
    return TokenPrefix(token) <= prefix;
  });
  return static_cast<std::size_t>(at - tokens.begin());
}

// Order is checked on the first halves, which differ in all honest entries but the few that repeat
// a token.
bool InOrder(const TokenBlock& entries) {
  const Token* const tokens = entries.tokens.data();
  const std::uint32_t* const rows = entries.rows.data();
  const std::size_t count = entries.tokens.size();
  std::uint64_t before = count == 0 ? 0 : TokenPrefix(tokens[0]);
  for (std::size_t i = 1; i < count; ++i) {
    const std::uint64_t prefix = TokenPrefix(tokens[i]);
    if (prefix > before) {
      before = prefix;
      continue;
    }
    if (prefix < before) return false;
    const std::uint64_t rest = TokenRest(tokens[i]);
    const std::uint64_t rest_before = TokenRest(tokens[i - 1]);
    if (rest < rest_before || (rest == rest_before && rows[i] < rows[i - 1])) return false;
  }
  return true;
}

bool RowsBelow(std::span<const std::uint32_t> rows, std::uint32_t row_count) {
  std::uint32_t highest = 0;
  for (const std::uint32_t row : rows) highest = std::max(highest, row);
  return rows.empty() || highest < row_count;
}

}  // namespace

Error UnsortedColumn(const ColumnSide& side, std::uint32_t block) {
  return Error(Code::kInvalidArgument, "linkage.unsorted-column", "a token column is not sorted")
      .With("side", side.side)
      .With("key", side.key)
      .With("block", block);
}

ColumnCursor::ColumnCursor(const TokenColumn& column, ColumnSide side, TokenRange range,
                           const Cancellation& cancellation)
    : column_(column), side_(std::move(side)), range_(range), cancellation_(cancellation) {}

Result<bool> ColumnCursor::Next(Segment& segment) {
  if (state_ == State::kStart) TS_RETURN_IF_ERROR(Start());
  while (state_ != State::kEnd) {
    if (state_ == State::kBlockDone) TS_RETURN_IF_ERROR(Load(*block_ + 1));
    state_ = State::kInBlock;

    if (!run_rows_.empty()) {
      std::size_t run_end = begin_;
      while (run_end < end_ && SameToken(entries_.tokens[run_end], run_token_)) ++run_end;
      AppendToRun(begin_, run_end);
      begin_ = run_end;
      if (begin_ == end_ && !RangeEndsInBlock()) {
        state_ = State::kBlockDone;
        continue;
      }
      handed_out_rows_.swap(run_rows_);
      run_rows_.clear();
      segment = {std::span(&run_token_, 1), handed_out_rows_};
      return true;
    }

    std::size_t whole_end = end_;
    if (RangeEndsInBlock()) {
      state_ = State::kEnd;
    } else {
      state_ = State::kBlockDone;
      if (begin_ < end_) {
        whole_end = end_ - 1;
        run_token_ = entries_.tokens[whole_end];
        while (whole_end > begin_ && SameToken(entries_.tokens[whole_end - 1], run_token_)) {
          --whole_end;
        }
        AppendToRun(whole_end, end_);
      }
    }
    if (begin_ < whole_end) {
      segment = {entries_.tokens.subspan(begin_, whole_end - begin_),
                 entries_.rows.subspan(begin_, whole_end - begin_)};
      return true;
    }
  }
  return false;
}

Status ColumnCursor::Start() {
  if (column_.block_count() == 0) {
    state_ = State::kEnd;
    return Ok();
  }
  TS_ASSIGN_OR_RETURN(const std::uint32_t block, FindFirstBlock());
  if (block_ != block) TS_RETURN_IF_ERROR(Load(block));
  blocks_read_ = {block, block + 1, FirstEntry(), LastEntry()};
  state_ = State::kInBlock;
  return Ok();
}

Result<std::uint32_t> ColumnCursor::FindFirstBlock() {
  if (range_.first == 0) return std::uint32_t{0};
  std::uint32_t low = 0;  // block 0, or one whose first token lies before the range
  std::uint32_t high = column_.block_count();
  // Tokens are uniform, so the place in the range of values says nearly which block it is; a column
  // that is not uniform costs a binary search.
  auto guess =
      static_cast<std::uint32_t>(static_cast<unsigned __int128>(range_.first) * high >> 64);
  for (int step = 0; high - low > 1; ++step) {
    if (step == 1) guess = block_ == low ? low + 1 : high - 1;
    if (step > 1) guess = low + (high - low) / 2;
    guess = std::clamp(guess, low + 1, high - 1);
    TS_RETURN_IF_ERROR(Load(guess));
    if (TokenPrefix(entries_.tokens.front()) >= range_.first) {
      high = guess;
    } else {
      low = guess;
      if (TokenPrefix(entries_.tokens.back()) >= range_.first) break;
    }
  }
  return low;
}

Status ColumnCursor::Load(std::uint32_t block) {
  if (cancellation_.requested()) {
    return Error(Code::kUnavailable, "linkage.cancelled", "linkage was cancelled");
  }
  const bool follows = state_ == State::kBlockDone;
  const Entry before = follows ? LastEntry() : Entry{};
  block_.reset();
  TS_ASSIGN_OR_RETURN(entries_, column_.ReadBlock(block, scratch_));
  TS_CHECK(entries_.tokens.size() == entries_.rows.size());
  TS_RETURN_IF_ERROR(CheckBlock(block));
  if (follows) {
    if (FirstEntry() < before) return UnsortedColumn(side_, block);
    blocks_read_.end = block + 1;
    blocks_read_.last_entry = LastEntry();
  }
  block_ = block;
  begin_ = LowerBound(entries_.tokens, range_.first);
  end_ = UpperBound(entries_.tokens, range_.last);
  return Ok();
}

Status ColumnCursor::CheckBlock(std::uint32_t block) const {
  if (entries_.tokens.empty() || !InOrder(entries_)) return UnsortedColumn(side_, block);
  if (!RowsBelow(entries_.rows, side_.row_count)) {
    return Error(Code::kInvalidArgument, "linkage.row-range",
                 "a token column names a row that its submission does not have")
        .With("side", side_.side)
        .With("key", side_.key)
        .With("block", block);
  }
  return Ok();
}

void ColumnCursor::AppendToRun(std::size_t begin, std::size_t end) {
  // Rows of a run ascend, so a row that repeats a token is found beside itself.
  for (std::size_t i = begin; i < end; ++i) {
    const std::uint32_t row = entries_.rows[i];
    if (run_rows_.empty() || run_rows_.back() != row) run_rows_.push_back(row);
  }
}

bool ColumnCursor::RangeEndsInBlock() const {
  return end_ < entries_.tokens.size() || *block_ + 1 == column_.block_count();
}

}  // namespace tallystick::matcher
