#include "matcher/linkage/internal/dice_tile.h"

#if defined(__x86_64__)
#include <immintrin.h>

// GCC 12 takes the deliberately undefined operand inside some intrinsics for a mistake (PR 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

namespace tallystick::matcher {
namespace {

#define TS_AVX2 __attribute__((target("avx2")))
#define TS_AVX512BW __attribute__((target("avx512f,avx512bw")))
#define TS_AVX512POPCOUNT __attribute__((target("avx512f,avx512vpopcntdq")))
#define TS_INLINE inline __attribute__((always_inline))

// Two groups at a time: each broadcast word of a left row then serves 16 pairs, and the counts of
// all 128 pairs of a tile stay in registers.
constexpr std::size_t kPairedGroups = 2;

// --- AVX-512 VPOPCNTDQ

template <std::size_t kGroups>
struct Counts512 {
  __m512i of[kTileRows][kGroups];
};

template <std::size_t kGroups>
TS_AVX512POPCOUNT TS_INLINE void Count(const DiceTile& tile, const std::uint64_t* group,
                                       std::size_t begin, std::size_t end,
                                       Counts512<kGroups>& counts) {
  const std::size_t group_words = tile.words * kGroupRows;
  for (std::size_t word = begin; word < end; ++word) {
    __m512i right[kGroups];
#pragma GCC unroll 2
    for (std::size_t g = 0; g < kGroups; ++g) {
      right[g] = _mm512_load_si512(group + g * group_words + word * kGroupRows);
    }
#pragma GCC unroll 8
    for (std::size_t row = 0; row < kTileRows; ++row) {
      const __m512i left =
          _mm512_set1_epi64(static_cast<long long>(tile.left[row * tile.words + word]));
#pragma GCC unroll 2
      for (std::size_t g = 0; g < kGroups; ++g) {
        counts.of[row][g] = _mm512_add_epi64(counts.of[row][g],
                                             _mm512_popcnt_epi64(_mm512_and_si512(left, right[g])));
      }
    }
  }
}

template <std::size_t kGroups>
TS_AVX512POPCOUNT TS_INLINE std::size_t FindInGroups(const DiceTile& tile, std::size_t first,
                                                     TileHit* hits) {
  const std::uint64_t* group = tile.right + first * tile.words * kGroupRows;
  Counts512<kGroups> counts;
#pragma GCC unroll 8
  for (std::size_t row = 0; row < kTileRows; ++row) {
#pragma GCC unroll 2
    for (std::size_t g = 0; g < kGroups; ++g) counts.of[row][g] = _mm512_setzero_si512();
  }
  Count<kGroups>(tile, group, 0, tile.checkpoint, counts);
  if (tile.checkpoint < tile.words) {
    unsigned possible = 0;
#pragma GCC unroll 2
    for (std::size_t g = 0; g < kGroups; ++g) {
      const __m512i rest = _mm512_load_si512(tile.right_rest + (first + g) * kGroupRows);
#pragma GCC unroll 8
      for (std::size_t row = 0; row < kTileRows; ++row) {
        const __m512i most = _mm512_add_epi64(
            counts.of[row][g],
            _mm512_min_epu64(rest, _mm512_set1_epi64(static_cast<long long>(tile.left_rest[row]))));
        possible |= _mm512_cmpge_epu64_mask(
            most, _mm512_set1_epi64(static_cast<long long>(
                      tile.fewest_common[tile.left_count[row] + tile.right_fewest[first + g]])));
      }
    }
    if (possible == 0) return 0;
    Count<kGroups>(tile, group, tile.checkpoint, tile.words, counts);
  }
  std::size_t hit_count = 0;
#pragma GCC unroll 2
  for (std::size_t g = 0; g < kGroups; ++g) {
#pragma GCC unroll 8
    for (std::size_t row = 0; row < kTileRows; ++row) {
      const unsigned lanes = _mm512_cmpge_epu64_mask(
          counts.of[row][g],
          _mm512_set1_epi64(static_cast<long long>(
              tile.fewest_common[tile.left_count[row] + tile.right_fewest[first + g]])));
      if (lanes != 0) [[unlikely]] {
        TileHit& hit = hits[hit_count++];
        hit.group = static_cast<std::uint32_t>(first + g);
        hit.row = static_cast<std::uint8_t>(row);
        hit.lanes = static_cast<std::uint8_t>(lanes);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(hit.common),
                         _mm512_cvtepi64_epi16(counts.of[row][g]));
      }
    }
  }
  return hit_count;
}

}  // namespace

