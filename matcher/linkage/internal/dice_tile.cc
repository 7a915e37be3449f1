#include "matcher/linkage/internal/dice_tile.h"

#include <algorithm>
#include <bit>

namespace tallystick::matcher {
namespace {

// Adds to counts[lane] the bits that `left` and each row of the group have in common.
void Count(const std::uint64_t* left, const std::uint64_t* group, std::size_t begin,
           std::size_t end, std::uint64_t counts[kGroupRows]) {
  for (std::size_t word = begin; word < end; ++word) {
    for (std::size_t lane = 0; lane < kGroupRows; ++lane) {
      counts[lane] +=
          static_cast<unsigned>(std::popcount(left[word] & group[word * kGroupRows + lane]));
    }
  }
}

}  // namespace

std::size_t FindInTileScalar(const DiceTile& tile, TileHit* hits) {
  std::size_t hit_count = 0;
  for (std::size_t g = tile.group_begin; g < tile.group_end; ++g) {
    const std::uint64_t* group = tile.right + g * tile.words * kGroupRows;
    for (std::size_t row = 0; row < kTileRows; ++row) {
      const std::uint64_t* left = tile.left + row * tile.words;
      const std::uint64_t needed = tile.fewest_common[tile.left_count[row] + tile.right_fewest[g]];
      std::uint64_t counts[kGroupRows] = {};
      Count(left, group, 0, tile.checkpoint, counts);
      bool possible = false;
      for (std::size_t lane = 0; lane < kGroupRows; ++lane) {
        const std::uint64_t rest =
            std::min(tile.left_rest[row], tile.right_rest[g * kGroupRows + lane]);
        possible = possible || counts[lane] + rest >= needed;
      }
      if (!possible) continue;
      Count(left, group, tile.checkpoint, tile.words, counts);
      unsigned lanes = 0;
      for (std::size_t lane = 0; lane < kGroupRows; ++lane) {
        lanes |= static_cast<unsigned>(counts[lane] >= needed) << lane;
      }
      if (lanes == 0) continue;
      TileHit& hit = hits[hit_count++];
      hit = {static_cast<std::uint32_t>(g),
             static_cast<std::uint8_t>(row),
             static_cast<std::uint8_t>(lanes),
             {}};
      for (std::size_t lane = 0; lane < kGroupRows; ++lane) {
        hit.common[lane] = static_cast<std::uint16_t>(counts[lane]);
      }
    }
  }
  return hit_count;
}

FindInTile FindInTileFor(ComparisonTarget target) {
  switch (target) {
    case ComparisonTarget::kScalar:
      return FindInTileScalar;
#if defined(__x86_64__)
    case ComparisonTarget::kAvx2:
      return __builtin_cpu_supports("avx2") != 0 ? FindInTileAvx2 : nullptr;
    case ComparisonTarget::kAvx512Bw:
      return __builtin_cpu_supports("avx512bw") != 0 ? FindInTileAvx512Bw : nullptr;
    case ComparisonTarget::kAvx512Popcount:
      return __builtin_cpu_supports("avx512vpopcntdq") != 0 ? FindInTileAvx512Popcount : nullptr;
#elif defined(__aarch64__)
    case ComparisonTarget::kNeon:  // part of every AArch64
      return FindInTileNeon;
#endif
    default:
      return nullptr;
  }
}

}  // namespace tallystick::matcher
