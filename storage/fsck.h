#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/hash.h"
#include "storage/chunk_store.h"
#include "storage/commit_log.h"
#include "storage/data_keys.h"
#include "storage/reconcile.h"
#include "storage/view.h"

namespace tallystick::storage {

struct ChunkReference {
  std::string space;
  crypto::Digest address;
  std::string key_id;
};

// FsckOptions carries what records mean, which is not storage's to know.
struct FsckOptions {
  // Calls its argument for every chunk that the state refers to. Empty: no chunk is checked.
  std::function<Status(const std::function<void(const ChunkReference&)>& visit)> list_chunks;
  // With it, the view is compared with one rebuilt in memory from the log.
  DecodeRecord decode;
};

inline constexpr std::size_t kMaxFsckProblems = 1000;

struct FsckReport {
  std::uint64_t record_count = 0;
  std::uint64_t view_lag_count = 0;            // records that the view has yet to apply: harmless
  std::uint64_t chunk_count = 0;               // referred to and readable
  std::uint64_t unreferenced_chunk_count = 0;  // of interrupted uploads: harmless
  std::uint64_t problem_count = 0;
  std::vector<Error> problems;  // the first kMaxFsckProblems

  bool ok() const { return problem_count == 0; }
};

// CheckStore reads everything and changes nothing: every record and the chain of heads, the view
// against the log (storage.rollback, storage.view-differs), every chunk referred to
// (storage.chunk-missing, storage.chunk-corrupt, storage.key-missing). It goes on after a problem.
// A chunk whose space and data key are both gone was erased, and must not be listed.
FsckReport CheckStore(const CommitLog& log, const MutableView& view, const ChunkStore& chunks,
                      const DataKeys& keys, const FsckOptions& options);

}  // namespace tallystick::storage
