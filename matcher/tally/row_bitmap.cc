#include "matcher/tally/row_bitmap.h"

#include <bit>
#include <limits>

namespace tallystick::matcher {

RowBitmap RowBitmap::Where(std::span<const std::uint16_t> ordinals,
                           std::span<const std::uint16_t> accepted) {
  TS_CHECK(ordinals.size() <= std::numeric_limits<std::uint32_t>::max());
  std::vector<std::uint8_t> is_accepted(1U << 16, 0);
  for (const std::uint16_t ordinal : accepted) is_accepted[ordinal] = 1;
  RowBitmap rows(static_cast<std::uint32_t>(ordinals.size()));
  const std::uint8_t* const table = is_accepted.data();
  std::uint64_t* const words = rows.words_.data();
  const std::uint16_t* const values = ordinals.data();
  for (std::size_t row = 0; row < ordinals.size(); ++row) {
    words[row / 64] |= std::uint64_t{table[values[row]]} << (row % 64);
  }
  return rows;
}

void RowBitmap::IntersectWith(const RowBitmap& other) {
  TS_CHECK(row_count_ == other.row_count_);
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
}

std::uint64_t RowBitmap::Count() const {
  std::uint64_t count = 0;
  for (const std::uint64_t word : words_) count += static_cast<unsigned>(std::popcount(word));
  return count;
}

}  // namespace tallystick::matcher
