#pragma once

#include <cstdint>
#include <vector>

#include "agents/encode/encoded_rows.h"

namespace tallystick::agents {

// Two rows are duplicates when they share the first (non-variant) token of the strongest key that
// is null in neither (linkage.md, last lines). This is not transitive: a row without an SSN may be
// the duplicate of two rows whose SSNs differ.

// Duplicate is a row that repeats one that stays; both are indices into EncodedRows.
struct Duplicate {
  std::uint32_t row = 0;
  std::uint32_t kept = 0;
};

enum class KeepRow { kFirst, kLast };

struct DuplicateOptions {
  KeepRow keep = KeepRow::kFirst;
  bool with_errors = false;  // whether rows that have an error take part
  unsigned thread_count = 1;
};

// FindDuplicates goes through the rows, from the end for kLast, and keeps each that is no duplicate
// of one kept before; the others are returned, sorted by row. No two rows that are kept are
// duplicates.
//
// Cost: a sort of 16 bytes a row and key; memory 16 bytes a row and thread, and about 100 bytes for
// each duplicate. However many rows share a token, pairs are never enumerated.
std::vector<Duplicate> FindDuplicates(const EncodedRows& rows, const DuplicateOptions& options);

}  // namespace tallystick::agents