TS_AVX512POPCOUNT std::size_t FindInTileAvx512Popcount(const DiceTile& tile, TileHit* hits) {
  std::size_t hit_count = 0;
  std::size_t g = tile.group_begin;
  for (; g + kPairedGroups <= tile.group_end; g += kPairedGroups) {
    hit_count += FindInGroups<kPairedGroups>(tile, g, hits + hit_count);
  }
  for (; g < tile.group_end; ++g) hit_count += FindInGroups<1>(tile, g, hits + hit_count);
  return hit_count;
}

// --- AVX-512BW: bits are counted by looking up half bytes (Muła, Kurz and Lemire, Computer Journal
// 61(1), 2018).

namespace {

// Byte counts of so many words stay below 256.
constexpr std::size_t kWordsPerSum = 16;

TS_AVX512BW TS_INLINE __m512i CountBytes(__m512i bits) {
  const __m512i table =
      _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m512i mask = _mm512_set1_epi8(15);
  return _mm512_add_epi8(
      _mm512_shuffle_epi8(table, _mm512_and_si512(bits, mask)),
      _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi64(bits, 4), mask)));
}

TS_AVX512BW TS_INLINE __m512i CountWide(const std::uint64_t* left, const std::uint64_t* group,
                                        std::size_t begin, std::size_t end) {
  __m512i sum = _mm512_setzero_si512();
  while (begin < end) {
    const std::size_t stop = end - begin < kWordsPerSum ? end : begin + kWordsPerSum;
    __m512i bytes = _mm512_setzero_si512();
    for (; begin < stop; ++begin) {
      bytes = _mm512_add_epi8(
          bytes, CountBytes(_mm512_and_si512(_mm512_set1_epi64(static_cast<long long>(left[begin])),
                                             _mm512_load_si512(group + begin * kGroupRows))));
    }
    sum = _mm512_add_epi64(sum, _mm512_sad_epu8(bytes, _mm512_setzero_si512()));
  }
  return sum;
}

}  // namespace

TS_AVX512BW std::size_t FindInTileAvx512Bw(const DiceTile& tile, TileHit* hits) {
  std::size_t hit_count = 0;
  for (std::size_t g = tile.group_begin; g < tile.group_end; ++g) {
    const std::uint64_t* group = tile.right + g * tile.words * kGroupRows;
    const __m512i rest = _mm512_load_si512(tile.right_rest + g * kGroupRows);
    for (std::size_t row = 0; row < kTileRows; ++row) {
      const std::uint64_t* left = tile.left + row * tile.words;
      const __m512i needed = _mm512_set1_epi64(
          static_cast<long long>(tile.fewest_common[tile.left_count[row] + tile.right_fewest[g]]));
      __m512i count = CountWide(left, group, 0, tile.checkpoint);
      if (tile.checkpoint < tile.words) {
        const __m512i most = _mm512_add_epi64(
            count,
            _mm512_min_epu64(rest, _mm512_set1_epi64(static_cast<long long>(tile.left_rest[row]))));
        if (_mm512_cmpge_epu64_mask(most, needed) == 0) continue;
        count = _mm512_add_epi64(count, CountWide(left, group, tile.checkpoint, tile.words));
      }
      const unsigned lanes = _mm512_cmpge_epu64_mask(count, needed);
      if (lanes != 0) {
        TileHit& hit = hits[hit_count++];
        hit.group = static_cast<std::uint32_t>(g);
        hit.row = static_cast<std::uint8_t>(row);
        hit.lanes = static_cast<std::uint8_t>(lanes);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(hit.common), _mm512_cvtepi64_epi16(count));
      }
    }
  }
  return hit_count;
}

// --- AVX2: the same in two halves of four rows.

