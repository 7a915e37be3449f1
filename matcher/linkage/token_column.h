// Sorted token columns, read block by block: what linkage joins.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "proto/column_chunk.h"

namespace tallystick::matcher {

// TokenBlock is a run of consecutive entries of a column; both spans have the same length.
struct TokenBlock {
  std::span<const Token> tokens;
  std::span<const std::uint32_t> rows;
};

// TokenColumn is one submission's tokens for one match key, as entries (token, row) sorted by
// token, then row, over all blocks. Linkage checks that order and the rows' range itself: a column
// comes from a party.
//
// Thread safety: const methods from any thread at once.
class TokenColumn {
 public:
  virtual ~TokenColumn() = default;

  virtual std::uint32_t block_count() const = 0;

  // ReadBlock returns block `block`, which may point into `scratch`: the spans are valid until
  // `scratch` changes or the column goes. Cost: for stored columns, a read and a decryption.
  // REQUIRES: block < block_count().
  virtual Result<TokenBlock> ReadBlock(std::uint32_t block, Bytes& scratch) const = 0;
};

// MemoryTokenColumn serves entries held in memory in blocks of a chosen size.
class MemoryTokenColumn : public TokenColumn {
 public:
  // REQUIRES: equal lengths, block_entries > 0.
  MemoryTokenColumn(std::vector<Token> tokens, std::vector<std::uint32_t> rows,
                    std::uint32_t block_entries = kMaxTokensPerChunk);

  std::uint32_t block_count() const override;
  Result<TokenBlock> ReadBlock(std::uint32_t block, Bytes& scratch) const override;

 private:
  std::vector<Token> tokens_;
  std::vector<std::uint32_t> rows_;
  std::uint32_t block_entries_;
};

}  // namespace tallystick::matcher
