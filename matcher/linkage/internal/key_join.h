// One key's join over one range of tokens: a part of the linkage plan. A part depends on its two
// columns and its range alone, so it can be run anywhere, in any order, and run again.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "matcher/linkage/internal/candidate_pairs.h"
#include "matcher/linkage/internal/column_cursor.h"
#include "matcher/linkage/ladder.h"

namespace tallystick::matcher {

// FrequentRun is a token and all its rows (ascending, each once) on one side.
struct FrequentRun {
  Token token{};
  std::vector<std::uint32_t> rows;
};

struct KeyJoinPart {
  unsigned key = 0;  // position in the ladder, from 0
  TokenRange range;
};

struct KeyJoin {
  explicit KeyJoin(MemoryBudget& budget) : pairs(budget), frequent_charge(budget) {}

  BucketedPairs pairs;  // of tokens that no side has more often than allowed
  // Tokens that some side has more often: both sides' rows of them, sorted by token. What becomes
  // of them depends on the pass.
  std::vector<FrequentRun> frequent_left;
  std::vector<FrequentRun> frequent_right;
  MemoryCharge frequent_charge;
  BlocksRead left_blocks;
  BlocksRead right_blocks;
};

// JoinKey runs a part. Reads each block of the range once. Fails as LinkLadder does.
// Cost: about 2 ns an entry on top of reading it.
Result<KeyJoin> JoinKey(const LadderInput& input, const LadderOptions& options,
                        const KeyJoinPart& part, const PairLayout& layout, MemoryBudget& budget,
                        const Cancellation& cancellation);

}  // namespace tallystick::matcher
