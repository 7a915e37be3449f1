#include "matcher/linkage/token_column.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"

namespace tallystick::matcher {

MemoryTokenColumn::MemoryTokenColumn(std::vector<Token> tokens, std::vector<std::uint32_t> rows,
                                     std::uint32_t block_entries)
    : tokens_(std::move(tokens)), rows_(std::move(rows)), block_entries_(block_entries) {
  TS_CHECK(tokens_.size() == rows_.size());
  TS_CHECK(block_entries_ > 0);
  TS_CHECK(tokens_.size() / block_entries_ < std::numeric_limits<std::uint32_t>::max());
}

std::uint32_t MemoryTokenColumn::block_count() const {
  return static_cast<std::uint32_t>((tokens_.size() + block_entries_ - 1) / block_entries_);
}

Result<TokenBlock> MemoryTokenColumn::ReadBlock(std::uint32_t block, Bytes&) const {
  TS_CHECK(block < block_count());
  const std::size_t begin = std::size_t{block} * block_entries_;
  const std::size_t count = std::min<std::size_t>(block_entries_, tokens_.size() - begin);
  return TokenBlock{std::span(tokens_).subspan(begin, count),
                    std::span(rows_).subspan(begin, count)};
}

}  // namespace tallystick::matcher
