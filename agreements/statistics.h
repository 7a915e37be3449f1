// Measures as they are stored, and their statistics as they are published.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agreements/agreement.h"
#include "base/result.h"

namespace tallystick::agreements {

// A stored value is at most this (protocol.md, section 6).
inline constexpr std::uint32_t kMaxStoredMeasure = 1u << 20;
// A sum of stored values, or of their squares, must stay below this to be found again.
inline constexpr std::uint64_t kSumBound = std::uint64_t{1} << 40;

// The largest stored value of a measure: round((max - min) · scale).
std::uint32_t MaxStored(const Measure& measure);

// StoredValue is round((value - min) · scale), halves up. REQUIRES: min <= value <= max.
std::uint32_t StoredValue(const Measure& measure, double value);

// The most rows a submission may have for its sums (and, `with_squares`, its sums of squares) to
// stay below kSumBound whatever the rows hold.
std::uint64_t MaxRows(const Measure& measure, bool with_squares);

// MeasureSums is what the two parties open for one cell: exact, and only theirs to know.
struct MeasureSums {
  std::uint64_t count = 0;  // rows observed
  std::uint64_t sum = 0;    // of stored values
  std::optional<std::uint64_t> squares;
};

// CheckSums refuses what no rows can add up to: a sum above count · MaxStored(), squares that
// disagree with the sum. Fails with kDataLoss "measure.sum-range".
Status CheckSums(const Measure& measure, const MeasureSums& sums);

// PublishedStatistic is a statistic as released: computed exactly from the stored values, then
// rounded, halves away from zero, to a multiple of a unit 1, 2 or 5 times a power of ten. The unit
// keeps two significant digits at most and is at least |value| / count, and (value - min) / count
// where that is more, so that no published number is finer than one row's share (disclosure.md).
// Plain decimal notation, "71000", "-0.35", "0". The standard deviation is that of a sample (count
// - 1). REQUIRES: count >= 2; `squares` for kSd; CheckSums() passed.
std::string PublishedStatistic(const Measure& measure, MeasureStat stat, const MeasureSums& sums);

}  // namespace tallystick::agreements
