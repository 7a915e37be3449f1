#include "matcher/linkage/internal/frequent_tokens.h"

#include <algorithm>
#include <utility>

namespace tallystick::matcher {

FrequentTokens::FrequentTokens(std::vector<FrequentRun> left, std::vector<FrequentRun> right) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() || j < right.size()) {
    const bool take_left =
        j == right.size() || (i < left.size() && left[i].token <= right[j].token);
    const bool take_right =
        i == left.size() || (j < right.size() && right[j].token <= left[i].token);
    FrequentToken token;
    if (take_left) token.left = std::move(left[i++].rows);
    if (take_right) token.right = std::move(right[j++].rows);
    if (take_left && take_right) {
      for (const std::uint32_t row : token.left) {
        left_rows_.push_back(std::uint64_t{row} << 32 | tokens_.size());
      }
    }
    tokens_.push_back(std::move(token));
  }
  std::sort(left_rows_.begin(), left_rows_.end());
}

bool FrequentTokens::Share(std::uint32_t left, std::uint32_t right) const {
  auto at = std::lower_bound(left_rows_.begin(), left_rows_.end(), std::uint64_t{left} << 32);
  for (; at != left_rows_.end() && *at >> 32 == left; ++at) {
    const std::vector<std::uint32_t>& rights = tokens_[*at & 0xffffffff].right;
    if (std::binary_search(rights.begin(), rights.end(), right)) return true;
  }
  return false;
}

}  // namespace tallystick::matcher
