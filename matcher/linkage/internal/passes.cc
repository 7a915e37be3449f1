#include "matcher/linkage/internal/passes.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tallystick::matcher {
namespace {

constexpr std::uint32_t kNoPartner = 0xffffffff;
constexpr std::size_t kPrefetchAhead = 16;
constexpr std::uint8_t kLinked = 1;
constexpr std::uint8_t kAmbiguous = 2;

// A score is at most kMaxLadderKeys, so that doubled it fits.
void Offer(std::uint8_t& best, std::uint8_t score) {
  const auto doubled = static_cast<std::uint8_t>(score * 2);
  if (doubled > (best | 1)) {
    best = doubled;
  } else if (doubled == (best & ~1)) {
    best = doubled | 1;
  }
}

bool HasTie(std::uint8_t best) { return (best & 1) != 0; }

}  // namespace

LadderPasses::LadderPasses(const LadderInput& input, const LadderOptions& options,
                           CandidateTable& table, const std::vector<FrequentTokens>& frequent,
                           MemoryBudget& budget)
    : input_(input),
      options_(options),
      table_(table),
      layout_(table.layout()),
      frequent_(frequent),
      budget_(budget),
      partner_(input.left_row_count, kNoPartner),
      pass_(input.left_row_count, 0),
      score_(input.left_row_count, 0),
      right_rows_(input.right_row_count),
      left_ambiguous_(input.left_row_count, 0),
      left_best_(input.left_row_count, 0) {
  for (unsigned k = 0; k < frequent.size(); ++k) {
    if (frequent[k].AnyOnBothSides()) keys_with_shared_frequent_tokens_.push_back(k);
  }
}

Result<Linkage> LadderPasses::Run(const std::stop_token& stop) {
  Linkage linkage;
  std::uint64_t linked_count = 0;
  for (unsigned k = 0; k < input_.keys.size(); ++k) {
    if (stop.stop_requested()) {
      return Error(Code::kUnavailable, "linkage.cancelled", "linkage was cancelled");
    }
    LadderPass pass;
    if (k > 0) DropSettledPairs();
    TS_ASSIGN_OR_RETURN(const std::vector<Candidate> more, FrequentCandidates(k, pass));
    RunPass(k, more, pass);
    linked_count += pass.linked_count;
    linkage.passes.push_back(pass);
  }
  if (!budget_.Take(linked_count * sizeof(LinkedPair))) {
    return Error(Code::kExhausted, "linkage.too-many-rows",
                 "the submissions have too many rows for the memory linkage may take");
  }
  linkage.pairs = CollectPairs(linked_count);
  for (std::uint32_t left = 0; left < input_.left_row_count; ++left) {
    linkage.ambiguous_left_count += left_ambiguous_[left] != 0 && partner_[left] == kNoPartner;
  }
  for (const RightRow& row : right_rows_) {
    linkage.ambiguous_right_count += row.state == kAmbiguous;
  }
  return linkage;
}

Result<std::vector<LadderPasses::Candidate>> LadderPasses::FrequentCandidates(unsigned k,
                                                                              LadderPass& pass) {
  std::vector<Candidate> found;
  MemoryCharge charge(budget_);
  const std::uint32_t key_bit = std::uint32_t{1} << k;
  for (const FrequentToken& token : frequent_[k].tokens()) {
    std::vector<std::uint32_t> left;
    std::vector<std::uint32_t> right;
    std::copy_if(token.left.begin(), token.left.end(), std::back_inserter(left),
                 [&](std::uint32_t row) { return partner_[row] == kNoPartner; });
    std::copy_if(token.right.begin(), token.right.end(), std::back_inserter(right),
                 [&](std::uint32_t row) { return (right_rows_[row].state & kLinked) == 0; });
    if (left.size() > options_.max_token_rows || right.size() > options_.max_token_rows) {
      ++pass.skipped_token_count;
      continue;
    }
    // Twice, because the vector doubles.
    if (!charge.Add(2 * left.size() * right.size() * sizeof(Candidate))) {
      return Error(Code::kExhausted, "linkage.too-many-candidates",
                   "too many pairs of rows share a token for the memory linkage may take")
          .With("key", k + 1);
    }
    for (const std::uint32_t l : left) {
      for (const std::uint32_t r : right) {
        const std::uint64_t pair = layout_.PairOf(l, r);
        const std::uint32_t keys = table_.KeysOf(pair);
        if ((keys & key_bit) == 0) found.push_back({pair, Score(pair, keys)});
      }
    }
  }
  // A pair may share several such tokens.
  std::sort(found.begin(), found.end(),
            [](const Candidate& a, const Candidate& b) { return a.pair < b.pair; });
  found.erase(std::unique(found.begin(), found.end(),
                          [](const Candidate& a, const Candidate& b) { return a.pair == b.pair; }),
              found.end());
  return found;
}

