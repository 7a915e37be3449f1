#include "matcher/linkage/internal/candidate_table.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

#include "matcher/linkage/internal/radix_sort.h"
#include "matcher/linkage/parallel.h"

namespace tallystick::matcher {
namespace {

using Bucket = CandidateTable::Bucket;

std::uint64_t BytesOf(const Bucket& bucket) {
  return bucket.pairs.capacity() * sizeof(std::uint64_t) +
         bucket.keys.capacity() * sizeof(std::uint32_t);
}

Bucket SizedFor(std::size_t count) {
  Bucket bucket;
  bucket.pairs.reserve(count);
  bucket.keys.reserve(count);
  return bucket;
}

// `sorted` is packed candidates ordered by pair; each pair comes out once with all its keys.
Bucket Deduplicate(std::span<const std::uint64_t> sorted) {
  std::size_t count = sorted.empty() ? 0 : 1;
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    count += PairLayout::Pair(sorted[i]) != PairLayout::Pair(sorted[i - 1]) ? 1 : 0;
  }
  Bucket bucket = SizedFor(count);
  for (std::size_t i = 0; i < sorted.size();) {
    const std::uint64_t pair = PairLayout::Pair(sorted[i]);
    std::uint32_t keys = 0;
    for (; i < sorted.size() && PairLayout::Pair(sorted[i]) == pair; ++i) {
      keys |= std::uint32_t{1} << PairLayout::Key(sorted[i]);
    }
    bucket.pairs.push_back(pair);
    bucket.keys.push_back(keys);
  }
  return bucket;
}

Bucket Merge(const Bucket& a, const Bucket& b) {
  Bucket out = SizedFor(a.pairs.size() + b.pairs.size());
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.pairs.size() || j < b.pairs.size()) {
    const bool take_a = j == b.pairs.size() || (i < a.pairs.size() && a.pairs[i] <= b.pairs[j]);
    const bool take_b = i == a.pairs.size() || (j < b.pairs.size() && b.pairs[j] <= a.pairs[i]);
    out.pairs.push_back(take_a ? a.pairs[i] : b.pairs[j]);
    out.keys.push_back((take_a ? a.keys[i] : 0U) | (take_b ? b.keys[j] : 0U));
    i += take_a ? 1 : 0;
    j += take_b ? 1 : 0;
  }
  return out;
}

}  // namespace

bool CandidateTable::Fold(std::vector<BucketedPairs> parts, unsigned thread_count,
                          MemoryBudget& budget) {
  std::vector<std::size_t> sizes(buckets_.size(), 0);
  for (const BucketedPairs& part : parts) {
    for (std::size_t b = 0; b < sizes.size(); ++b) sizes[b] += part.Bucket(b).size();
  }
  const std::size_t largest = *std::max_element(sizes.begin(), sizes.end());

  std::atomic<bool> within_budget = true;
  std::mutex charge_mutex;
  std::atomic<std::size_t> next_bucket = 0;
  // One task a thread, so that each has one pair of scratch buffers.
  const auto work = [&](std::size_t) {
    MemoryCharge scratch_charge(budget);
    if (!scratch_charge.Add(2 * largest * sizeof(std::uint64_t))) {
      within_budget = false;
      return;
    }
    const auto gathered = std::make_unique_for_overwrite<std::uint64_t[]>(largest);
    const auto scratch = std::make_unique_for_overwrite<std::uint64_t[]>(largest);
    for (std::size_t b = next_bucket++; b < buckets_.size() && within_budget; b = next_bucket++) {
      if (sizes[b] == 0) continue;
      std::uint64_t* end = gathered.get();
      for (const BucketedPairs& part : parts) {
        const auto from = part.Bucket(b);
        end = std::copy(from.begin(), from.end(), end);
      }
      const auto sorted = RadixSort({gathered.get(), end}, {scratch.get(), largest},
                                    PairLayout::kKeyBits, layout_.bits_within_bucket());
      Bucket bucket = Deduplicate(sorted);
      if (!buckets_[b].pairs.empty()) bucket = Merge(buckets_[b], bucket);
      {
        // The bucket that this one replaces stays charged until the table goes; merging several
        // times is for inputs near the limit, which is then met a little early.
        const std::lock_guard lock(charge_mutex);
        if (!charge_.Add(BytesOf(bucket))) within_budget = false;
      }
      buckets_[b] = std::move(bucket);
    }
  };
  const unsigned workers =
      static_cast<unsigned>(std::min<std::size_t>(thread_count, buckets_.size()));
  ForEachTask(workers, workers, work);
  return within_budget;
}

std::uint32_t CandidateTable::KeysOf(std::uint64_t pair) const {
  const Bucket& bucket = buckets_[layout_.BucketOf(pair)];
  const auto at = std::lower_bound(bucket.pairs.begin(), bucket.pairs.end(), pair);
  if (at == bucket.pairs.end() || *at != pair) return 0;
  return bucket.keys[static_cast<std::size_t>(at - bucket.pairs.begin())];
}

}  // namespace tallystick::matcher
