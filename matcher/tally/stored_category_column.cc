#include "matcher/tally/stored_category_column.h"

#include "proto/column_chunk.h"

namespace tallystick::matcher {

Result<std::vector<std::uint16_t>> ReadCategories(const storage::ChunkStore& store,
                                                  const crypto::SecretBytes<32>& data_key,
                                                  const StoredCategories& stored) {
  std::vector<std::uint16_t> ordinals;
  ordinals.reserve(stored.row_count);
  for (const crypto::Digest& address : stored.chunks) {
    TS_ASSIGN_OR_RETURN(const Bytes bytes, store.Get(stored.space, address, data_key));
    TS_ASSIGN_OR_RETURN(const ColumnChunk chunk, DecodeColumnChunk(bytes));
    if (chunk.kind != ColumnKind::kCategories || chunk.column != stored.column ||
        chunk.first_entry != ordinals.size()) {
      return Error(Code::kInvalidArgument, "tally.other-column",
                   "a chunk is not the next piece of the column that lists it")
          .With("column", stored.column)
          .With("row", ordinals.size());
    }
    if (chunk.count > stored.row_count - ordinals.size()) {
      return Error(Code::kInvalidArgument, "tally.row-count",
                   "a category column does not have one value for each row")
          .With("column", stored.column);
    }
    for (const std::uint16_t index : chunk.categories) {
      if (index >= stored.ordinals.size()) {
        return Error(Code::kInvalidArgument, "tally.dictionary-range",
                     "a category column has a value that its dictionary does not have")
            .With("column", stored.column)
            .With("row", ordinals.size());
      }
      ordinals.push_back(stored.ordinals[index]);
    }
  }
  if (ordinals.size() != stored.row_count) {
    return Error(Code::kInvalidArgument, "tally.row-count",
                 "a category column does not have one value for each row")
        .With("column", stored.column);
  }
  return ordinals;
}

}  // namespace tallystick::matcher
