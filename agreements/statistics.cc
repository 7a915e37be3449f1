#include "agreements/statistics.h"

#include <algorithm>
#include <array>
#include <boost/multiprecision/cpp_int.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace tallystick::agreements {
namespace {

using Integer = boost::multiprecision::cpp_int;

// Fraction is an exact number. Integers alone carry it: rational numbers of Boost 1.81 divide 1 by
// the integer 100 to 1.
struct Fraction {
  Integer over = 0;
  Integer under = 1;  // above 0
};

Fraction operator*(const Fraction& a, const Fraction& b) {
  return {Integer(a.over * b.over), Integer(a.under * b.under)};
}

// REQUIRES: b is above 0.
Fraction operator/(const Fraction& a, const Fraction& b) {
  return {Integer(a.over * b.under), Integer(a.under * b.over)};
}

Fraction operator+(const Fraction& a, const Fraction& b) {
  return {Integer(a.over * b.under + b.over * a.under), Integer(a.under * b.under)};
}

bool operator<(const Fraction& a, const Fraction& b) {
  return Integer(a.over * b.under) < Integer(b.over * a.under);
}

// Of a fraction that is not negative.
Integer Floor(const Fraction& value) { return Integer(value.over / value.under); }

Fraction Whole(Integer value) { return {std::move(value), 1}; }

// mantissa · 10^exponent.
Fraction Decimal(Integer mantissa, int exponent) {
  Integer power = 1;
  for (int i = 0; i < std::abs(exponent); ++i) power *= 10;
  if (exponent < 0) return {std::move(mantissa), std::move(power)};
  return {Integer(mantissa * power), 1};
}

// The decimal number that the agreement's author wrote: a double's shortest form gives it back.
Fraction Exactly(double value) {
  std::array<char, 64> text;
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  TS_CHECK(error == std::errc());
  const std::string_view all(text.data(), static_cast<std::size_t>(end - text.data()));
  const std::size_t e = all.find('e');
  int exponent = 0;
  const char* const digits = all.data() + e + (all[e + 1] == '+' ? 2 : 1);
  std::from_chars(digits, all.data() + all.size(), exponent);
  Integer mantissa = 0;
  for (const char c : all.substr(0, e)) {
    if (c < '0' || c > '9') continue;
    mantissa = mantissa * 10 + (c - '0');
  }
  const std::size_t point = all.substr(0, e).find('.');
  if (point != std::string_view::npos) exponent -= static_cast<int>(e - point - 1);
  if (value < 0) mantissa = -mantissa;
  return Decimal(std::move(mantissa), exponent);
}

// Unit is mantissa · 10^exponent.
struct Unit {
  int mantissa;  // 1, 2 or 5
  int exponent;
};

// Whether a number, or the root of its square, is how big.
enum class Form { kItself, kSquare };

Fraction Size(const Unit& unit, Form form) {
  const Fraction size = Decimal(unit.mantissa, unit.exponent);
  return form == Form::kSquare ? size * size : size;
}

// The unit to round a number to that is `value` (or whose square is), at least `least` (likewise).
// REQUIRES: value is above 0.
Unit UnitFor(const Fraction& value, const Fraction& least, Form form) {
  constexpr std::array<int, 3> kMantissas{1, 2, 5};
  // Two significant digits: the greatest power of ten of which the value has at least ten.
  const Fraction ten = Whole(form == Form::kSquare ? 100 : 10);
  Unit unit{1, 0};
  while (!(value < Size({1, unit.exponent + 1}, form) * ten)) ++unit.exponent;
  while (value < Size(unit, form) * ten) --unit.exponent;
  for (std::size_t i = 1; Size(unit, form) < least; ++i) {
    unit.mantissa = kMantissas[i % kMantissas.size()];
    if (unit.mantissa == 1) ++unit.exponent;
  }
  return unit;
}

// `steps` units, written in decimals.
std::string Written(const Integer& steps, const Unit& unit, bool negative) {
  std::string digits = Integer(steps * unit.mantissa).str();
  if (digits == "0") return digits;
  if (unit.exponent >= 0) {
    digits.append(static_cast<std::size_t>(unit.exponent), '0');
  } else {
    const auto decimals = static_cast<std::size_t>(-unit.exponent);
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, 1, '.');
    while (digits.back() == '0') digits.pop_back();
    if (digits.back() == '.') digits.pop_back();
  }
  if (negative) digits.insert(digits.begin(), '-');
  return digits;
}

