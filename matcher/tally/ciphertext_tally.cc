#include "matcher/tally/ciphertext_tally.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>

#include "matcher/linkage/parallel.h"
#include "proto/column_chunk.h"

namespace tallystick::matcher {
namespace {

using Sums = std::vector<crypto::CiphertextSum>;

// Adds the ciphertexts of one chunk; its rows begin at chunk.first_entry.
Status AddChunk(const ColumnChunk& chunk, std::span<const std::uint32_t> leaf_of_row, Sums& sums) {
  for (std::uint32_t i = 0; i < chunk.count; ++i) {
    const std::size_t row = chunk.first_entry + i;
    const std::uint32_t leaf = leaf_of_row[row];
    if (leaf == kNoLeaf) continue;
    TS_CHECK(leaf < sums.size());
    const ByteView ciphertext =
        chunk.ciphertexts.substr(std::size_t{i} * kCiphertextBytes, kCiphertextBytes);
    if (sums[leaf].AddEncoded(ciphertext).ok()) continue;
    return Error(Code::kInvalidArgument, "tally.ciphertext",
                 "a measure column has a value that is no ciphertext")
        .With("row", row);
  }
  return Ok();
}

// The first error of several threads.
class FirstError {
 public:
  void Keep(const Error& error) {
    const std::scoped_lock lock(mutex_);
    if (!error_) error_ = error;
    failed_.store(true);
  }
  bool failed() const { return failed_.load(); }
  Status status() const { return error_ ? Status(*error_) : Ok(); }

 private:
  std::mutex mutex_;
  std::atomic<bool> failed_{false};
  std::optional<Error> error_;
};

}  // namespace

Result<Sums> SumByLeaf(const storage::ChunkStore& store, const crypto::SecretBytes<32>& data_key,
                       const StoredCiphertexts& stored, std::span<const std::uint32_t> leaf_of_row,
                       std::size_t leaf_count, unsigned thread_count) {
  TS_CHECK(leaf_of_row.size() == stored.row_count);
  const auto bad_rows = [&] {
    return Error(Code::kInvalidArgument, "tally.row-count",
                 "a measure column does not have one value for each row")
        .With("column", stored.column);
  };
  const std::size_t chunk_count =
      (std::size_t{stored.row_count} + kMaxCiphertextsPerChunk - 1) / kMaxCiphertextsPerChunk;
  if (stored.chunks.size() != chunk_count) return bad_rows();

  // Chunks are full but for the last, so each says by its number which rows it has.
  const unsigned threads = ThreadCount(thread_count);
  std::vector<Sums> by_thread(threads, Sums(leaf_count));
  std::atomic<std::size_t> next{0};
  FirstError error;
  const auto add = [&](std::size_t index, Sums& sums) -> Status {
    TS_ASSIGN_OR_RETURN(const Bytes bytes, store.Get(stored.space, stored.chunks[index], data_key));
    TS_ASSIGN_OR_RETURN(const ColumnChunk chunk, DecodeColumnChunk(bytes));
    const std::uint64_t first = std::uint64_t{index} * kMaxCiphertextsPerChunk;
    if (chunk.kind != ColumnKind::kCiphertexts || chunk.column != stored.column ||
        chunk.first_entry != first) {
      return Error(Code::kInvalidArgument, "tally.other-column",
                   "a chunk is not the next piece of the column that lists it")
          .With("column", stored.column)
          .With("row", first);
    }
    if (chunk.count != std::min<std::uint64_t>(kMaxCiphertextsPerChunk, stored.row_count - first)) {
      return bad_rows();
    }
    return AddChunk(chunk, leaf_of_row, sums);
  };
  ForEachTask(threads, threads, [&](std::size_t thread) {
    for (std::size_t index = next++; index < chunk_count && !error.failed(); index = next++) {
      const Status added = add(index, by_thread[thread]);
      if (!added.ok()) error.Keep(added.error());
    }
  });
  TS_RETURN_IF_ERROR(error.status());
  Sums& sums = by_thread.front();
  for (std::size_t thread = 1; thread < threads; ++thread) {
    for (std::size_t leaf = 0; leaf < leaf_count; ++leaf) {
      sums[leaf].Merge(by_thread[thread][leaf]);
    }
  }
  return std::move(sums);
}

}  // namespace tallystick::matcher
