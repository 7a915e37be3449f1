#include "matcher/linkage/stored_token_column.h"

#include <limits>
#include <utility>

#include "base/check.h"

namespace tallystick::matcher {

StoredTokenColumn::StoredTokenColumn(const storage::ChunkStore& store, std::string space,
                                     std::uint16_t column, std::vector<crypto::Digest> chunks,
                                     const crypto::SecretBytes<32>& data_key)
    : store_(store),
      space_(std::move(space)),
      column_(column),
      chunks_(std::move(chunks)),
      data_key_(data_key) {
  TS_CHECK(chunks_.size() < std::numeric_limits<std::uint32_t>::max());
}

std::uint32_t StoredTokenColumn::block_count() const {
  return static_cast<std::uint32_t>(chunks_.size());
}

Result<TokenBlock> StoredTokenColumn::ReadBlock(std::uint32_t block, Bytes& scratch) const {
  TS_CHECK(block < chunks_.size());
  TS_ASSIGN_OR_RETURN(scratch, store_.Get(space_, chunks_[block], data_key_));
  TS_ASSIGN_OR_RETURN(const ColumnChunk chunk, DecodeColumnChunk(scratch));
  if (chunk.kind != ColumnKind::kTokens || chunk.column != column_) {
    return Error(Code::kInvalidArgument, "linkage.other-column",
                 "a chunk is not of the column that lists it")
        .With("column", column_)
        .With("block", block);
  }
  return TokenBlock{chunk.tokens, chunk.rows};
}

}  // namespace tallystick::matcher
