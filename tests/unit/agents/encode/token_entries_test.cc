#include "agents/encode/token_entries.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>
#include <vector>

namespace tallystick::agents {
namespace {

using Plain = std::vector<std::pair<Token, std::uint32_t>>;

Plain ToPlain(const std::vector<TokenEntry>& entries) {
  Plain plain;
  for (const TokenEntry& entry : entries) plain.emplace_back(entry.token, entry.row);
  return plain;
}

void ExpectSorts(std::vector<TokenEntry> entries) {
  Plain expected = ToPlain(entries);
  std::sort(expected.begin(), expected.end());
  SortTokenEntries(entries);
  EXPECT_EQ(ToPlain(entries), expected);
}

// `alphabet` values a byte, from the first `equal` bytes on.
std::vector<TokenEntry> Entries(std::size_t count, unsigned alphabet, std::size_t equal,
                                unsigned seed) {
  std::mt19937 random(seed);
  std::vector<TokenEntry> entries(count);
  for (TokenEntry& entry : entries) {
    entry.token.fill(0xAB);
    for (std::size_t i = equal; i < entry.token.size(); ++i) {
      entry.token[i] = static_cast<std::uint8_t>(random() % alphabet);
    }
    entry.row = static_cast<std::uint32_t>(random());
  }
  return entries;
}

TEST(TokenEntries, SortsUniformTokensOfEverySize) {
  for (const std::size_t count : {0u, 1u, 2u, 3u, 100u, 4095u, 4096u, 4097u, 30'000u, 300'000u}) {
    ExpectSorts(Entries(count, 256, 0, static_cast<unsigned>(count)));
  }
}

TEST(TokenEntries, SortsTokensThatAreNotUniform) {
  ExpectSorts(Entries(50'000, 2, 0, 1));     // few leading bytes
  ExpectSorts(Entries(50'000, 256, 1, 2));   // one first byte
  ExpectSorts(Entries(50'000, 256, 8, 3));   // one first half
  ExpectSorts(Entries(50'000, 3, 14, 4));    // many equal tokens
  ExpectSorts(Entries(50'000, 256, 16, 5));  // one token: by row
  auto descending = Entries(50'000, 256, 0, 6);
  SortTokenEntries(descending);
  std::reverse(descending.begin(), descending.end());
  ExpectSorts(std::move(descending));
}

}  // namespace
}  // namespace tallystick::agents
