#include "matcher/linkage/internal/dice_tile.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#include <algorithm>

namespace tallystick::matcher {
namespace {

constexpr std::size_t kPairs = kGroupRows / 2;  // vectors of two rows that make a group
constexpr std::size_t kWordsPerSum = 16;        // byte counts of so many words stay below 256

void Count(const std::uint64_t* left, const std::uint64_t* group, std::size_t begin,
           std::size_t end, uint64x2_t sums[kPairs]) {
  while (begin < end) {
    const std::size_t stop = std::min(end, begin + kWordsPerSum);
    uint8x16_t bytes[kPairs] = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)};
    for (; begin < stop; ++begin) {
      const uint64x2_t word = vdupq_n_u64(left[begin]);
      for (std::size_t p = 0; p < kPairs; ++p) {
        const uint64x2_t right = vld1q_u64(group + begin * kGroupRows + 2 * p);
        bytes[p] = vaddq_u8(bytes[p], vcntq_u8(vreinterpretq_u8_u64(vandq_u64(word, right))));
      }
    }
    for (std::size_t p = 0; p < kPairs; ++p) {
      sums[p] = vaddq_u64(sums[p], vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(bytes[p]))));
    }
  }
}

unsigned AtLeast(const uint64x2_t counts[kPairs], std::uint64_t needed) {
  unsigned lanes = 0;
  for (std::size_t p = 0; p < kPairs; ++p) {
    const uint64x2_t enough = vcgeq_u64(counts[p], vdupq_n_u64(needed));
    lanes |= static_cast<unsigned>(vgetq_lane_u64(enough, 0) & 1) << (2 * p);
    lanes |= static_cast<unsigned>(vgetq_lane_u64(enough, 1) & 1) << (2 * p + 1);
  }
  return lanes;
}

}  // namespace

std::size_t FindInTileNeon(const DiceTile& tile, TileHit* hits) {
  std::size_t hit_count = 0;
  for (std::size_t g = tile.group_begin; g < tile.group_end; ++g) {
    const std::uint64_t* group = tile.right + g * tile.words * kGroupRows;
    for (std::size_t row = 0; row < kTileRows; ++row) {
      const std::uint64_t* left = tile.left + row * tile.words;
      const std::uint64_t needed = tile.fewest_common[tile.left_count[row] + tile.right_fewest[g]];
      const uint64x2_t zero = vdupq_n_u64(0);
      uint64x2_t counts[kPairs] = {zero, zero, zero, zero};
      Count(left, group, 0, tile.checkpoint, counts);
      if (tile.checkpoint < tile.words) {
        uint64x2_t most[kPairs];
        const uint32x4_t left_rest = vreinterpretq_u32_u64(vdupq_n_u64(tile.left_rest[row]));
        for (std::size_t p = 0; p < kPairs; ++p) {
          const uint64x2_t rest = vld1q_u64(tile.right_rest + g * kGroupRows + 2 * p);
          most[p] = vaddq_u64(
              counts[p], vreinterpretq_u64_u32(vminq_u32(vreinterpretq_u32_u64(rest), left_rest)));
        }
        if (AtLeast(most, needed) == 0) continue;
        Count(left, group, tile.checkpoint, tile.words, counts);
      }
      const unsigned lanes = AtLeast(counts, needed);
      if (lanes != 0) {
        TileHit& hit = hits[hit_count++];
        hit.group = static_cast<std::uint32_t>(g);
        hit.row = static_cast<std::uint8_t>(row);
        hit.lanes = static_cast<std::uint8_t>(lanes);
        for (std::size_t p = 0; p < kPairs; ++p) {
          hit.common[2 * p] = static_cast<std::uint16_t>(vgetq_lane_u64(counts[p], 0));
          hit.common[2 * p + 1] = static_cast<std::uint16_t>(vgetq_lane_u64(counts[p], 1));
        }
      }
    }
  }
  return hit_count;
}

}  // namespace tallystick::matcher
#endif
