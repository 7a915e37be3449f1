// The innermost part of the comparison: a few left rows against a run of right rows. Each set of
// instructions has its own function, and all of them find the same.
#pragma once

#include <cstddef>
#include <cstdint>

#include "matcher/linkage/similarity.h"

namespace tallystick::matcher {

inline constexpr std::size_t kTileRows = 8;   // left rows of a tile
inline constexpr std::size_t kGroupRows = 8;  // right rows that lie side by side

// DiceTile: left rows lie one after the other, `words` words each. Right rows lie in groups of 8:
// word 0 of each of the 8, then word 1 …, so that one vector register holds a word of 8 rows.
struct DiceTile {
  const std::uint64_t* left;          // kTileRows rows
  const std::uint32_t* left_count;    // set bits of each
  const std::uint64_t* left_rest;     // set bits from word `checkpoint` on
  const std::uint64_t* right;         // all groups, aligned to 64 bytes
  const std::uint64_t* right_rest;    // set bits from word `checkpoint` on, of each right row
  const std::uint32_t* right_fewest;  // by group: the fewest set bits of a row, padding aside
  std::size_t group_begin, group_end;
  std::size_t words;                   // 8, 16 or 32
  std::size_t checkpoint;              // even, 2 to words; words: no early end
  const std::uint64_t* fewest_common;  // by sum of set bits; of 0: more than any pair has
};

// TileHit names right rows of a group that may be similar to a left row: bit i of `lanes` is row i
// of the group, which has common[i] bits in common with the left row. Every similar pair is among
// them, few others.
struct TileHit {
  std::uint32_t group;
  std::uint8_t row;
  std::uint8_t lanes;
  std::uint16_t common[kGroupRows];
};

// Compares and writes the hits in no particular order to `hits`, which has room for kTileRows a
// group. Returns how many.
//
// In words [0, checkpoint) a pair has c bits in common; it cannot have more than c plus the lesser
// of both rests in the end, and most pairs of strangers end there.
using FindInTile = std::size_t (*)(const DiceTile& tile, TileHit* hits);

// Null where this build, or this processor, has no such instructions.
FindInTile FindInTileFor(ComparisonTarget target);

std::size_t FindInTileScalar(const DiceTile& tile, TileHit* hits);
#if defined(__x86_64__)
std::size_t FindInTileAvx2(const DiceTile& tile, TileHit* hits);
std::size_t FindInTileAvx512Bw(const DiceTile& tile, TileHit* hits);
std::size_t FindInTileAvx512Popcount(const DiceTile& tile, TileHit* hits);
#elif defined(__aarch64__)
std::size_t FindInTileNeon(const DiceTile& tile, TileHit* hits);
#endif

}  // namespace tallystick::matcher
