#include "matcher/linkage/similarity.h"

#include <algorithm>
#include <bit>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "matcher/linkage/internal/bit_order.h"
#include "matcher/linkage/internal/compared_side.h"
#include "matcher/linkage/internal/dice_tile.h"
#include "matcher/linkage/parallel.h"

namespace tallystick::matcher {
namespace {

constexpr std::uint32_t kMaxComparedRows = 1u << 27;

// Right rows that are compared with all tiles of a block before the next are: 32 KiB of 1024 bits,
// which stay in the first-level cache.
constexpr std::size_t kChunkGroups = 32;
constexpr std::size_t kBlockTiles = 16;  // left tiles that one thread takes at a time

constexpr std::uint64_t kMoreThanAnyPair = 1u << 20;

// Of two pairs of one left row.
struct Candidate {
  Similarity similarity;
  std::uint32_t right;
};
bool Better(const Candidate& a, const Candidate& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity : a.right < b.right;
}

// Best keeps the best `limit` of the candidates it is given, in memory for twice as many.
class Best {
 public:
  void Add(Candidate candidate, std::size_t limit) {
    if (candidate.similarity < floor_) return;
    candidates_.push_back(candidate);
    if (candidates_.size() < 2 * limit) return;
    std::nth_element(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(limit),
                     candidates_.end(), Better);
    Truncate(limit);
    Similarity lowest = kSimilarityOne;
    for (const Candidate& kept : candidates_) lowest = std::min(lowest, kept.similarity);
    floor_ = lowest;
  }

  // Best first.
  const std::vector<Candidate>& Finish(std::size_t limit) {
    std::sort(candidates_.begin(), candidates_.end(), Better);
    if (candidates_.size() > limit) Truncate(limit);
    return candidates_;
  }

  bool truncated() const { return truncated_; }

 private:
  void Truncate(std::size_t limit) {
    candidates_.resize(limit);
    truncated_ = true;
  }

  std::vector<Candidate> candidates_;
  Similarity floor_ = 0;  // `limit` candidates with at least this are kept already
  bool truncated_ = false;
};

// For each number of set bits of a left row, which numbers a right row may have: with more or fewer
// the lesser of both could not hold the common bits that the threshold asks for.
class CountRanges {
 public:
  CountRanges(const DiceThreshold& threshold, std::uint32_t bits) : ranges_(bits + 1) {
    // Both ends rise with the left count, so that each search goes on from the last.
    std::uint32_t low = 1, high = 0;
    for (std::uint32_t a = 1; a <= bits; ++a) {
      const auto possible = [&](std::uint32_t b) {
        return threshold.FewestCommon(a + b) <= std::min(a, b);
      };
      while (!possible(low)) ++low;  // a == b always is
      high = std::max(high, a);
      while (high < bits && possible(high + 1)) ++high;
      ranges_[a] = {low, high};
    }
  }

