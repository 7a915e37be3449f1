#include "agents/source/column_mapping.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "agreements/toml_tree.h"
#include "base/nearest_name.h"

namespace tallystick::agents {
namespace {

using agreements::Quoted;
using agreements::TomlEntry;
using agreements::TomlNode;

std::vector<std::string_view> ElementsOf(const agreements::Dataset& dataset) {
  std::vector<std::string_view> names;
  for (const auto& it : dataset.identifiers) names.push_back(it.name);
  for (const auto& it : dataset.categories) names.push_back(it.name);
  for (const auto& it : dataset.measures) names.push_back(it.name);
  return names;
}

std::string UnknownElement(const std::string& key, const std::vector<std::string_view>& elements) {
  std::string message = "unknown element " + Quoted(key);
  if (const auto nearest = NearestName(key, elements)) {
    message += "; did you mean `" + std::string(*nearest) + "`?";
  }
  return message;
}

}  // namespace

Result<ColumnMapping> ColumnMapping::Parse(ByteView text, const agreements::Dataset& dataset,
                                           std::vector<agreements::Diagnostic>* diagnostics) {
  agreements::Problems problems;
  const TomlNode root = agreements::ParseToml(text, problems);
  const std::vector<std::string_view> elements = ElementsOf(dataset);
  ColumnMapping mapping;
  for (const TomlEntry& entry : root.entries) {
    const auto problem = [&](std::string message) {
      problems.Error(entry.line, entry.column, std::move(message));
    };
    if (std::find(elements.begin(), elements.end(), entry.key) == elements.end()) {
      problem(UnknownElement(entry.key, elements));
      continue;
    }
    const std::string& column = entry.value.text;
    if (entry.value.kind != TomlNode::Kind::kString || column.empty()) {
      problem("a column's name in quotes belongs here");
      continue;
    }
    const auto same = std::find_if(mapping.pairs_.begin(), mapping.pairs_.end(),
                                   [&](const Pair& it) { return it.column == column; });
    if (same != mapping.pairs_.end()) {
      problem("the column " + Quoted(column) + " holds `" + same->element + "` already");
      continue;
    }
    mapping.pairs_.push_back({entry.key, column});
  }
  if (problems.empty()) return mapping;
  *diagnostics = problems.Sorted();
  return Error(Code::kInvalidArgument, "mapping.invalid", "the mapping file is not valid")
      .With("line", static_cast<std::uint64_t>(diagnostics->front().line))
      .With("problem_count", problems.count());
}

std::vector<std::string> ColumnMapping::ElementNames(std::span<const std::string> header) const {
  std::vector<std::string> names;
  names.reserve(header.size());
  for (const std::string& column : header) {
    const auto mapped = std::find_if(pairs_.begin(), pairs_.end(),
                                     [&](const Pair& it) { return it.column == column; });
    if (mapped != pairs_.end()) {
      names.push_back(mapped->element);
      continue;
    }
    const bool taken = std::any_of(pairs_.begin(), pairs_.end(),
                                   [&](const Pair& it) { return it.element == column; });
    names.push_back(taken ? std::string() : column);
  }
  return names;
}

}  // namespace tallystick::agents