namespace {

constexpr std::size_t kHalfRows = 4;

TS_AVX2 TS_INLINE __m256i CountBytes(__m256i bits) {
  const __m256i table =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m256i mask = _mm256_set1_epi8(15);
  return _mm256_add_epi8(
      _mm256_shuffle_epi8(table, _mm256_and_si256(bits, mask)),
      _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi64(bits, 4), mask)));
}

TS_AVX2 TS_INLINE __m256i Load(const std::uint64_t* words) {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(words));
}

struct Halves {
  __m256i of[2];
};

TS_AVX2 TS_INLINE void CountHalves(const std::uint64_t* left, const std::uint64_t* group,
                                   std::size_t begin, std::size_t end, Halves& sums) {
  while (begin < end) {
    const std::size_t stop = end - begin < kWordsPerSum ? end : begin + kWordsPerSum;
    Halves bytes = {{_mm256_setzero_si256(), _mm256_setzero_si256()}};
    for (; begin < stop; ++begin) {
      const __m256i word = _mm256_set1_epi64x(static_cast<long long>(left[begin]));
      for (std::size_t h = 0; h < 2; ++h) {
        const __m256i right = Load(group + begin * kGroupRows + h * kHalfRows);
        bytes.of[h] = _mm256_add_epi8(bytes.of[h], CountBytes(_mm256_and_si256(word, right)));
      }
    }
    for (std::size_t h = 0; h < 2; ++h) {
      sums.of[h] =
          _mm256_add_epi64(sums.of[h], _mm256_sad_epu8(bytes.of[h], _mm256_setzero_si256()));
    }
  }
}

// The rows whose count is above `below`. Counts are small, so that signed comparison will do.
TS_AVX2 TS_INLINE unsigned Above(const Halves& counts, __m256i below) {
  unsigned lanes = 0;
  for (std::size_t h = 0; h < 2; ++h) {
    const __m256i above = _mm256_cmpgt_epi64(counts.of[h], below);
    lanes |= static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(above)))
             << (h * kHalfRows);
  }
  return lanes;
}

}  // namespace

TS_AVX2 std::size_t FindInTileAvx2(const DiceTile& tile, TileHit* hits) {
  std::size_t hit_count = 0;
  for (std::size_t g = tile.group_begin; g < tile.group_end; ++g) {
    const std::uint64_t* group = tile.right + g * tile.words * kGroupRows;
    for (std::size_t row = 0; row < kTileRows; ++row) {
      const std::uint64_t* left = tile.left + row * tile.words;
      const __m256i below = _mm256_set1_epi64x(
          static_cast<long long>(tile.fewest_common[tile.left_count[row] + tile.right_fewest[g]]) -
          1);
      Halves counts = {{_mm256_setzero_si256(), _mm256_setzero_si256()}};
      CountHalves(left, group, 0, tile.checkpoint, counts);
      if (tile.checkpoint < tile.words) {
        const __m256i left_rest = _mm256_set1_epi64x(static_cast<long long>(tile.left_rest[row]));
        Halves most;
        for (std::size_t h = 0; h < 2; ++h) {
          const __m256i rest = Load(tile.right_rest + g * kGroupRows + h * kHalfRows);
          most.of[h] = _mm256_add_epi64(counts.of[h], _mm256_min_epu32(rest, left_rest));
        }
        if (Above(most, below) == 0) continue;
        CountHalves(left, group, tile.checkpoint, tile.words, counts);
      }
      const unsigned lanes = Above(counts, below);
      if (lanes != 0) {
        TileHit& hit = hits[hit_count++];
        hit.group = static_cast<std::uint32_t>(g);
        hit.row = static_cast<std::uint8_t>(row);
        hit.lanes = static_cast<std::uint8_t>(lanes);
        alignas(32) std::uint64_t common[kGroupRows];
        for (std::size_t h = 0; h < 2; ++h) {
          _mm256_store_si256(reinterpret_cast<__m256i*>(common + h * kHalfRows), counts.of[h]);
        }
        for (std::size_t lane = 0; lane < kGroupRows; ++lane) {
          hit.common[lane] = static_cast<std::uint16_t>(common[lane]);
        }
      }
    }
  }
  return hit_count;
}

}  // namespace tallystick::matcher
#endif
