#include "matcher/linkage/internal/bit_order.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace tallystick::matcher {
namespace {

constexpr std::size_t kWordBits = 64;
constexpr std::size_t kHalfByteBits = 4;
constexpr std::size_t kHalfByteValues = 16;
constexpr std::size_t kSampleRows = 4096;

}  // namespace

std::vector<std::uint16_t> InformativeBitsFirst(const EncodedRows& rows) {
  const std::size_t row_bytes = rows.bits / 8;
  const std::size_t row_count = rows.bytes.size() / row_bytes;
  const std::size_t sample = std::min(row_count, kSampleRows);
  std::vector<std::size_t> set(rows.bits, 0);
  std::vector<std::uint64_t> row(rows.bits / kWordBits);
  for (std::size_t i = 0; i < sample; ++i) {
    std::memcpy(row.data(), rows.bytes.data() + row_count * i / sample * row_bytes, row_bytes);
    for (std::size_t b = 0; b < rows.bits; ++b) set[b] += row[b / kWordBits] >> b % kWordBits & 1;
  }
  const auto from_half = [&](std::uint16_t b) {
    return 2 * set[b] > sample ? 2 * set[b] - sample : sample - 2 * set[b];
  };
  std::vector<std::uint16_t> order(rows.bits);
  std::iota(order.begin(), order.end(), std::uint16_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint16_t a, std::uint16_t b) { return from_half(a) < from_half(b); });
  return order;
}

BitMover::BitMover(const std::vector<std::uint16_t>& order)
    : words_(order.size() / kWordBits),
      moved_(order.size() / kHalfByteBits * kHalfByteValues * words_) {
  for (std::size_t place = 0; place < order.size(); ++place) {
    const std::size_t half_byte = order[place] / kHalfByteBits;
    const std::size_t bit = order[place] % kHalfByteBits;
    for (std::size_t value = 0; value < kHalfByteValues; ++value) {
      const std::uint64_t one = value >> bit & 1;
      moved_[(half_byte * kHalfByteValues + value) * words_ + place / kWordBits] |=
          one << place % kWordBits;
    }
  }
}

void BitMover::Move(std::vector<std::uint64_t>& row) const {
  std::uint64_t out[kMaxComparedBits / kWordBits] = {};
  const std::uint64_t* half_byte = moved_.data();
  for (const std::uint64_t word : row) {
    for (std::size_t shift = 0; shift < kWordBits; shift += kHalfByteBits) {
      const std::uint64_t* moved = half_byte + (word >> shift & (kHalfByteValues - 1)) * words_;
      for (std::size_t w = 0; w < words_; ++w) out[w] |= moved[w];
      half_byte += kHalfByteValues * words_;
    }
  }
  std::copy(out, out + words_, row.begin());
}

}  // namespace tallystick::matcher
