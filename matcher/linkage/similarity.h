// Which pairs of CLKs are similar: every pair is looked at, so that no blocking key is needed and
// none can leak. Meant for up to about 10^10 pairs.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace tallystick::matcher {

// The longest encodings compared; scores are exact up to it.
inline constexpr std::uint32_t kMaxComparedBits = 2048;

// EncodedRows are the encodings of one side, row after row, `bits` / 8 bytes each. Not owned.
struct EncodedRows {
  std::uint32_t bits = 1024;  // 512, 1024 or 2048
  ByteView bytes;
};

// DiceThreshold is a similarity from 0.0001 to 1 in ten thousandths: comparisons stay in integers,
// so that every machine decides alike.
class DiceThreshold {
 public:
  // REQUIRES: 1 <= ten_thousandths <= 10,000.
  explicit DiceThreshold(std::uint32_t ten_thousandths);

  std::uint32_t ten_thousandths() const { return value_; }

  // The fewest common bits with which two encodings of `total` set bits in sum are similar:
  // 2·common / total >= threshold. At least 1.
  std::uint32_t FewestCommon(std::uint32_t total) const;

 private:
  std::uint32_t value_;
};

// Similarity is a Dice coefficient in units of 2^-30, rounded down. Two coefficients of encodings
// of at most kMaxComparedBits are equal, or less, exactly where their Similarities are.
using Similarity = std::uint32_t;
inline constexpr Similarity kSimilarityOne = Similarity{1} << 30;

// REQUIRES: common <= total / 2, total > 0, both of encodings of at most kMaxComparedBits.
Similarity SimilarityOf(std::uint32_t common, std::uint32_t total);

// SimilarPair is a row of the left and one of the right whose Dice coefficient is at least the
// threshold.
struct SimilarPair {
  std::uint32_t left = 0;
  std::uint32_t right = 0;
  Similarity similarity = 0;

  friend bool operator==(const SimilarPair&, const SimilarPair&) = default;
};

// ComparisonTarget is a set of instructions that the comparison is written for.
enum class ComparisonTarget { kScalar, kNeon, kAvx2, kAvx512Bw, kAvx512Popcount };

std::string_view ComparisonTargetName(ComparisonTarget target);

// Those that this processor runs, the fastest last.
std::vector<ComparisonTarget> ComparisonTargets();

// ComparisonProgress may be read from any thread while a comparison runs. `total` counts the pairs
// that the numbers of set bits leave possible (those without are never looked at) and is set before
// the first is compared; `done` ends there unless the comparison was cancelled.
struct ComparisonProgress {
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> total{0};
};

struct SimilarityOptions {
  DiceThreshold threshold{8000};
  // Of one left row's pairs the most similar are kept, up to so many; of equal ones those with the
  // lower right row. Bounds memory: 12 bytes a pair.
  std::uint32_t pairs_per_row = 16;
  // 0 takes as many as the machine has processors. The result does not depend on it.
  unsigned thread_count = 0;
  // The fastest one where it is left out; the result does not depend on it either.
  // REQUIRES: one of ComparisonTargets().
  std::optional<ComparisonTarget> target;
  ComparisonProgress* progress = nullptr;
};

struct SimilarPairs {
  std::vector<SimilarPair> pairs;  // sorted by left, then by falling similarity, then by right
  std::uint64_t truncated_row_count = 0;  // left rows that had more than pairs_per_row

  friend bool operator==(const SimilarPairs&, const SimilarPairs&) = default;
};

// FindSimilarPairs compares every left with every right row. A row without a set bit is similar to
// none. The same input gives the same result on every target and for any thread count.
//
// Fails with kInvalidArgument "linkage.encoding-length" when a side is not whole encodings of 512,
// 1024 or 2048 bits, or the sides differ; with kExhausted "linkage.too-many-rows" above 2^27 rows a
// side; with kUnavailable "linkage.cancelled" once `stop` is requested (noticed within
// milliseconds).
//
// Memory: a copy of both sides, 24 bytes a row, and the pairs. Cost: with AVX-512 VPOPCNTDQ and
// 1024 bits one pair takes about 0.4 ns of one core, a similar one 4 ns; without, see
// benchmarks/README.md.
Result<SimilarPairs> FindSimilarPairs(const EncodedRows& left, const EncodedRows& right,
                                      const SimilarityOptions& options = {},
                                      std::stop_token stop = {});

}  // namespace tallystick::matcher