  // REQUIRES: 1 <= count <= bits.
  std::pair<std::uint32_t, std::uint32_t> operator[](std::uint32_t count) const {
    return ranges_[count];
  }

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges_;
};

// After how many words it pays to look whether any pair of a tile can still be similar: judged on a
// sample of pairs that differ in rank alike, since the answer only changes the time it takes.
std::size_t ChooseCheckpoint(const ComparedSide& left, const ComparedSide& right,
                             const DiceThreshold& threshold) {
  constexpr std::size_t kSample = 4096;
  constexpr double kPairsOfTile = 2.0 * kTileRows * kGroupRows;
  constexpr double kCostOfLooking = 1.5;  // in words
  const std::size_t words = left.words();
  if (left.row_count() == 0 || right.row_count() == 0) return words;
  std::vector<std::size_t> possible(words, 0);
  for (std::size_t i = 0; i < kSample; ++i) {
    const std::size_t l = left.row_count() * i / kSample;
    const std::size_t near = right.row_count() * i / kSample;
    const std::size_t r = (near + i * 7919 % (right.row_count() / 8 + 1)) % right.row_count();
    std::uint32_t common = 0, left_rest = left.count(l), right_rest = right.count(r);
    const std::uint32_t needed = threshold.FewestCommon(left_rest + right_rest);
    for (std::size_t w = 0; w < words; ++w) {
      possible[w] += common + std::min(left_rest, right_rest) >= needed ? 1 : 0;
      common += static_cast<std::uint32_t>(std::popcount(left.word(l, w) & right.word(r, w)));
      left_rest -= static_cast<std::uint32_t>(std::popcount(left.word(l, w)));
      right_rest -= static_cast<std::uint32_t>(std::popcount(right.word(r, w)));
    }
  }
  std::size_t best = words;
  double best_cost = static_cast<double>(words);
  for (std::size_t w = 2; w < words; w += 2) {
    const double share = static_cast<double>(possible[w]) / kSample;
    double none_possible = 1;
    for (int i = 0; i < static_cast<int>(kPairsOfTile); ++i) none_possible *= 1 - share;
    const double cost = static_cast<double>(w) + kCostOfLooking +
                        (1 - none_possible) * static_cast<double>(words - w);
    if (cost < best_cost) {
      best_cost = cost;
      best = w;
    }
  }
  return best;
}

// With so many pairs moving the bits pays. On FEBRL's records it saves 11 to 18 % of the words.
constexpr std::uint64_t kPairsWorthMoving = std::uint64_t{1} << 34;

std::optional<BitMover> MoverFor(const EncodedRows& left, const EncodedRows& right) {
  const std::uint64_t row_bytes = left.bits / 8;
  const std::uint64_t pairs = left.bytes.size() / row_bytes * (right.bytes.size() / row_bytes);
  if (pairs < kPairsWorthMoving) return std::nullopt;
  return BitMover(InformativeBitsFirst(left));
}

struct GroupRange {
  std::size_t begin = 0, end = 0;
};

class Comparison {
 public:
  Comparison(const EncodedRows& left, const EncodedRows& right, const SimilarityOptions& options,
             FindInTile find, std::stop_token stop)
      : options_(options),
        find_(find),
        stop_(std::move(stop)),
        mover_(MoverFor(left, right)),
        left_(left, SideLayout::kRows, mover_.has_value() ? &*mover_ : nullptr),
        right_(right, SideLayout::kGroups, mover_.has_value() ? &*mover_ : nullptr),
        checkpoint_(ChooseCheckpoint(left_, right_, options.threshold)),
        left_rest_(left_.Rest(checkpoint_)),
        right_rest_(right_.Rest(checkpoint_)),
        fewest_common_(2 * left.bits + 1) {
    for (std::uint32_t total = 0; total < fewest_common_.size(); ++total) {
      fewest_common_[total] = total == 0 ? kMoreThanAnyPair : options.threshold.FewestCommon(total);
    }
    FindRanges(left.bits);
  }

  Result<SimilarPairs> Run() {
    const unsigned threads = ThreadCount(options_.thread_count);
    // Small inputs in small blocks, so that every thread has something to do.
    const std::size_t block_tiles =
        std::clamp<std::size_t>(ranges_.size() / (8 * threads), 1, kBlockTiles);
    const std::size_t block_count = (ranges_.size() + block_tiles - 1) / block_tiles;
    ForEachTask(threads, block_count, [&](std::size_t block) {
      CompareBlock(block * block_tiles, std::min((block + 1) * block_tiles, ranges_.size()));
    });
    if (cancelled_) {
      return Error(Code::kUnavailable, "linkage.cancelled", "the comparison was cancelled");
    }
    std::sort(out_.pairs.begin(), out_.pairs.end(), [](const SimilarPair& a, const SimilarPair& b) {
      if (a.left != b.left) return a.left < b.left;
      return Better({a.similarity, a.right}, {b.similarity, b.right});
    });
    return std::move(out_);
  }

 private:
  std::size_t RowsInTile(std::size_t tile) const {
    return std::min(left_.row_count() - tile * kTileRows, kTileRows);
  }

  std::uint64_t PairsIn(std::size_t tile, GroupRange range) const {
    const std::size_t end = std::min(range.end * kGroupRows, right_.row_count());
    return RowsInTile(tile) * (end - std::min(end, range.begin * kGroupRows));
  }