std::uint8_t LadderPasses::Score(std::uint64_t pair, std::uint32_t keys) const {
  for (const unsigned k : keys_with_shared_frequent_tokens_) {
    const std::uint32_t bit = std::uint32_t{1} << k;
    if ((keys & bit) == 0 && frequent_[k].Share(layout_.Left(pair), layout_.Right(pair))) {
      keys |= bit;
    }
  }
  return static_cast<std::uint8_t>(std::popcount(keys));
}

bool LadderPasses::Open(std::uint64_t pair) const {
  return partner_.data()[layout_.Left(pair)] == kNoPartner &&
         (right_rows_.data()[layout_.Right(pair)].state & kLinked) == 0;
}

void LadderPasses::DropSettledPairs() {
  for (CandidateTable::Bucket& bucket : table_.buckets()) {
    std::uint64_t* const pairs = bucket.pairs.data();
    std::uint32_t* const keys = bucket.keys.data();
    const std::size_t count = bucket.pairs.size();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!Open(pairs[i])) continue;
      pairs[kept] = pairs[i];
      keys[kept] = keys[i];
      ++kept;
    }
    bucket.pairs.resize(kept);
    bucket.keys.resize(kept);
  }
}

template <class Visit>
void LadderPasses::ForEachCandidate(unsigned k, const std::vector<Candidate>& more,
                                    const Visit& visit) {
  const bool plain_scores = keys_with_shared_frequent_tokens_.empty();
  for (const CandidateTable::Bucket& bucket : table_.buckets()) {
    const std::uint64_t* const pairs = bucket.pairs.data();
    const std::uint32_t* const keys = bucket.keys.data();
    const std::size_t count = bucket.pairs.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (i + kPrefetchAhead < count) {
        __builtin_prefetch(&right_rows_.data()[layout_.Right(pairs[i + kPrefetchAhead])], 1);
      }
      if ((keys[i] >> k & 1) == 0) continue;
      const std::uint8_t score = plain_scores ? static_cast<std::uint8_t>(std::popcount(keys[i]))
                                              : Score(pairs[i], keys[i]);
      visit(layout_.Left(pairs[i]), layout_.Right(pairs[i]), score);
    }
  }
  for (const Candidate& candidate : more) {
    visit(layout_.Left(candidate.pair), layout_.Right(candidate.pair), candidate.score);
  }
}

void LadderPasses::RunPass(unsigned k, const std::vector<Candidate>& more, LadderPass& pass) {
  std::fill(left_best_.begin(), left_best_.end(), Best{0});
  for (RightRow& row : right_rows_) row.best = 0;
  Best* const left_best = left_best_.data();
  RightRow* const right_rows = right_rows_.data();
  ForEachCandidate(k, more, [&](std::uint32_t left, std::uint32_t right, std::uint8_t score) {
    Offer(left_best[left], score);
    Offer(right_rows[right].best, score);
  });
  ForEachCandidate(k, more, [&](std::uint32_t left, std::uint32_t right, std::uint8_t score) {
    RightRow& right_row = right_rows[right];
    if (HasTie(left_best[left])) left_ambiguous_.data()[left] = 1;
    if (HasTie(right_row.best)) right_row.state |= kAmbiguous;
    // Without a tie a best is even, so this is strictly best for both.
    if (left_best[left] != score * 2 || right_row.best != score * 2) return;
    partner_.data()[left] = right;
    pass_.data()[left] = static_cast<std::uint8_t>(k + 1);
    score_.data()[left] = score;
    right_row.state |= kLinked;
    ++pass.linked_count;
  });
}

std::vector<LinkedPair> LadderPasses::CollectPairs(std::uint64_t count) const {
  std::vector<LinkedPair> pairs;
  pairs.reserve(count);
  for (std::uint32_t left = 0; left < input_.left_row_count; ++left) {
    if (partner_[left] == kNoPartner) continue;
    pairs.push_back({left, partner_[left], pass_[left], score_[left]});
  }
  return pairs;
}

}  // namespace tallystick::matcher
