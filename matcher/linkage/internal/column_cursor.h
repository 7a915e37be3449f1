// Walking one side of a join: checked blocks in, whole runs of equal tokens out.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/result.h"
#include "matcher/linkage/token_column.h"

namespace tallystick::matcher {

// TokenRange is the tokens whose prefix is first..last, both included.
struct TokenRange {
  std::uint64_t first = 0;
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
};

// Segment is consecutive entries in which every run of equal tokens is complete. A run that lay
// across blocks comes as a segment of its own, with its token once and all its rows.
struct Segment {
  std::span<const Token> tokens;
  std::span<const std::uint32_t> rows;

  bool one_run() const { return tokens.size() == 1; }
};

// Entry is one entry of a column.
struct Entry {
  Token token{};
  std::uint32_t row = 0;

  friend auto operator<=>(const Entry&, const Entry&) = default;
};

// BlocksRead is which blocks a cursor read, and the entries at their outer ends: cursors over
// neighbouring ranges must together have read every block, in order.
struct BlocksRead {
  std::uint32_t first = 0;
  std::uint32_t end = 0;  // one past the last; first == end: none
  Entry first_entry;
  Entry last_entry;
};

// Cancellation is why a part stops early: the caller asked, or another part failed.
struct Cancellation {
  std::stop_token stop;
  std::atomic<bool> failed = false;

  bool requested() const { return failed.load(std::memory_order_relaxed) || stop.stop_requested(); }
};

// ColumnSide names the column in errors and bounds its rows.
struct ColumnSide {
  Name side;
  std::uint32_t key = 0;  // position in the ladder, from 1
  std::uint32_t row_count = 0;
};

Error UnsortedColumn(const ColumnSide& side, std::uint32_t block);

// ColumnCursor yields the segments of the tokens in `range`. It checks each block it reads: order,
// also against the block before it, and rows. It reads every block that holds a token of the range,
// and for a range that begins within the column a few more to find the place.
//
// Thread safety: none.
class ColumnCursor {
 public:
  ColumnCursor(const TokenColumn& column, ColumnSide side, TokenRange range,
               const Cancellation& cancellation);

  // Next returns false at the end. The segment is valid until the next call.
  // Fails as LinkLadder does.
  Result<bool> Next(Segment& segment);

  const BlocksRead& blocks_read() const { return blocks_read_; }

 private:
  enum class State { kStart, kInBlock, kBlockDone, kEnd };

  Status Start();
  // Makes `block` current and sets begin_ and end_ to its entries of the range.
  Status Load(std::uint32_t block);
  Status CheckBlock(std::uint32_t block) const;
  // The last block whose first token lies before the range, which may hold its first token.
  Result<std::uint32_t> FindFirstBlock();
  void AppendToRun(std::size_t begin, std::size_t end);
  bool RangeEndsInBlock() const;
  Entry FirstEntry() const { return {entries_.tokens.front(), entries_.rows.front()}; }
  Entry LastEntry() const { return {entries_.tokens.back(), entries_.rows.back()}; }

  const TokenColumn& column_;
  const ColumnSide side_;
  const TokenRange range_;
  const Cancellation& cancellation_;

  State state_ = State::kStart;
  std::optional<std::uint32_t> block_;
  Bytes scratch_;
  TokenBlock entries_;
  std::size_t begin_ = 0;  // entries of the block in the range and not yet handed out
  std::size_t end_ = 0;

  // The run at the end of the block before, still open; empty when there is none.
  Token run_token_{};
  std::vector<std::uint32_t> run_rows_;
  std::vector<std::uint32_t> handed_out_rows_;
  BlocksRead blocks_read_;
};

}  // namespace tallystick::matcher