  // Which right groups each left tile has to see.
  void FindRanges(std::uint32_t bits) {
    const CountRanges counts(options_.threshold, bits);
    ranges_.resize(left_.group_count());
    std::uint64_t total = 0;
    for (std::size_t tile = 0; tile < ranges_.size(); ++tile) {
      const std::size_t first = tile * kTileRows;
      const std::uint32_t most = left_.count(first + RowsInTile(tile) - 1);
      if (most == 0) continue;
      const std::size_t begin = right_.FirstWith(counts[std::max(left_.count(first), 1u)].first);
      const std::size_t end = right_.FirstWith(counts[most].second + 1);
      if (begin >= end) continue;
      ranges_[tile] = {begin / kGroupRows, (end + kGroupRows - 1) / kGroupRows};
      total += PairsIn(tile, ranges_[tile]);
    }
    if (options_.progress != nullptr) {
      options_.progress->done = 0;
      options_.progress->total = total;
    }
  }

  DiceTile TileOf(std::size_t tile, GroupRange range) const {
    const std::size_t first = tile * kTileRows;
    return {.left = left_.bits() + first * left_.words(),
            .left_count = left_.counts() + first,
            .left_rest = left_rest_.data() + first,
            .right = right_.bits(),
            .right_rest = right_rest_.data(),
            .right_fewest = right_.fewest(),
            .group_begin = range.begin,
            .group_end = range.end,
            .words = left_.words(),
            .checkpoint = checkpoint_,
            .fewest_common = fewest_common_.data()};
  }

  void CompareBlock(std::size_t first_tile, std::size_t end_tile) {
    std::vector<Best> best((end_tile - first_tile) * kTileRows);
    std::vector<TileHit> hits(kChunkGroups * kTileRows);
    GroupRange all = ranges_[first_tile];
    for (std::size_t tile = first_tile; tile < end_tile; ++tile) {
      if (ranges_[tile].begin == ranges_[tile].end) continue;
      if (all.begin == all.end) all = ranges_[tile];
      all.begin = std::min(all.begin, ranges_[tile].begin);
      all.end = std::max(all.end, ranges_[tile].end);
    }
    for (std::size_t chunk = all.begin; chunk < all.end; chunk += kChunkGroups) {
      std::uint64_t compared = 0;
      for (std::size_t tile = first_tile; tile < end_tile; ++tile) {
        if (stop_.stop_requested()) {
          cancelled_ = true;
          return;
        }
        const GroupRange range = {std::max(chunk, ranges_[tile].begin),
                                  std::min(chunk + kChunkGroups, ranges_[tile].end)};
        if (range.begin >= range.end) continue;
        const std::size_t hit_count = find_(TileOf(tile, range), hits.data());
        for (std::size_t i = 0; i < hit_count; ++i) {
          TakeHit(hits[i], tile, best[(tile - first_tile) * kTileRows + hits[i].row]);
        }
        compared += PairsIn(tile, range);
      }
      if (options_.progress != nullptr) options_.progress->done += compared;
    }
    Deliver(first_tile * kTileRows, best);
  }

  void TakeHit(const TileHit& hit, std::size_t tile, Best& best) const {
    const std::size_t l = tile * kTileRows + hit.row;
    for (unsigned lanes = hit.lanes; lanes != 0; lanes &= lanes - 1) {
      const std::size_t r = hit.group * kGroupRows + static_cast<unsigned>(std::countr_zero(lanes));
      if (r >= right_.row_count()) continue;
      const std::uint32_t common = hit.common[r % kGroupRows];
      const std::uint32_t total = left_.count(l) + right_.count(r);
      if (common < fewest_common_[total]) continue;
      best.Add({SimilarityOf(common, total), right_.row(r)}, options_.pairs_per_row);
    }
  }

  void Deliver(std::size_t first_place, std::vector<Best>& best) {
    std::vector<SimilarPair> pairs;
    std::uint64_t truncated = 0;
    for (std::size_t i = 0; i < best.size() && first_place + i < left_.row_count(); ++i) {
      for (const Candidate& c : best[i].Finish(options_.pairs_per_row)) {
        pairs.push_back({left_.row(first_place + i), c.right, c.similarity});
      }
      truncated += best[i].truncated() ? 1 : 0;
    }
    const std::lock_guard lock(out_mutex_);
    out_.pairs.insert(out_.pairs.end(), pairs.begin(), pairs.end());
    out_.truncated_row_count += truncated;
  }

