#include "agents/validate/row_validator.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "agreements/statistics.h"
#include "base/check.h"

namespace tallystick::agents {
namespace {

constexpr std::string_view kNotObserved = "not observed";

std::vector<agreements::IdentifierKind> KindsOf(const agreements::Dataset& dataset) {
  std::vector<agreements::IdentifierKind> kinds;
  for (const auto& identifier : dataset.identifiers) kinds.push_back(identifier.kind);
  return kinds;
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// "1.5", "-3", "+2", "1e3"; neither commas nor infinity.
std::optional<double> ParseNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

RowValidator::RowValidator(const agreements::Dataset& dataset)
    : dataset_(dataset),
      normaliser_(KindsOf(dataset)),
      declared_(dataset.categories.size()),
      outcomes_(dataset.identifiers.size()),
      categories_(dataset.categories.size()),
      measures_(dataset.measures.size()) {
  for (std::size_t i = 0; i < declared_.size(); ++i) {
    const auto& values = dataset.categories[i].values;
    for (std::size_t at = 0; at < values.size(); ++at) {
      declared_[i].emplace(values[at], static_cast<std::uint16_t>(at));
    }
  }
}

void RowValidator::CheckIdentifiers(std::uint64_t row, Findings* findings) {
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    const agreements::Identifier& identifier = dataset_.identifiers[i];
    const FieldOutcome& outcome = outcomes_[i];
    switch (outcome.state) {
      case FieldState::kValue:
        break;
      case FieldState::kEmpty:
        if (identifier.required) {
          findings->Add(
              {.row = row, .column = identifier.name, .rule = "a required identifier is empty"});
        }
        break;
      case FieldState::kNull:
        if (identifier.required) {
          findings->Add(
              {.row = row, .column = identifier.name, .rule = outcome.rule, .error = false});
        }
        break;
      case FieldState::kUnreadable:
        findings->Add({.row = row,
                       .column = identifier.name,
                       .rule = outcome.rule,
                       .error = identifier.required});
        break;
    }
  }
}

void RowValidator::CheckCategory(std::size_t index, std::string_view field, std::uint64_t row,
                                 Findings* findings) {
  const Positions& declared = declared_[index];
  categories_[index] = 0;
  auto found = declared.find(field);
  if (found == declared.end()) {
    const std::string_view text = Trimmed(field);
    found = declared.find(text.empty() ? kNotObserved : text);
    if (found == declared.end()) {
      Finding finding{.row = row,
                      .column = dataset_.categories[index].name,
                      .rule = "not one of the values that the agreement declares"};
      if (text.empty()) finding.rule = "empty, and `not observed` is not a declared value";
      findings->Add(std::move(finding));
      return;
    }
  }
  categories_[index] = found->second;
}

void RowValidator::CheckMeasure(std::size_t index, std::string_view field, std::uint64_t row,
                                Findings* findings) {
  const agreements::Measure& measure = dataset_.measures[index];
  StoredMeasure& stored = PlaintextAccess::Edit(measures_[index]);
  stored = {};
  const std::string_view text = Trimmed(field);
  if (text.empty()) return;
  const std::optional<double> value = ParseNumber(text);
  if (!value) {
    findings->Add({.row = row, .column = measure.name, .rule = "not a number"});
  } else if (*value < measure.min || *value > measure.max) {
    findings->Add({.row = row,
                   .column = measure.name,
                   .rule = "outside the range that the agreement declares"});
  } else {
    stored = {.value = agreements::StoredValue(measure, *value), .observed = true};
  }
}

bool RowValidator::Check(std::uint64_t row, std::span<const Plaintext<std::string_view>> fields,
                         Findings* findings) {
  const std::size_t identifier_count = dataset_.identifiers.size();
  const std::size_t category_count = dataset_.categories.size();
  TS_CHECK(fields.size() == identifier_count + category_count + dataset_.measures.size());
  const std::uint64_t errors_before = findings->error_count();
  normalised_ = &normaliser_.Normalise(fields.first(identifier_count), outcomes_);
  CheckIdentifiers(row, findings);
  for (std::size_t i = 0; i < category_count; ++i) {
    CheckCategory(i, PlaintextAccess::Read(fields[identifier_count + i]), row, findings);
  }
  for (std::size_t i = 0; i < dataset_.measures.size(); ++i) {
    CheckMeasure(i, PlaintextAccess::Read(fields[identifier_count + category_count + i]), row,
                 findings);
  }
  return findings->error_count() == errors_before;
}

}  // namespace tallystick::agents
