#pragma once

#include <cstdint>
#include <cstring>

#include "proto/column_chunk.h"

namespace tallystick::matcher {

// TokenPrefix and TokenRest are a token's halves as numbers, so that comparing (prefix, rest)
// compares tokens bytewise.
inline std::uint64_t TokenPrefix(const Token& token) {
  std::uint64_t value;
  std::memcpy(&value, token.data(), sizeof value);
  return __builtin_bswap64(value);
}
inline std::uint64_t TokenRest(const Token& token) {
  std::uint64_t value;
  std::memcpy(&value, token.data() + sizeof value, sizeof value);
  return __builtin_bswap64(value);
}

inline bool SameToken(const Token& a, const Token& b) {
  return std::memcmp(a.data(), b.data(), sizeof a) == 0;
}

}  // namespace tallystick::matcher
