#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/validate/findings.h"
#include "agreements/agreement.h"

namespace tallystick::agents {

// ColumnMap says where a dataset's columns stand in a file.
struct ColumnMap {
  // Positions in the file's header of the identifiers, then the categories, then the measures, each
  // in the agreement's order: the fields of a record as RowValidator takes them.
  std::vector<std::uint32_t> fields;
  // By position in the header: the agreement's name, or "" for a column that it does not name.
  std::vector<std::string> names;
};

// MapColumns finds the dataset's columns by name. A missing column is an error, a further one too
// unless `ignore_extra`; both are added to `*findings` with row 1, and then there is no map. An
// unknown name is never repeated, because a file without a header has a person's values there: its
// position and, where it is close to a name of the agreement, that name are told.
std::optional<ColumnMap> MapColumns(std::span<const std::string> header,
                                    const agreements::Dataset& dataset, bool ignore_extra,
                                    Findings* findings);

}  // namespace tallystick::agents
