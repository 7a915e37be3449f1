#include "agents/encode/token_entries.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

namespace tallystick::agents {
namespace {

constexpr std::size_t kBucketEntries = 256;  // aimed at
constexpr int kMaxBits = 14;

std::uint64_t BigEndian(const std::uint8_t* bytes) {
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap64(value);
}

bool Less(const TokenEntry& a, const TokenEntry& b) {
  const std::uint64_t a_high = BigEndian(a.token.data()), b_high = BigEndian(b.token.data());
  if (a_high != b_high) return a_high < b_high;
  const std::uint64_t a_low = BigEndian(a.token.data() + 8), b_low = BigEndian(b.token.data() + 8);
  return a_low != b_low ? a_low < b_low : a.row < b.row;
}

// Moves every entry into the bucket of its leading `bits` bits; returns where each bucket ends.
std::vector<std::size_t> Distribute(std::span<TokenEntry> entries, int bits) {
  const auto bucket_of = [shift = 16 - bits](const TokenEntry& entry) {
    const unsigned leading = entry.token[0] * 256u + entry.token[1];
    return static_cast<std::size_t>(leading >> shift);
  };
  std::vector<std::size_t> ends(std::size_t{1} << bits);
  for (const TokenEntry& entry : entries) ++ends[bucket_of(entry)];
  std::vector<std::size_t> heads(ends.size());
  std::size_t total = 0;
  for (std::size_t b = 0; b < ends.size(); ++b) {
    heads[b] = total;
    total += ends[b];
    ends[b] = total;
  }
  for (std::size_t b = 0; b < ends.size(); ++b) {
    while (heads[b] < ends[b]) {
      TokenEntry entry = entries[heads[b]];
      std::size_t target = bucket_of(entry);
      while (target != b) {  // follow the cycle until an entry of this bucket comes up
        std::swap(entry, entries[heads[target]++]);
        target = bucket_of(entry);
      }
      entries[heads[b]++] = entry;
    }
  }
  return ends;
}

}  // namespace

void SortTokenEntries(std::span<TokenEntry> entries) {
  const auto buckets = std::bit_ceil(entries.size() / kBucketEntries + 1);
  const int bits = std::min(std::countr_zero(buckets), kMaxBits);
  if (bits < 2) return std::sort(entries.begin(), entries.end(), Less);
  std::size_t begin = 0;
  for (const std::size_t end : Distribute(entries, bits)) {
    std::sort(entries.begin() + static_cast<std::ptrdiff_t>(begin),
              entries.begin() + static_cast<std::ptrdiff_t>(end), Less);
    begin = end;
  }
}

}  // namespace tallystick::agents
