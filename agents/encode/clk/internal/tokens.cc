#include "agents/encode/clk/internal/tokens.h"

#include <algorithm>
#include <cmath>

#include "agents/encode/clk/internal/python_number.h"
#include "agents/encode/clk/internal/unicode.h"
#include "agents/source/utf8.h"
#include "crypto/secret.h"

namespace tallystick::agents {
namespace {

using Encoding = FeatureFormat::Encoding;
using Wide = __int128;

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::u32string Decimal(Wide value) {
  std::u32string digits;
  const bool negative = value < 0;
  do {
    const int digit = static_cast<int>(value % 10);
    digits.push_back(static_cast<char32_t>('0' + (negative ? -digit : digit)));
    value /= 10;
  } while (value != 0);
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

void AppendUnit16(std::string& out, std::uint32_t unit) {
  out.push_back(static_cast<char>(unit));
  out.push_back(static_cast<char>(unit >> 8));
}

// Python writes a byte order mark in front of each token.
void AppendUtf16(std::string& out, std::u32string_view token) {
  AppendUnit16(out, 0xFEFF);
  for (const char32_t c : token) {
    if (c < 0x10000) {
      AppendUnit16(out, c);
    } else {
      AppendUnit16(out, 0xD800 | (c - 0x10000) >> 10);
      AppendUnit16(out, 0xDC00 | ((c - 0x10000) & 0x3FF));
    }
  }
}

void AppendUtf32(std::string& out, std::u32string_view token) {
  AppendUnit16(out, 0xFEFF);
  AppendUnit16(out, 0);
  for (const char32_t c : token) {
    AppendUnit16(out, c & 0xFFFF);
    AppendUnit16(out, c >> 16);
  }
}

Wide PowerOfTen(int exponent) {
  Wide power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

// int(text) · 10^precision, or float(text) · 10^precision made an integer as clkhash does it;
// nullopt where neither reads it or it has more than 30 digits.
std::optional<Wide> ScaledValue(std::u32string_view text, int precision) {
  constexpr std::size_t kMaxDigits = 30;
  constexpr double kMaxValue = 1e30;
  const Wide power = PowerOfTen(precision);
  if (const auto canonical = CanonicalInteger(text)) {
    if (canonical->size() > kMaxDigits) return std::nullopt;
    Wide value = 0;
    for (const char c : *canonical) {
      if (c != '-') value = 10 * value + (c - '0');
    }
    Wide scaled;
    if (__builtin_mul_overflow(value, power, &scaled)) return std::nullopt;
    return canonical->front() == '-' ? -scaled : scaled;
  }
  const auto number = ParseFloat(text);
  if (!number) return std::nullopt;
  // std::nearbyint rounds half to even, as Python does.
  const double scaled =
      precision > 0 ? std::nearbyint(*number * static_cast<double>(power)) : std::trunc(*number);
  if (!(std::abs(scaled) < kMaxValue)) return std::nullopt;
  return static_cast<Wide>(scaled);
}

}  // namespace

Tokens::~Tokens() {
  crypto::Wipe(bytes_);
  crypto::WipeMemory(points_.data(), points_.size() * sizeof(char32_t));
}

std::optional<Literal> Tokens::Make(const FeatureComparison& comparison, Encoding encoding,
                                    std::string_view value) {
  bytes_.clear();
  starts_.clear();
  ends_.clear();
  if (value.empty()) return std::nullopt;
  using Kind = FeatureComparison::Kind;
  const bool bytes_are_points =
      (encoding == Encoding::kUtf8 || encoding == Encoding::kAscii) && IsAscii(value);
  if (bytes_are_points && comparison.kind == Kind::kNgram && !comparison.positional) {
    MakeAsciiNgrams(value, comparison.n);
    return std::nullopt;
  }
  if (!DecodePoints(value, &points_)) return Literal("the value is not UTF-8");
  switch (comparison.kind) {
    case Kind::kNgram:
      MakeNgrams(comparison, encoding);
      return std::nullopt;
    case Kind::kExact:
      Append(encoding, points_);
      return std::nullopt;
    case Kind::kNumeric:
      return MakeNumbers(comparison, encoding);
  }
  return std::nullopt;
}

// The common case: the tokens are windows over the padded value itself.
void Tokens::MakeAsciiNgrams(std::string_view value, int n) {
  const std::size_t padding = static_cast<std::size_t>(n) - 1;
  bytes_.assign(padding, ' ');
  bytes_.append(value);
  bytes_.append(padding, ' ');
  const std::size_t width = static_cast<std::size_t>(n);
  for (std::size_t i = 0; i + width <= bytes_.size(); ++i) {
    starts_.push_back(static_cast<std::uint32_t>(i));
    ends_.push_back(static_cast<std::uint32_t>(i + width));
  }
}

void Tokens::MakeNgrams(const FeatureComparison& comparison, Encoding encoding) {
  const std::size_t width = static_cast<std::size_t>(comparison.n);
  points_.insert(0, width - 1, U' ');
  points_.append(width - 1, U' ');
  std::u32string token;
  for (std::size_t i = 0; i + width <= points_.size(); ++i) {
    const std::u32string_view gram = std::u32string_view(points_).substr(i, width);
    if (!comparison.positional) {
      Append(encoding, gram);
      continue;
    }
    token = Decimal(static_cast<Wide>(i) + 1);
    token.push_back(' ');
    token.append(gram);
    Append(encoding, token);
  }
  crypto::WipeMemory(token.data(), token.size() * sizeof(char32_t));
}

std::optional<Literal> Tokens::MakeNumbers(const FeatureComparison& comparison, Encoding encoding) {
  const auto scaled = ScaledValue(points_, comparison.fractional_precision);
  if (!scaled) return Literal("the value is not a number of at most 30 digits");
  const Wide distance = comparison.distance;
  Wide value;
  if (__builtin_mul_overflow(*scaled, Wide{2 * comparison.resolution}, &value)) {
    return Literal("the value is not a number of at most 30 digits");
  }
  const Wide rest = (value % distance + distance) % distance;
  if (2 * rest < distance) {
    value -= rest;
  } else {
    value += distance - rest;
  }
  for (int i = -comparison.resolution; i <= comparison.resolution; ++i) {
    Append(encoding, Decimal(value + i * distance));
  }
  return std::nullopt;
}

void Tokens::Append(Encoding encoding, std::u32string_view token) {
  starts_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  switch (encoding) {
    case Encoding::kUtf8:
    case Encoding::kAscii:  // checked before
      for (const char32_t c : token) AppendUtf8(bytes_, c);
      break;
    case Encoding::kUtf16:
      AppendUtf16(bytes_, token);
      break;
    case Encoding::kUtf32:
      AppendUtf32(bytes_, token);
      break;
  }
  ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
}

}  // namespace tallystick::agents
