#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace tallystick::matcher {

// RadixSort sorts `values` by their bits [first_bit, first_bit + bit_count), stably, using
// `scratch` of at least the same length, and returns the span (of either buffer) that holds the
// result. Cost: one pass for each 11 bits; made for arrays that fit in cache.
inline std::span<std::uint64_t> RadixSort(std::span<std::uint64_t> values,
                                          std::span<std::uint64_t> scratch, unsigned first_bit,
                                          unsigned bit_count) {
  constexpr unsigned kDigitBits = 11;
  constexpr std::uint64_t kDigitMask = (1U << kDigitBits) - 1;
  std::span<std::uint64_t> from = values;
  std::span<std::uint64_t> to = scratch.first(values.size());
  if (values.size() < 256) {
    const std::uint64_t mask =
        bit_count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bit_count) - 1;
    std::stable_sort(from.begin(), from.end(), [&](std::uint64_t a, std::uint64_t b) {
      return (a >> first_bit & mask) < (b >> first_bit & mask);
    });
    return from;
  }
  for (unsigned done = 0; done < bit_count; done += kDigitBits) {
    const unsigned shift = first_bit + done;
    const std::uint64_t mask =
        bit_count - done >= kDigitBits ? kDigitMask : (std::uint64_t{1} << (bit_count - done)) - 1;
    std::array<std::uint32_t, kDigitMask + 1> at{};
    for (const std::uint64_t value : from) ++at[value >> shift & mask];
    std::uint32_t sum = 0;
    for (std::uint32_t& start : at) sum += std::exchange(start, sum);
    std::uint64_t* const out = to.data();
    for (const std::uint64_t value : from) out[at[value >> shift & mask]++] = value;
    std::swap(from, to);
  }
  return from;
}

}  // namespace tallystick::matcher
