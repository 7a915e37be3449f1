#pragma once

#include <cstdint>
#include <vector>

#include "matcher/linkage/internal/candidate_table.h"
#include "matcher/linkage/internal/frequent_tokens.h"
#include "matcher/linkage/ladder.h"

namespace tallystick::matcher {

// LadderPasses decides the links, pass by pass, from all candidates. Serial: what is left to do
// here is a few passes over pairs, small beside the joins.
//
// Thread safety: none.
class LadderPasses {
 public:
  // `frequent` has one element for each key. Everything must outlive the passes; the table loses
  // the pairs that are settled.
  LadderPasses(const LadderInput& input, const LadderOptions& options, CandidateTable& table,
               const std::vector<FrequentTokens>& frequent, MemoryBudget& budget);

  // Fails as LinkLadder does. REQUIRES: called once.
  Result<Linkage> Run(const std::stop_token& stop);

  // Memory that the passes need for each row, besides pairs.
  static std::uint64_t RowBytes(const LadderInput& input) {
    return std::uint64_t{input.left_row_count} * 8 + std::uint64_t{input.right_row_count} * 2;
  }

 private:
  struct Candidate {
    std::uint64_t pair;
    std::uint8_t score;
  };
  // The best score a row was offered in this pass, doubled; odd when it was offered twice.
  using Best = std::uint8_t;
  // Right rows are met in random order: what is known of one stands in one place.
  struct RightRow {
    Best best = 0;
    std::uint8_t state = 0;  // kLinked, kAmbiguous
  };

  // Pairs proposed by frequent tokens of key `k` that are rare enough among the rows still in the
  // pass. Counts the others in `pass`.
  Result<std::vector<Candidate>> FrequentCandidates(unsigned k, LadderPass& pass);
  void DropSettledPairs();
  template <class Visit>  // visit(left, right, score)
  void ForEachCandidate(unsigned k, const std::vector<Candidate>& more, const Visit& visit);
  std::uint8_t Score(std::uint64_t pair, std::uint32_t keys) const;
  void RunPass(unsigned k, const std::vector<Candidate>& more, LadderPass& pass);
  bool Open(std::uint64_t pair) const;
  std::vector<LinkedPair> CollectPairs(std::uint64_t count) const;

  const LadderInput& input_;
  const LadderOptions& options_;
  CandidateTable& table_;
  const PairLayout layout_;
  const std::vector<FrequentTokens>& frequent_;
  MemoryBudget& budget_;
  std::vector<unsigned> keys_with_shared_frequent_tokens_;

  std::vector<std::uint32_t> partner_;  // of each left row; kNoPartner
  std::vector<std::uint8_t> pass_;      // of each linked left row
  std::vector<std::uint8_t> score_;
  std::vector<RightRow> right_rows_;
  std::vector<std::uint8_t> left_ambiguous_;
  std::vector<Best> left_best_;
};

}  // namespace tallystick::matcher
