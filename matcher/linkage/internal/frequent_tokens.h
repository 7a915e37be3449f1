#pragma once

#include <cstdint>
#include <vector>

#include "matcher/linkage/internal/key_join.h"

namespace tallystick::matcher {

// FrequentToken is a token of one key that some side has more often than a pass allows, with the
// rows of both sides; a side that lacks it has none.
struct FrequentToken {
  std::vector<std::uint32_t> left;  // ascending, each once
  std::vector<std::uint32_t> right;
};

// FrequentTokens is one key's, and answers whether two rows share one.
//
// Thread safety: const methods from any thread.
class FrequentTokens {
 public:
  // REQUIRES: both sorted by token, each token once.
  FrequentTokens(std::vector<FrequentRun> left, std::vector<FrequentRun> right);

  // In the order of the tokens.
  const std::vector<FrequentToken>& tokens() const { return tokens_; }
  bool AnyOnBothSides() const { return !left_rows_.empty(); }

  // Cost: a binary search for each frequent token of the left row.
  bool Share(std::uint32_t left, std::uint32_t right) const;

 private:
  std::vector<FrequentToken> tokens_;
  std::vector<std::uint64_t> left_rows_;  // row << 32 | token, of tokens that both sides have
};

}  // namespace tallystick::matcher
