// Mapping files: which column of an institution's file holds which element of
// the agreement. A mapping renames, and does nothing else.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agreements/agreement.h"
#include "base/bytes.h"
#include "base/result.h"

namespace tallystick::agents {

inline constexpr std::size_t kMaxMappingBytes = 256 * 1024;

// ColumnMapping is empty for a file whose columns have the agreement's names.
class ColumnMapping {
 public:
  ColumnMapping() = default;

  // Parse reads TOML of `element = "column"` lines. An element of `dataset`
  // that is left out is in the column of its own name. Fails with
  // kInvalidArgument "mapping.invalid", every problem with its line in
  // `*diagnostics`: no TOML, an element that the dataset does not have, a value
  // that is not a text, a column named for two elements.
  static Result<ColumnMapping> Parse(ByteView text, const agreements::Dataset& dataset,
                                     std::vector<agreements::Diagnostic>* diagnostics);

  // ElementNames returns, for each column of `header`, the element that it
  // holds; a column that is not mapped keeps its name, except that it is ""
  // where that is an element which another column holds.
  std::vector<std::string> ElementNames(std::span<const std::string> header) const;

 private:
  struct Pair {
    std::string element, column;
  };
  std::vector<Pair> pairs_;
};

}  // namespace tallystick::agents
