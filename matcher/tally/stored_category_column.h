#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/secret.h"
#include "storage/chunk_store.h"

namespace tallystick::matcher {

// StoredCategories names a category column of a committed submission. `column` is its position in
// the manifest, `chunks` its chunks in order. Nothing is owned.
struct StoredCategories {
  std::string_view space;
  std::uint16_t column = 0;
  std::span<const crypto::Digest> chunks;
  std::uint32_t row_count = 0;
  // The ordinal of each dictionary entry: the stored index i becomes ordinals[i].
  std::span<const std::uint16_t> ordinals;
};

// ReadCategories returns the column's ordinals by row. Fails as ChunkStore::Get and
// DecodeColumnChunk do, and with kInvalidArgument: "tally.other-column" when a chunk is not the
// next piece of this column, "tally.row-count" when the column is not row_count long,
// "tally.dictionary-range" when an index is not in the dictionary.
Result<std::vector<std::uint16_t>> ReadCategories(const storage::ChunkStore& store,
                                                  const crypto::SecretBytes<32>& data_key,
                                                  const StoredCategories& stored);

}  // namespace tallystick::matcher
