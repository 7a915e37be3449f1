#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agents/encode/clk/internal/date_format.h"
#include "agents/encode/clk/internal/pattern.h"
#include "agents/encode/clk/linkage_schema.h"
#include "base/literal.h"

namespace tallystick::agents {

// FieldFormat checks the values of one feature and writes them as they are hashed (clkhash,
// field_formats).
//
// Thread safety: const methods from any thread.
class FieldFormat {
 public:
  // REQUIRES: `feature` comes from ParseLinkageSchema.
  explicit FieldFormat(const SchemaFeature& feature);

  // Format replaces `*out` with `value` (UTF-8) as it is hashed, and returns nothing; or the rule
  // that the value breaks. The sentinel of a missing value breaks none.
  std::optional<Literal> Format(std::string_view value, std::string* out) const;

 private:
  std::optional<Literal> FormatString(std::string_view value) const;
  std::optional<Literal> FormatInteger(std::string_view value, std::string* out) const;
  bool InRange(std::string_view canonical) const;

  FeatureFormat format_;
  std::optional<MissingValue> missing_;
  std::optional<Pattern> pattern_;
  std::optional<DateFormat> date_;
  std::string minimum_, maximum_;  // canonical decimals; empty: none
};

}  // namespace tallystick::agents
