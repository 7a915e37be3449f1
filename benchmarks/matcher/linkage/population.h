// Two submissions of made-up people for benchmarks: token columns as agents make them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "matcher/linkage/ladder.h"
#include "matcher/linkage/stored_token_column.h"
#include "storage/chunk_store.h"

namespace tallystick::matcher {

// KeyShape is what a match key's columns look like.
struct KeyShape {
  unsigned entries_per_row = 1;  // with padding
  double present = 1;            // share of rows for which the key is not null
  double kept = 1;               // share of true pairs whose tokens agree
  unsigned group_rows = 1;       // rows that share a token by chance
};

// The default ladder of linkage.md, with rates as in the LAEPP scenario.
std::vector<KeyShape> DefaultLadderShapes();

struct TokenEntries {
  std::vector<Token> tokens;
  std::vector<std::uint32_t> rows;
};

// MakeColumn returns one side's sorted column of `shape` for `row_count` rows in an order of that
// side's own. 45 % of the rows are people who are on both sides. `side` is 0 or 1; deterministic.
TokenEntries MakeColumn(const KeyShape& shape, unsigned key, unsigned side,
                        std::uint32_t row_count);

// StoredPopulation is both sides in a chunk store in a temporary directory.
class StoredPopulation {
 public:
  StoredPopulation(const std::vector<KeyShape>& shapes, std::uint32_t row_count);
  ~StoredPopulation();

  const LadderInput& input() const { return input_; }
  std::uint64_t entry_count() const { return entry_count_; }

 private:
  std::filesystem::path directory_;
  crypto::SecretBytes<32> data_key_;
  std::unique_ptr<storage::ChunkStore> store_;
  std::vector<std::unique_ptr<StoredTokenColumn>> columns_;
  LadderInput input_;
  std::uint64_t entry_count_ = 0;
};

// MemoryPopulation is both sides of one key in memory.
class MemoryPopulation {
 public:
  MemoryPopulation(const KeyShape& shape, std::uint32_t row_count);

  const LadderInput& input() const { return input_; }

 private:
  std::vector<std::unique_ptr<MemoryTokenColumn>> columns_;
  LadderInput input_;
};

// ResetPeakMemory and PeakMemoryMib measure the process's peak resident memory from here on.
void ResetPeakMemory();
double PeakMemoryMib();

}  // namespace tallystick::matcher
