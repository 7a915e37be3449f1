#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"

namespace tallystick::matcher {

// RowBitmap is a set of a submission's rows: those that pass a filter.
//
// Thread safety: const methods from any thread.
class RowBitmap {
 public:
  // No rows.
  explicit RowBitmap(std::uint32_t row_count)
      : row_count_(row_count), words_((std::size_t{row_count} + 63) / 64, 0) {}

  // The rows whose ordinal is one of `accepted`.
  static RowBitmap Where(std::span<const std::uint16_t> ordinals,
                         std::span<const std::uint16_t> accepted);

  void Add(std::uint32_t row) {
    TS_CHECK(row < row_count_);
    words_[row / 64] |= std::uint64_t{1} << (row % 64);
  }
  // Keeps the rows that are in `other` too. REQUIRES: the same row_count().
  void IntersectWith(const RowBitmap& other);

  // REQUIRES: row < row_count(); not checked, it is an inner loop.
  bool Has(std::uint32_t row) const { return (words_.data()[row / 64] >> (row % 64) & 1) != 0; }
  std::uint32_t row_count() const { return row_count_; }
  std::uint64_t Count() const;

 private:
  std::uint32_t row_count_;
  std::vector<std::uint64_t> words_;
};

}  // namespace tallystick::matcher
