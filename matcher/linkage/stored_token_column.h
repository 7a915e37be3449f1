#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/hash.h"
#include "crypto/secret.h"
#include "matcher/linkage/token_column.h"
#include "storage/chunk_store.h"

namespace tallystick::matcher {

// StoredTokenColumn serves a token column of a committed submission from the chunk store, a chunk a
// block.
//
// Thread safety: const methods from any thread.
class StoredTokenColumn : public TokenColumn {
 public:
  // `space` and `chunks` (in the order of the column) come from the submission's manifest, `column`
  // is the column's position there. `store` and `data_key` must outlive the column.
  StoredTokenColumn(const storage::ChunkStore& store, std::string space, std::uint16_t column,
                    std::vector<crypto::Digest> chunks, const crypto::SecretBytes<32>& data_key);

  std::uint32_t block_count() const override;

  // Fails as ChunkStore::Get and DecodeColumnChunk do, and with kInvalidArgument
  // "linkage.other-column" when a chunk is not of this column.
  // Cost: reading and decrypting 4 MiB, about 1.5 ms from the page cache.
  Result<TokenBlock> ReadBlock(std::uint32_t block, Bytes& scratch) const override;

 private:
  const storage::ChunkStore& store_;
  const std::string space_;
  const std::uint16_t column_;
  const std::vector<crypto::Digest> chunks_;
  const crypto::SecretBytes<32>& data_key_;
};

}  // namespace tallystick::matcher
