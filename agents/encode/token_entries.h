#pragma once

#include <cstdint>
#include <span>

#include "agents/normalise/token_maker.h"

namespace tallystick::agents {

// TokenEntry is one entry of a token column; entries are ordered by token bytewise, then row.
struct TokenEntry {
  Token token;
  std::uint32_t row;
};
static_assert(sizeof(TokenEntry) == 20);

// SortTokenEntries sorts in place. It relies on tokens being uniform for its speed, not for its
// result: in-place distribution by the leading bits (American flag sort, McIlroy, Bostic and
// McIlroy 1993), then small comparison sorts. Cost: about 60 ns an entry at 4 million.
void SortTokenEntries(std::span<TokenEntry> entries);

}  // namespace tallystick::agents
