#include "matcher/linkage/internal/compared_side.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "matcher/linkage/internal/dice_tile.h"

namespace tallystick::matcher {
namespace {

constexpr std::align_val_t kAlignment{64};

std::size_t Places(std::size_t row_count) {
  return (row_count + kGroupRows - 1) / kGroupRows * kGroupRows;
}

std::size_t RowBytes(const EncodedRows& rows) { return rows.bits / 8; }

}  // namespace

AlignedWords::AlignedWords(std::size_t size)
    : words_(static_cast<std::uint64_t*>(
          ::operator new(std::max<std::size_t>(size, 1) * sizeof(std::uint64_t), kAlignment))) {
  std::memset(words_.get(), 0, size * sizeof(std::uint64_t));
}

void AlignedWords::Free::operator()(std::uint64_t* words) const {
  ::operator delete(words, kAlignment);
}

ComparedSide::ComparedSide(const EncodedRows& rows, SideLayout layout, const BitMover* mover)
    : layout_(layout),
      words_(rows.bits / 64),
      order_(rows.bytes.size() / RowBytes(rows)),
      counts_(Places(order_.size())),
      fewest_(counts_.size() / kGroupRows),
      bits_(counts_.size() * words_) {
  std::vector<std::uint64_t> row(words_);
  const auto load = [&](std::size_t r) {
    std::memcpy(row.data(), rows.bytes.data() + r * RowBytes(rows), RowBytes(rows));
  };
  // A counting sort: stable, so that rows of equal counts keep their order.
  std::vector<std::uint32_t> count_of(order_.size());
  std::vector<std::size_t> start(rows.bits + 2, 0);
  for (std::size_t r = 0; r < order_.size(); ++r) {
    load(r);
    for (const std::uint64_t w : row) count_of[r] += static_cast<std::uint32_t>(std::popcount(w));
    ++start[count_of[r] + 1];
  }
  for (std::size_t i = 1; i < start.size(); ++i) start[i] += start[i - 1];
  for (std::size_t r = 0; r < order_.size(); ++r) {
    const std::size_t place = start[count_of[r]]++;
    order_[place] = static_cast<std::uint32_t>(r);
    counts_[place] = count_of[r];
  }
  for (std::size_t place = 0; place < order_.size(); ++place) {
    load(order_[place]);
    if (mover != nullptr) mover->Move(row);
    if (layout == SideLayout::kRows) {
      std::copy(row.begin(), row.end(), bits_.data() + place * words_);
      continue;
    }
    std::uint64_t* group = bits_.data() + place / kGroupRows * words_ * kGroupRows;
    for (std::size_t w = 0; w < words_; ++w) group[w * kGroupRows + place % kGroupRows] = row[w];
  }
  for (std::size_t g = 0; g < fewest_.size(); ++g) fewest_[g] = counts_[g * kGroupRows];
}

std::uint64_t ComparedSide::word(std::size_t place, std::size_t word) const {
  if (layout_ == SideLayout::kRows) return bits_.data()[place * words_ + word];
  return bits_.data()[(place / kGroupRows * words_ + word) * kGroupRows + place % kGroupRows];
}

AlignedWords ComparedSide::Rest(std::size_t checkpoint) const {
  AlignedWords rest(counts_.size());
  for (std::size_t place = 0; place < order_.size(); ++place) {
    for (std::size_t w = checkpoint; w < words_; ++w) {
      rest.data()[place] += static_cast<std::uint64_t>(std::popcount(word(place, w)));
    }
  }
  return rest;
}

std::size_t ComparedSide::FirstWith(std::uint32_t count) const {
  const auto end = counts_.begin() + static_cast<std::ptrdiff_t>(order_.size());
  return static_cast<std::size_t>(std::lower_bound(counts_.begin(), end, count) - counts_.begin());
}

}  // namespace tallystick::matcher
