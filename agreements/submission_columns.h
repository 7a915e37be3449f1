// Which columns a submission has: an agent makes exactly these, and the matcher takes no others
// (protocol.md, section 5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "agreements/agreement.h"
#include "proto/column_chunk.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agreements {

struct SubmissionColumn {
  v1::ColumnDescription::Kind kind;
  std::string name;      // match key, category or measure; empty for the pseudonyms
  std::size_t position;  // in LadderOf(), dataset.categories or dataset.measures; else 0
  std::uint64_t entries_per_row;
  std::size_t code_count;  // of a category's or observation's dictionary, else 0
};

// SubmissionColumns lists the columns of a submission of `dataset` in the order of its manifest:
// tokens by match key, categories, then for each measure whether it was observed, its values and,
// where PublishesSd(), their squares, and last the pseudonyms. REQUIRES: a dataset of `agreement`.
std::vector<SubmissionColumn> SubmissionColumns(const Agreement& agreement, const Dataset& dataset);

// Whether some output publishes the standard deviation of a measure, which takes its squares.
bool PublishesSd(const Agreement& agreement, const ElementRef& measure);

// What the chunks of a column are. REQUIRES: a kind that is specified.
ColumnKind ChunkKindOf(v1::ColumnDescription::Kind kind);

}  // namespace tallystick::agreements
