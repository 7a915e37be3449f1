#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/encode/clk/linkage_schema.h"
#include "base/literal.h"

namespace tallystick::agents {

// Tokens are the pieces of a value that are hashed (clkhash, comparators), encoded as the feature
// says. It keeps its buffers from value to value and wipes them in the end.
//
// Thread safety: none.
class Tokens {
 public:
  Tokens() = default;
  Tokens(const Tokens&) = delete;
  Tokens& operator=(const Tokens&) = delete;
  Tokens(Tokens&&) = default;
  ~Tokens();

  // Make replaces the tokens by those of `value` (UTF-8, as FieldFormat wrote it) and returns
  // nothing; or the rule that the value breaks. An empty value has none.
  std::optional<Literal> Make(const FeatureComparison& comparison, FeatureFormat::Encoding encoding,
                              std::string_view value);

  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t i) const {
    return std::string_view(bytes_).substr(starts_[i], ends_[i] - starts_[i]);
  }

 private:
  void MakeAsciiNgrams(std::string_view value, int n);
  void MakeNgrams(const FeatureComparison& comparison, FeatureFormat::Encoding encoding);
  std::optional<Literal> MakeNumbers(const FeatureComparison& comparison,
                                     FeatureFormat::Encoding encoding);
  void Append(FeatureFormat::Encoding encoding, std::u32string_view token);

  std::string bytes_;
  std::vector<std::uint32_t> starts_, ends_;
  std::u32string points_;
};

}  // namespace tallystick::agents
