// Summing what the matcher cannot read: the ciphertexts of a measure, by cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/elgamal.h"
#include "crypto/hash.h"
#include "crypto/secret.h"
#include "matcher/tally/tally_table.h"
#include "storage/chunk_store.h"

namespace tallystick::matcher {

// StoredCiphertexts names a ciphertext column of a committed submission. `column` is its position
// in the manifest, `chunks` its chunks in order. Nothing is owned.
struct StoredCiphertexts {
  std::string_view space;
  std::uint16_t column = 0;
  std::span<const crypto::Digest> chunks;
  std::uint32_t row_count = 0;
};

// SumByLeaf adds, for each leaf cell, the ciphertexts of the rows in it: leaf_of_row[row] below
// `leaf_count`, or kNoLeaf. The sums do not depend on the number of threads (0: one a processor).
// Points are checked here, where they are used: a party's own submission fails its own sums.
// Fails as ChunkStore::Get and DecodeColumnChunk do, and with kInvalidArgument:
// "tally.other-column" and "tally.row-count" as ReadCategories, "tally.ciphertext" (field row) for
// what is none. Cost: 0.8 µs a row and thread, a chunk and 200 bytes a leaf in memory for each
// thread.
Result<std::vector<crypto::CiphertextSum>> SumByLeaf(const storage::ChunkStore& store,
                                                     const crypto::SecretBytes<32>& data_key,
                                                     const StoredCiphertexts& stored,
                                                     std::span<const std::uint32_t> leaf_of_row,
                                                     std::size_t leaf_count,
                                                     unsigned thread_count = 0);

}  // namespace tallystick::matcher
