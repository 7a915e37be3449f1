// Candidate pairs as the join emits them: packed, then sorted into buckets of left rows.
#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "matcher/linkage/internal/memory_budget.h"

namespace tallystick::matcher {

// PairLayout packs (left, right, key) into 64 bits, left highest, key in the lowest 5, and says
// which bucket a left row belongs to. Buckets are ranges of left rows, small enough to sort in
// cache.
class PairLayout {
 public:
  static constexpr unsigned kKeyBits = 5;

  // REQUIRES: at most 2^27 rows a side.
  PairLayout(std::uint32_t left_row_count, std::uint32_t right_row_count)
      : right_bits_(BitsFor(right_row_count)) {
    const unsigned left_bits = BitsFor(left_row_count);
    const unsigned bucket_bits = left_bits <= 12 ? 0 : left_bits - 12 > 10 ? 10 : left_bits - 12;
    bucket_shift_ = left_bits - bucket_bits;
    bucket_count_ = std::size_t{1} << bucket_bits;
  }

  std::uint64_t Pack(std::uint32_t left, std::uint32_t right, unsigned key) const {
    return ((std::uint64_t{left} << right_bits_ | right) << kKeyBits) | key;
  }
  // A pair is a packed candidate without its key.
  static std::uint64_t Pair(std::uint64_t packed) { return packed >> kKeyBits; }
  static unsigned Key(std::uint64_t packed) { return packed & ((1U << kKeyBits) - 1); }
  std::uint64_t PairOf(std::uint32_t left, std::uint32_t right) const {
    return std::uint64_t{left} << right_bits_ | right;
  }
  std::uint32_t Left(std::uint64_t pair) const {
    return static_cast<std::uint32_t>(pair >> right_bits_);
  }
  std::uint32_t Right(std::uint64_t pair) const {
    return static_cast<std::uint32_t>(pair & ((std::uint64_t{1} << right_bits_) - 1));
  }

  std::size_t bucket_count() const { return bucket_count_; }
  std::size_t BucketOf(std::uint64_t pair) const { return pair >> (right_bits_ + bucket_shift_); }
  // Bits in which the pairs of one bucket differ.
  unsigned bits_within_bucket() const { return right_bits_ + bucket_shift_; }

 private:
  static unsigned BitsFor(std::uint32_t row_count) {
    return row_count < 2 ? 1U : static_cast<unsigned>(std::bit_width(row_count - 1));
  }

  unsigned right_bits_;
  unsigned bucket_shift_;
  std::size_t bucket_count_;
};

// PairList grows in fixed pieces, so that growing neither copies nor doubles memory.
class PairList {
 public:
  static constexpr std::size_t kPieceEntries = 32 * 1024;

  explicit PairList(MemoryBudget& budget) : charge_(budget) {}

  // Add drops the pair and is false from then on once the budget is spent.
  bool Add(std::uint64_t packed) {
    if (next_ == end_ && !Grow()) return false;
    *next_++ = packed;
    return true;
  }

  std::size_t size() const {
    return pieces_.size() * kPieceEntries - static_cast<std::size_t>(end_ - next_);
  }
  template <class Visit>
  void ForEach(const Visit& visit) const {
    for (const auto& piece : pieces_) {
      const std::uint64_t* const end = piece == pieces_.back() ? next_ : &piece[0] + kPieceEntries;
      for (const std::uint64_t* p = piece.get(); p != end; ++p) visit(*p);
    }
  }

 private:
  bool Grow() {
    if (!charge_.Add(kPieceEntries * sizeof(std::uint64_t))) return false;
    pieces_.push_back(std::make_unique_for_overwrite<std::uint64_t[]>(kPieceEntries));
    next_ = pieces_.back().get();
    end_ = next_ + kPieceEntries;
    return true;
  }

  MemoryCharge charge_;
  std::vector<std::unique_ptr<std::uint64_t[]>> pieces_;
  std::uint64_t* next_ = nullptr;
  std::uint64_t* end_ = nullptr;
};

// BucketedPairs is a PairList rearranged: bucket b is entries [starts[b], starts[b + 1]).
struct BucketedPairs {
  explicit BucketedPairs(MemoryBudget& budget) : charge(budget) {}

  std::span<const std::uint64_t> Bucket(std::size_t bucket) const {
    return std::span(entries.get(), size())
        .subspan(starts[bucket], starts[bucket + 1] - starts[bucket]);
  }
  std::size_t size() const { return starts.back(); }

  MemoryCharge charge;
  std::unique_ptr<std::uint64_t[]> entries;
  std::vector<std::size_t> starts{0};
};

// IntoBuckets fills `out`, keeping the order of `list` within a bucket. False when the budget does
// not allow it.
bool IntoBuckets(const PairList& list, const PairLayout& layout, BucketedPairs& out);

}  // namespace tallystick::matcher
