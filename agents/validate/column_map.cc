#include "agents/validate/column_map.h"

#include <algorithm>
#include <string_view>

#include "base/nearest_name.h"

namespace tallystick::agents {
namespace {

constexpr std::uint64_t kHeaderRow = 1;

std::vector<std::string_view> NamesOf(const agreements::Dataset& dataset) {
  std::vector<std::string_view> names;
  for (const auto& identifier : dataset.identifiers) names.push_back(identifier.name);
  for (const auto& category : dataset.categories) names.push_back(category.name);
  for (const auto& measure : dataset.measures) names.push_back(measure.name);
  return names;
}

}  // namespace

std::optional<ColumnMap> MapColumns(std::span<const std::string> header,
                                    const agreements::Dataset& dataset, bool ignore_extra,
                                    Findings* findings) {
  const std::vector<std::string_view> wanted = NamesOf(dataset);
  ColumnMap map;
  map.names.resize(header.size());
  std::vector<std::string_view> missing;
  for (const std::string_view name : wanted) {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) {
      missing.push_back(name);
      continue;
    }
    const auto position = static_cast<std::size_t>(found - header.begin());
    map.fields.push_back(static_cast<std::uint32_t>(position));
    map.names[position] = name;
  }
  if (map.fields.empty() && !wanted.empty()) {
    // Most likely data: its fields must not be reported one by one as columns.
    findings->Add({.row = kHeaderRow,
                   .column = "",
                   .rule = "the first row names no column of the agreement: a header is required"});
    return std::nullopt;
  }
  for (const std::string_view name : missing) {
    findings->Add({.row = kHeaderRow,
                   .column = std::string(name),
                   .rule = "this column of the agreement is missing"});
  }
  bool extra = false;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (!map.names[i].empty() || ignore_extra) continue;
    extra = true;
    Finding finding{.row = kHeaderRow,
                    .rule = "a column that the agreement does not name",
                    .position = static_cast<std::uint32_t>(i + 1)};
    if (const auto near = NearestName(header[i], missing)) finding.suggestion = *near;
    findings->Add(std::move(finding));
  }
  if (!missing.empty() || extra) return std::nullopt;
  return map;
}

}  // namespace tallystick::agents
