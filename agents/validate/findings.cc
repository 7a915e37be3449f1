#include "agents/validate/findings.h"

#include <algorithm>
#include <utility>

#include "base/console.h"

namespace tallystick::agents {
namespace {

std::string_view SeverityOf(bool error) { return error ? "error" : "warning"; }

void AppendLine(const Finding& finding, std::string& text) {
  if (finding.row > 0) text += "row " + std::to_string(finding.row);
  if (!finding.column.empty()) {
    text += ", column " + finding.column;
  } else if (finding.position > 0) {
    text += ", column number " + std::to_string(finding.position);
  }
  if (finding.row > 0) text += ": ";
  text += SeverityOf(finding.error);
  text += ": ";
  text += finding.rule.view();
  if (finding.other_row > 0) text += " (row " + std::to_string(finding.other_row) + ")";
  if (!finding.suggestion.empty()) text += "; did you mean `" + finding.suggestion + "`?";
  text += "\n";
}

void AppendJson(const Finding& finding, std::string& text) {
  text += "{\"row\":" + std::to_string(finding.row);
  text += ",\"column\":" + JsonQuote(finding.column);
  text += ",\"severity\":" + JsonQuote(SeverityOf(finding.error));
  text += ",\"rule\":" + JsonQuote(finding.rule.view());
  if (finding.position > 0) text += ",\"position\":" + std::to_string(finding.position);
  if (!finding.suggestion.empty()) text += ",\"suggestion\":" + JsonQuote(finding.suggestion);
  if (finding.other_row > 0) text += ",\"other_row\":" + std::to_string(finding.other_row);
  text += "}";
}

}  // namespace

void Findings::Add(Finding finding) {
  ++(finding.error ? error_count_ : warning_count_);
  ++counts_[{!finding.error, finding.rule.view(), finding.column}];
  if (items_.size() < kMaxKept) items_.push_back(std::move(finding));
}

void Findings::Append(Findings&& later) {
  error_count_ += later.error_count_;
  warning_count_ += later.warning_count_;
  for (const auto& [key, count] : later.counts_) counts_[key] += count;
  for (Finding& finding : later.items_) {
    if (items_.size() == kMaxKept) break;
    items_.push_back(std::move(finding));
  }
  later = Findings();
}

void Findings::SortByRow() {
  std::stable_sort(items_.begin(), items_.end(),
                   [](const Finding& a, const Finding& b) { return a.row < b.row; });
}

std::vector<Findings::Rule> Findings::Rules() const {
  std::vector<Rule> rules;
  for (const auto& [key, count] : counts_) {
    const auto& [warning, rule, column] = key;
    rules.push_back({std::string(rule), column, !warning, count});
  }
  return rules;
}

std::string Findings::ToText() const {
  std::string text;
  for (const Finding& finding : items_) AppendLine(finding, text);
  const std::uint64_t rest = error_count_ + warning_count_ - items_.size();
  if (rest > 0) text += "and " + std::to_string(rest) + " more\n";
  return text;
}

std::string Findings::ToJson() const {
  std::string text = "{\"errors\":" + std::to_string(error_count_) +
                     ",\"warnings\":" + std::to_string(warning_count_) + ",\"rules\":[";
  bool first = true;
  for (const Rule& rule : Rules()) {
    if (!std::exchange(first, false)) text += ",";
    text += "{\"rule\":" + JsonQuote(rule.rule) + ",\"column\":" + JsonQuote(rule.column) +
            ",\"severity\":" + JsonQuote(SeverityOf(rule.error)) +
            ",\"count\":" + std::to_string(rule.count) + "}";
  }
  text += "],\"findings\":[";
  first = true;
  for (const Finding& finding : items_) {
    if (!std::exchange(first, false)) text += ",";
    AppendJson(finding, text);
  }
  return text + "]}";
}

}  // namespace tallystick::agents
