#include "agents/approve/own_rows.h"

#include <algorithm>

#include "agents/encode/category_encoder.h"

namespace tallystick::agents {
namespace {

Error ColumnMissing() {
  return Error(Code::kDataLoss, "release.columns", "a column of this submission is missing");
}

}  // namespace

Result<std::vector<std::string>> LabelsByOrdinal(const crypto::SecretBytes<32>& code_key,
                                                 const agreements::Agreement& terms,
                                                 const agreements::ElementRef& element) {
  const agreements::Category* category = terms.FindCategory(element);
  if (category == nullptr) return Error(Code::kInternal, "release.category", "no such category");
  return OrdinalLabels(code_key, element.dataset, *category);
}

Result<OwnRows> OwnRows::Load(const AgentHome& home, const Question& question,
                              const crypto::Digest& chain, const std::string& submission_id) {
  TS_ASSIGN_OR_RETURN(OwnColumns columns, LoadOwnColumns(home, submission_id));
  OwnRows rows(question, std::move(columns));
  std::size_t row_count = 0;
  if (!rows.columns_.ordinals.empty()) {
    row_count = rows.columns_.ordinals.front().size();
  } else if (!rows.columns_.observed.empty()) {
    row_count = rows.columns_.observed.front().size();
  }
  rows.kept_.assign(row_count, true);
  TS_RETURN_IF_ERROR(rows.Filter(home.CodeKey(chain)));
  return rows;
}

Status OwnRows::Filter(const crypto::SecretBytes<32>& code_key) {
  for (const agreements::FilterTerm& term : question_.definition.filter) {
    if (term.element.dataset != question_.own.id) continue;
    TS_ASSIGN_OR_RETURN(const auto labels,
                        LabelsByOrdinal(code_key, question_.terms, term.element));
    TS_ASSIGN_OR_RETURN(const auto* column, CategoryColumn(term.element.element));
    std::vector<bool> accepted(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      accepted[i] =
          std::find(term.values.begin(), term.values.end(), labels[i]) != term.values.end();
    }
    for (std::size_t row = 0; row < kept_.size(); ++row) {
      if ((*column)[row] >= accepted.size()) return ColumnMissing();
      if (!accepted[(*column)[row]]) kept_[row] = false;
    }
  }
  return Ok();
}

Result<const std::vector<std::uint16_t>*> OwnRows::CategoryColumn(std::string_view name) const {
  const auto& categories = question_.own.categories;
  for (std::size_t i = 0; i < categories.size() && i < columns_.ordinals.size(); ++i) {
    if (categories[i].name != name) continue;
    if (columns_.ordinals[i].size() != kept_.size()) break;
    return &columns_.ordinals[i];
  }
  return ColumnMissing();
}

Result<const std::vector<bool>*> OwnRows::ObservedColumn(std::string_view measure) const {
  const auto& measures = question_.own.measures;
  for (std::size_t i = 0; i < measures.size() && i < columns_.observed.size(); ++i) {
    if (measures[i].name != measure) continue;
    if (columns_.observed[i].size() != kept_.size()) break;
    return &columns_.observed[i];
  }
  return ColumnMissing();
}

Result<std::vector<OwnRows::Dimension>> OwnRows::CategoryDimensions() const {
  std::vector<Dimension> dimensions;
  for (const agreements::ElementRef& element : question_.output.dimensions) {
    if (element.dataset != question_.own.id) continue;
    TS_ASSIGN_OR_RETURN(const auto* column, CategoryColumn(element.element));
    const std::size_t values = question_.terms.FindCategory(element)->values.size();
    if (std::any_of(column->begin(), column->end(), [&](auto it) { return it >= values; })) {
      return ColumnMissing();
    }
    dimensions.push_back({*column, values});
  }
  return dimensions;
}

agreements::OwnCounts OwnRows::Count(const std::vector<Dimension>& dimensions,
                                     const std::vector<bool>* observed) const {
  agreements::OwnCounts own;
  own.side = question_.own.id == question_.output.left ? agreements::Side::kLeft
                                                       : agreements::Side::kRight;
  std::size_t group_count = 1;
  for (const Dimension& dimension : dimensions) group_count *= dimension.values;
  own.submitted.assign(group_count, 0);
  for (std::size_t row = 0; row < kept_.size(); ++row) {
    if (!kept_[row] || (observed != nullptr && !(*observed)[row])) continue;
    std::size_t group = 0;
    for (const Dimension& dimension : dimensions) {
      group = group * dimension.values + dimension.ordinals[row];
    }
    ++own.submitted[group];
  }
  return own;
}

Result<agreements::OwnCounts> OwnRows::ForCounts() const {
  TS_ASSIGN_OR_RETURN(std::vector<Dimension> dimensions, CategoryDimensions());
  for (const agreements::ElementRef& measure : question_.output.Measures()) {
    if (measure.dataset != question_.own.id) continue;
    TS_ASSIGN_OR_RETURN(const auto* observed, ObservedColumn(measure.element));
    Dimension dimension;
    dimension.values = 2;
    for (const bool there : *observed) dimension.ordinals.push_back(there ? 0 : 1);
    dimensions.push_back(std::move(dimension));
  }
  return Count(dimensions, nullptr);
}

Result<agreements::OwnCounts> OwnRows::ForMeasure(const agreements::ElementRef& measure) const {
  TS_ASSIGN_OR_RETURN(const std::vector<Dimension> dimensions, CategoryDimensions());
  const std::vector<bool>* observed = nullptr;
  if (measure.dataset == question_.own.id) {
    TS_ASSIGN_OR_RETURN(observed, ObservedColumn(measure.element));
  }
  return Count(dimensions, observed);
}

}  // namespace tallystick::agents