  const SimilarityOptions& options_;
  const FindInTile find_;
  const std::stop_token stop_;
  const std::optional<BitMover> mover_;
  const ComparedSide left_, right_;
  const std::size_t checkpoint_;
  const AlignedWords left_rest_, right_rest_;
  std::vector<std::uint64_t> fewest_common_;
  std::vector<GroupRange> ranges_;  // by left tile
  std::atomic<bool> cancelled_{false};
  std::mutex out_mutex_;
  SimilarPairs out_;
};

Status CheckSide(const EncodedRows& rows, Name side) {
  if (rows.bits != 512 && rows.bits != 1024 && rows.bits != 2048) {
    return Error(Code::kInvalidArgument, "linkage.encoding-length",
                 "encodings of 512, 1024 or 2048 bits are compared")
        .With("side", std::move(side))
        .With("bits", rows.bits);
  }
  const std::size_t row_bytes = rows.bits / 8;
  if (rows.bytes.size() % row_bytes != 0) {
    return Error(Code::kInvalidArgument, "linkage.encoding-length",
                 "the bytes are not whole encodings")
        .With("side", std::move(side))
        .With("bits", rows.bits);
  }
  if (rows.bytes.size() / row_bytes > kMaxComparedRows) {
    return Error(Code::kExhausted, "linkage.too-many-rows", "a side has too many rows")
        .With("side", std::move(side));
  }
  return Ok();
}

}  // namespace

DiceThreshold::DiceThreshold(std::uint32_t ten_thousandths) : value_(ten_thousandths) {
  TS_CHECK(ten_thousandths >= 1 && ten_thousandths <= 10'000);
}

std::uint32_t DiceThreshold::FewestCommon(std::uint32_t total) const {
  const std::uint64_t product = std::uint64_t{value_} * total;
  return static_cast<std::uint32_t>(std::max<std::uint64_t>((product + 19'999) / 20'000, 1));
}

Similarity SimilarityOf(std::uint32_t common, std::uint32_t total) {
  // Two different fractions with denominators up to 4,096 are at least 2^-24 apart.
  return static_cast<Similarity>((std::uint64_t{2} * common * kSimilarityOne) / total);
}

std::string_view ComparisonTargetName(ComparisonTarget target) {
  switch (target) {
    case ComparisonTarget::kScalar:
      return "scalar";
    case ComparisonTarget::kNeon:
      return "neon";
    case ComparisonTarget::kAvx2:
      return "avx2";
    case ComparisonTarget::kAvx512Bw:
      return "avx512bw";
    case ComparisonTarget::kAvx512Popcount:
      return "avx512vpopcntdq";
  }
  return "";
}

std::vector<ComparisonTarget> ComparisonTargets() {
  std::vector<ComparisonTarget> targets;
  for (const auto target :
       {ComparisonTarget::kScalar, ComparisonTarget::kNeon, ComparisonTarget::kAvx2,
        ComparisonTarget::kAvx512Bw, ComparisonTarget::kAvx512Popcount}) {
    if (FindInTileFor(target) != nullptr) targets.push_back(target);
  }
  return targets;
}

Result<SimilarPairs> FindSimilarPairs(const EncodedRows& left, const EncodedRows& right,
                                      const SimilarityOptions& options, std::stop_token stop) {
  TS_RETURN_IF_ERROR(CheckSide(left, Name("left")));
  TS_RETURN_IF_ERROR(CheckSide(right, Name("right")));
  if (left.bits != right.bits) {
    return Error(Code::kInvalidArgument, "linkage.encoding-length",
                 "the two sides' encodings have different lengths")
        .With("left_bits", left.bits)
        .With("right_bits", right.bits);
  }
  TS_CHECK(options.pairs_per_row > 0);
  const FindInTile find = FindInTileFor(options.target.value_or(ComparisonTargets().back()));
  TS_CHECK(find != nullptr);
  return Comparison(left, right, options, find, std::move(stop)).Run();
}

}  // namespace tallystick::matcher
