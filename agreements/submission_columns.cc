#include "agreements/submission_columns.h"

#include <algorithm>

namespace tallystick::agreements {

using Description = v1::ColumnDescription;

bool PublishesSd(const Agreement& agreement, const ElementRef& measure) {
  return std::any_of(agreement.outputs.begin(), agreement.outputs.end(), [&](const Output& output) {
    return output.Publishes(measure, MeasureStat::kSd);
  });
}

std::vector<SubmissionColumn> SubmissionColumns(const Agreement& agreement,
                                                const Dataset& dataset) {
  std::vector<SubmissionColumn> columns;
  const std::vector<MatchKey> ladder = LadderOf(agreement, dataset);
  for (std::size_t i = 0; i < ladder.size(); ++i) {
    columns.push_back({Description::KIND_TOKENS, ladder[i].name, i,
                       static_cast<std::uint64_t>(ladder[i].EntriesPerRow()), 0});
  }
  for (std::size_t i = 0; i < dataset.categories.size(); ++i) {
    const Category& category = dataset.categories[i];
    columns.push_back({Description::KIND_CATEGORY, category.name, i, 1, category.values.size()});
  }
  for (std::size_t i = 0; i < dataset.measures.size(); ++i) {
    const std::string& name = dataset.measures[i].name;
    columns.push_back({Description::KIND_OBSERVED, name, i, 1, 2});
    columns.push_back({Description::KIND_MEASURE, name, i, 1, 0});
    if (PublishesSd(agreement, {dataset.id, name})) {
      columns.push_back({Description::KIND_SQUARE, name, i, 1, 0});
    }
  }
  columns.push_back({Description::KIND_PSEUDONYM, "", 0, 1, 0});
  return columns;
}

ColumnKind ChunkKindOf(Description::Kind kind) {
  switch (kind) {
    case Description::KIND_CATEGORY:
    case Description::KIND_OBSERVED:
      return ColumnKind::kCategories;
    case Description::KIND_PSEUDONYM:
      return ColumnKind::kPseudonyms;
    case Description::KIND_MEASURE:
    case Description::KIND_SQUARE:
      return ColumnKind::kCiphertexts;
    default:
      return ColumnKind::kTokens;
  }
}

}  // namespace tallystick::agreements