// `above_min` is how much of the value the rows added to the least they could.
std::string Rounded(const Fraction& value, const Fraction& above_min, const Integer& count) {
  const bool negative = value.over < 0;
  const Fraction size = negative ? Fraction{Integer(-value.over), value.under} : value;
  if (size.over == 0) return "0";
  const Fraction& most = size < above_min ? above_min : size;
  const Unit unit = UnitFor(size, most / Whole(count), Form::kItself);
  return Written(Floor(size / Size(unit, Form::kItself) + Fraction{1, 2}), unit, negative);
}

// The root of `variance`, without ever leaving the integers.
std::string RoundedRoot(const Fraction& variance, const Integer& count) {
  if (variance.over <= 0) return "0";
  const Unit unit = UnitFor(variance, variance / Whole(Integer(count * count)), Form::kSquare);
  // The nearest k: (2k - 1)² <= 4 · variance / unit² < (2k + 1)².
  const Integer quadruple = Floor(variance * Whole(4) / Size(unit, Form::kSquare));
  return Written(Integer((boost::multiprecision::sqrt(quadruple) + 1) / 2), unit, false);
}

}  // namespace

std::uint32_t MaxStored(const Measure& measure) { return StoredValue(measure, measure.max); }

std::uint32_t StoredValue(const Measure& measure, double value) {
  // Half a step may fall short by what binary numbers cannot say; no file has as many decimals.
  constexpr double kShortfall = 1e-9;
  const double stored = std::floor((value - measure.min) * measure.scale + 0.5 + kShortfall);
  TS_CHECK(stored >= 0 && stored <= kMaxStoredMeasure);
  return static_cast<std::uint32_t>(stored);
}

std::uint64_t MaxRows(const Measure& measure, bool with_squares) {
  const std::uint64_t most = std::max<std::uint64_t>(MaxStored(measure), 1);
  return (kSumBound - 1) / (with_squares ? most * most : most);
}

Status CheckSums(const Measure& measure, const MeasureSums& sums) {
  const std::uint64_t most = MaxStored(measure);
  bool possible = sums.count < kSumBound && sums.sum <= sums.count * most;
  if (possible && sums.squares) {
    // sum² <= count · squares (Cauchy and Schwarz), and no square is above most · value.
    possible = *sums.squares <= sums.sum * most &&
               Integer(sums.sum) * sums.sum <= Integer(sums.count) * *sums.squares;
  }
  if (possible) return Ok();
  return Error(Code::kDataLoss, "measure.sum-range",
               "the opened sum is none that so many rows can have");
}

std::string PublishedStatistic(const Measure& measure, MeasureStat stat, const MeasureSums& sums) {
  TS_CHECK(sums.count >= 2);
  const Integer count = sums.count;
  const Fraction scale = Exactly(measure.scale);
  const Fraction above_min = Whole(sums.sum) / scale;
  const Fraction total = Exactly(measure.min) * Whole(count) + above_min;
  switch (stat) {
    case MeasureStat::kSum:
      return Rounded(total, above_min, count);
    case MeasureStat::kMean:
      return Rounded(total / Whole(count), above_min / Whole(count), count);
    case MeasureStat::kSd:
      break;
  }
  TS_CHECK(sums.squares.has_value());
  const Integer spread = count * *sums.squares - Integer(sums.sum) * sums.sum;
  return RoundedRoot(Fraction{spread, Integer(count * (count - 1))} / (scale * scale), count);
}

}  // namespace tallystick::agreements
