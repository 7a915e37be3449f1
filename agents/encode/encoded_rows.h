#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "agents/encode/measure_values.h"
#include "agents/normalise/token_maker.h"
#include "proto/column_chunk.h"

namespace tallystick::agents {

// EncodedBatch is what is left of consecutive records once they are encoded: nothing that names a
// person; the values of measures, which are encrypted later, are behind MeasureValues. Vectors of
// vectors have one for each match key or category, by row within.
struct EncodedBatch {
  std::vector<std::uint64_t> rows;         // in the file
  std::vector<std::uint8_t> has_error;     // by row: whether validation found an error
  std::vector<std::vector<Token>> tokens;  // one row's behind the other's, without padding
  std::vector<std::vector<std::uint8_t>> token_counts;  // by row; 0: the key is null
  std::vector<std::vector<std::uint16_t>> categories;   // by row: the code's ordinal
  std::vector<MeasureValues> measures;                  // each by row
  std::vector<Pseudonym> pseudonyms;                    // by row

  std::size_t size() const { return rows.size(); }
};

// EncodedRows are a file's rows in its order. A row's index counts from the first one.
struct EncodedRows {
  std::vector<EncodedBatch> batches;
  std::uint64_t row_count = 0;
};

}  // namespace tallystick::agents
