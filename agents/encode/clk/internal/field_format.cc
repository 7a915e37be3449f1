#include "agents/encode/clk/internal/field_format.h"

#include <algorithm>
#include <cstddef>

#include "agents/encode/clk/internal/python_number.h"
#include "agents/encode/clk/internal/unicode.h"

namespace tallystick::agents {
namespace {

using Kind = FeatureFormat::Kind;
using Case = FeatureFormat::Case;

constexpr Literal kNotUtf8 = "the value is not UTF-8";

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Compares canonical decimals of any size.
bool IsLess(std::string_view a, std::string_view b) {
  const bool a_negative = a.starts_with('-');
  if (a_negative != b.starts_with('-')) return a_negative;
  if (a_negative) {
    std::swap(a, b);
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::u32string Points(std::string_view text) {
  std::u32string points;
  DecodePoints(text, &points);
  return points;
}

}  // namespace

FieldFormat::FieldFormat(const SchemaFeature& feature)
    : format_(feature.format), missing_(feature.missing) {
  if (format_.kind == Kind::kPattern) pattern_ = Pattern::Parse(Points(format_.text)).value();
  if (format_.kind == Kind::kDate) date_ = DateFormat::Parse(Points(format_.text)).value();
  if (format_.minimum) minimum_ = std::to_string(*format_.minimum);
  if (format_.maximum) maximum_ = std::to_string(*format_.maximum);
}

std::optional<Literal> FieldFormat::Format(std::string_view value, std::string* out) const {
  if (missing_ && value == missing_->sentinel) {
    out->assign(missing_->replace_with ? *missing_->replace_with : missing_->sentinel);
    // What is hashed must still have the feature's encoding, or clkhash stops.
    if (format_.encoding == FeatureFormat::Encoding::kAscii && !IsAscii(*out)) {
      return Literal("a missing value's replacement is not ASCII");
    }
    return std::nullopt;
  }
  switch (format_.kind) {
    case Kind::kString:
    case Kind::kPattern:
      out->assign(value);
      return FormatString(value);
    case Kind::kInteger:
      return FormatInteger(value, out);
    case Kind::kDate: {
      std::u32string points;
      if (!DecodePoints(value, &points)) return kNotUtf8;
      auto date = date_->Reformat(points);
      if (!date) return Literal("the value is not a date in the feature's format");
      *out = std::move(*date);
      return std::nullopt;
    }
    case Kind::kEnum:
      out->assign(value);
      if (std::find(format_.values.begin(), format_.values.end(), value) == format_.values.end()) {
        return Literal("the value is not one of the feature's list");
      }
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Literal> FieldFormat::FormatString(std::string_view value) const {
  const bool ascii = IsAscii(value);
  if (ascii && format_.kind == Kind::kString && format_.letter_case == Case::kMixed) {
    if (value.size() < format_.min_length) return Literal("the value is too short");
    if (format_.max_length && value.size() > *format_.max_length) {
      return Literal("the value is too long");
    }
    return std::nullopt;
  }
  if (!ascii && format_.encoding == FeatureFormat::Encoding::kAscii) {
    return Literal("the value is not ASCII");
  }
  std::u32string points;
  if (!DecodePoints(value, &points)) return kNotUtf8;
  if (pattern_) {
    if (pattern_->MatchesWhole(points)) return std::nullopt;
    return Literal("the value does not match the feature's pattern");
  }
  if (points.size() < format_.min_length) return Literal("the value is too short");
  if (format_.max_length && points.size() > *format_.max_length) {
    return Literal("the value is too long");
  }
  if (format_.letter_case == Case::kUpper &&
      std::any_of(points.begin(), points.end(), ChangesInUpperCase)) {
    return Literal("the value is not upper case");
  }
  if (format_.letter_case == Case::kLower &&
      std::any_of(points.begin(), points.end(), ChangesInLowerCase)) {
    return Literal("the value is not lower case");
  }
  return std::nullopt;
}

std::optional<Literal> FieldFormat::FormatInteger(std::string_view value, std::string* out) const {
  // Almost every value is digits already as they are printed.
  const bool plain =
      !value.empty() && (value[0] != '0' || value.size() == 1) && value.size() <= 4300 &&
      std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (plain) {
    out->assign(value);
  } else {
    std::u32string points;
    if (!DecodePoints(value, &points)) return kNotUtf8;
    auto canonical = CanonicalInteger(points);
    if (!canonical) return Literal("the value is not an integer");
    *out = std::move(*canonical);
  }
  if (!InRange(*out)) return Literal("the value is outside the feature's range");
  return std::nullopt;
}

bool FieldFormat::InRange(std::string_view canonical) const {
  return (minimum_.empty() || !IsLess(canonical, minimum_)) &&
         (maximum_.empty() || !IsLess(maximum_, canonical));
}

}  // namespace tallystick::agents
