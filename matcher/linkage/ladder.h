// The exact ladder of linkage.md: which rows of two submissions are the same person.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "matcher/linkage/token_column.h"

namespace tallystick::matcher {

inline constexpr std::size_t kMaxLadderKeys = 32;
// Rows of one side: the bits of a row that a candidate pair has room for.
inline constexpr std::uint32_t kMaxLinkageRows = 1U << 27;

// LinkedPair is one link: a row of the left and a row of the right submission.
struct LinkedPair {
  std::uint32_t left = 0;
  std::uint32_t right = 0;
  std::uint8_t pass = 0;   // position in the ladder that linked it, from 1
  std::uint8_t score = 0;  // keys of the whole ladder on which the two rows share a token

  friend bool operator==(const LinkedPair&, const LinkedPair&) = default;
};

struct LadderPass {
  std::uint64_t linked_count = 0;
  // Tokens left out of this pass because of LadderOptions::max_token_rows.
  std::uint64_t skipped_token_count = 0;

  friend bool operator==(const LadderPass&, const LadderPass&) = default;
};

struct Linkage {
  std::vector<LinkedPair> pairs;   // sorted by left; one-to-one
  std::vector<LadderPass> passes;  // one per key of the ladder, in its order
  // Rows that had a tie for best in some pass and were linked in none.
  std::uint64_t ambiguous_left_count = 0;
  std::uint64_t ambiguous_right_count = 0;

  friend bool operator==(const Linkage&, const Linkage&) = default;
};

// LadderKey is one match key: its token columns on both sides. Neither is owned.
struct LadderKey {
  const TokenColumn* left = nullptr;
  const TokenColumn* right = nullptr;
};

struct LadderInput {
  std::uint32_t left_row_count = 0;
  std::uint32_t right_row_count = 0;
  std::vector<LadderKey> keys;  // strongest first
};

struct LadderOptions {
  // 0 takes as many as the machine has processors. The result does not depend on it.
  unsigned thread_count = 0;
  // A token carried by more rows of one side than this, among the rows still in the pass, is
  // skipped in that pass. Part of the protocol: change it in tests only.
  std::uint32_t max_token_rows = 100;
  // Bound on what linkage keeps in memory, result included; blocks being read come on top (about
  // 16 MiB a thread). Raise it for submissions of tens of millions of rows: one candidate pair
  // takes 13 bytes while linking, one row up to 10.
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
};

// LinkLadder links as linkage.md says:
//
// - Pass k considers rows not linked in passes 1 to k-1; its candidates are the pairs that share a
//   token of key k, skipped tokens aside.
// - A candidate's score counts the keys of the whole ladder on which the rows share a token. A
//   token that is skipped still counts: sharing it is a fact, it only proposes no candidates.
// - A pair is linked when each is the other's strictly best candidate of the pass. A row whose best
//   score is shared by two of its candidates is ambiguous and stays for later passes.
// - A row that carries one token twice carries it once.
//
// The same input gives the same result for any thread count and block size.
//
// Fails with kInvalidArgument when a column is not what a submission holds:
// "linkage.unsorted-column", "linkage.row-range" (fields side, key, block); with kExhausted when
// the input would not fit options.memory_bytes: "linkage.too-many-candidates" (poison: tokens just
// below the limit everywhere), "linkage.too-many-rows"; with kUnavailable "linkage.cancelled" once
// `stop` is requested (noticed within a block); and with what a column's ReadBlock fails with.
// Nothing is kept of a failed run.
//
// Cost: linear in the entries, plus n log n in the pairs that share a token.
// REQUIRES: 1 to kMaxLadderKeys keys, max_token_rows > 0.
Result<Linkage> LinkLadder(const LadderInput& input, const LadderOptions& options = {},
                           std::stop_token stop = {});

}  // namespace tallystick::matcher
