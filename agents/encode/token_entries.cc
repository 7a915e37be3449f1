#include "agents/encode/token_entries.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

namespace tallystick::agents {
namespace {

// Two levels of buckets: the first few enough for the TLB, the second within the cache, so small
// that insertion finishes them.
constexpr int kFirstBits = 8;
constexpr int kMaxSecondBits = 12;
constexpr std::size_t kBucketEntries = 12;  // aimed at by the second level
constexpr std::size_t kInsertionEntries =
    40;                                    // more, where tokens are not uniform, are std::sort's
constexpr std::size_t kFewEntries = 4096;  // not worth a distribution

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

// The `bits` bits of the token behind the first `skipped`.
unsigned Digit(const TokenEntry& entry, int skipped, int bits) {
  const std::uint64_t high = BigEndian(entry.token.data());
  return static_cast<unsigned>(high << skipped >> (64 - bits));
}

// Moves every entry into the bucket of its digit (American flag sort); calls
// visit(the entries of a bucket) for each.
template <class Visit>
void Distribute(std::span<TokenEntry> entries, int skipped, int bits, Visit visit) {
  std::array<std::uint32_t, std::size_t{1} << kMaxSecondBits> heads, ends;
  const std::size_t bucket_count = std::size_t{1} << bits;
  std::fill_n(ends.begin(), bucket_count, 0);
  for (const TokenEntry& entry : entries) ++ends[Digit(entry, skipped, bits)];
  std::uint32_t total = 0;
  for (std::size_t b = 0; b < bucket_count; ++b) {
    heads[b] = total;
    total += ends[b];
    ends[b] = total;
  }
  for (std::size_t b = 0; b < bucket_count; ++b) {
    while (heads[b] < ends[b]) {
      TokenEntry entry = entries[heads[b]];
      unsigned target = Digit(entry, skipped, bits);
      while (target != b) {  // follow the cycle until an entry of this bucket comes up
        std::swap(entry, entries[heads[target]++]);
        target = Digit(entry, skipped, bits);
      }
      entries[heads[b]++] = entry;
    }
  }
  std::uint32_t begin = 0;
  for (std::size_t b = 0; b < bucket_count; ++b) {
    visit(entries.subspan(begin, ends[b] - begin));
    begin = ends[b];
  }
}

void SortFew(std::span<TokenEntry> entries) {
  if (entries.size() > kInsertionEntries) {
    std::sort(entries.begin(), entries.end(), Less);
    return;
  }
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const TokenEntry entry = entries[i];
    std::size_t at = i;
    for (; at > 0 && Less(entry, entries[at - 1]); --at) entries[at] = entries[at - 1];
    entries[at] = entry;
  }
}

void SortBucket(std::span<TokenEntry> entries) {
  const auto bits = static_cast<int>(std::bit_width(entries.size() / kBucketEntries));
  if (bits < 3) return SortFew(entries);
  Distribute(entries, kFirstBits, std::min(bits, kMaxSecondBits), SortFew);
}

}  // namespace

void SortTokenEntries(std::span<TokenEntry> entries) {
  if (entries.size() < kFewEntries) return std::sort(entries.begin(), entries.end(), Less);
  Distribute(entries, 0, kFirstBits, SortBucket);
}

}  // namespace tallystick::agents
