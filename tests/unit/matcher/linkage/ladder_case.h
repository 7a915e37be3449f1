// Small linkage inputs for tests, and linkage.md written plainly.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "matcher/linkage/ladder.h"

namespace tallystick::matcher {

// SideRows[row][key] is the tokens of a row for a key, as small numbers.
using SideRows = std::vector<std::vector<std::vector<int>>>;

// TokenOf maps a small number to a token. Numbers that differ by a multiple of 5 share their first
// 8 bytes; the order of the tokens is not that of the numbers.
Token TokenOf(int number);

// LadderCase is an input made of small numbers, with its columns.
class LadderCase {
 public:
  LadderCase(SideRows left, SideRows right, std::size_t key_count,
             std::uint32_t block_entries = kMaxTokensPerChunk);

  const LadderInput& input() const { return input_; }

 private:
  std::vector<std::unique_ptr<MemoryTokenColumn>> columns_;
  LadderInput input_;
};

// OracleLinkage is the linkage of linkage.md by comparing every row with every other.
Linkage OracleLinkage(const SideRows& left, const SideRows& right, std::size_t key_count,
                      std::size_t max_token_rows);

}  // namespace tallystick::matcher
