#include "matcher/linkage/internal/candidate_pairs.h"

namespace tallystick::matcher {

bool IntoBuckets(const PairList& list, const PairLayout& layout, BucketedPairs& out) {
  const std::size_t count = list.size();
  if (!out.charge.Add(count * sizeof(std::uint64_t))) return false;
  out.entries = std::make_unique_for_overwrite<std::uint64_t[]>(count);
  out.starts.assign(layout.bucket_count() + 1, 0);
  list.ForEach(
      [&](std::uint64_t packed) { ++out.starts[layout.BucketOf(PairLayout::Pair(packed)) + 1]; });
  for (std::size_t b = 1; b < out.starts.size(); ++b) out.starts[b] += out.starts[b - 1];
  std::vector<std::size_t> at(out.starts.begin(), out.starts.end() - 1);
  list.ForEach([&](std::uint64_t packed) {
    out.entries[at[layout.BucketOf(PairLayout::Pair(packed))]++] = packed;
  });
  return true;
}

}  // namespace tallystick::matcher
