// RenderedTable is a table as released: every combination of values and `ALL`, each cell a count or
// suppressed. Its bytes are what the audit reads, what is signed and what readers verify.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agreements/table_shape.h"
#include "base/bytes.h"
#include "base/result.h"

namespace tallystick::agreements {

// Cell is a published count or suppressed. A suppressed cell has no number: it is not a zero.
class Cell {
 public:
  static Cell Published(std::uint64_t count) { return Cell(count); }
  static Cell Suppressed() { return Cell(std::nullopt); }

  bool is_suppressed() const { return !count_.has_value(); }
  // REQUIRES: not suppressed (checked, aborts).
  std::uint64_t count() const;

  friend bool operator==(const Cell&, const Cell&) = default;

 private:
  explicit Cell(std::optional<std::uint64_t> count) : count_(count) {}

  std::optional<std::uint64_t> count_;
};

// Thread safety: immutable.
class RenderedTable {
 public:
  static constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 48;

  // Fails with kInvalidArgument "table.cells" when the number of cells is not the shape's or a
  // count is above kMaxCount.
  static Result<RenderedTable> Create(TableShape shape, std::vector<Cell> cells);

  const TableShape& shape() const { return shape_; }
  const std::vector<Cell>& cells() const { return cells_; }
  const Cell& operator[](std::size_t cell) const { return cells_[cell]; }
  // Indexes of the suppressed cells, ascending: the order of values in a witness.
  const std::vector<std::size_t>& suppressed() const { return suppressed_; }

  // One encoding per table: magic "TSR1", cohort, dimensions, then per cell 0 or 1 and the count.
  Bytes Encode() const;
  // Fails with kInvalidArgument "table.encoding" on anything Encode() does not write.
  static Result<RenderedTable> Decode(ByteView bytes);

 private:
  RenderedTable(TableShape shape, std::vector<Cell> cells);

  TableShape shape_;
  std::vector<Cell> cells_;
  std::vector<std::size_t> suppressed_;
};

}  // namespace tallystick::agreements
