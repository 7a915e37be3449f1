#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "storage/file_system.h"

namespace tallystick::storage {

// The largest legitimate records hold a table with its witnesses.
inline constexpr std::uint64_t kMaxRecordBytes = std::uint64_t{8} << 20;

struct CommitLogOptions {
  // A new segment file begins once the last one has reached this size. A batch is never split, so
  // a segment may be one batch larger. Default 64 MiB: opening reads one segment at a time.
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;

  // Append refuses (storage.disk-floor) while less is free. Programs pass kLogFloorBytes.
  std::uint64_t free_floor_bytes = 0;
};

struct LogRecord {
  std::uint64_t sequence = 0;  // the first record is 0
  crypto::Digest previous;     // CommitLog::head() before this record
  Bytes payload;
};

// NextHead returns the head after a record: SHA-256(previous ‖ sequence as u64 big endian ‖
// payload). The head of an empty log is 32 zero bytes.
crypto::Digest NextHead(const crypto::Digest& previous, std::uint64_t sequence, ByteView payload);

// CommitLog is the truth of a store: an append-only sequence of opaque records in segment files,
// chained by hash. A record that Append() acknowledged survives kill -9 and power loss; everything
// else in a store can be derived from the log and the chunks. (reliability.md, rule 1)
//
// Files: "<first sequence, 20 digits>.log", each a run of records (internal/log_format.h):
//   length u32 | crc32c u32 | sequence u64 | previous head 32 bytes | payload
// The two highest bits of `length` say whether the record begins and whether it ends its batch.
//
// A batch is one call of Append() and becomes durable as a whole or not at all. On opening,
//  - damage before the last batch, a missing segment, a wrong link: kDataLoss
//    "storage.log-corrupt" with the segment (its number, from 0) and the byte offset;
//  - damage in the last batch, with nothing of a later batch behind it: a torn tail, cut off and
//    logged as storage.torn-tail. A disk writes the sectors of a batch in any order, so a bad
//    record may here be followed by a good one of its own batch.
// A torn tail cannot be told from a damaged or removed tail by the log alone; ReconcileView (view
// ahead of the log) and the agents' receipts tell.
//
// Danger: after any error but storage.disk-full, storage.disk-floor and kInvalidArgument the
// effect of that Append() is unknown: the records may be there after the next start. The log is
// then poisoned: every later Append() returns the first error. End the process.
//
// Thread safety: any thread, any method. Appends are serialised; reads run beside them and see
// only what is durable.
class CommitLog {
 public:
  // Opens or creates the log in `directory` (created when missing) and checks all of it. Writes
  // the last batch again and syncs it, because after a failed fdatasync the kernel may hold pages
  // that look written and are not. Fails with kDataLoss as above.
  // Cost: reads and hashes everything, about 1 s per GiB.
  static Result<std::unique_ptr<CommitLog>> Open(FileSystem& files,
                                                 const std::filesystem::path& directory,
                                                 const CommitLogOptions& options);
  ~CommitLog();
  CommitLog(const CommitLog&) = delete;
  CommitLog& operator=(const CommitLog&) = delete;

  // Appends one batch and returns the sequence of its first record; durable on return. An empty
  // batch returns next_sequence() and writes nothing. Fails with
  //   kInvalidArgument storage.record-too-large  over kMaxRecordBytes; nothing written
  //   kExhausted storage.disk-full, storage.disk-floor  nothing written; the log stays usable
  //   kUnavailable storage.fsync-failed, storage.io     poisoned, see above
  // Cost: one fdatasync, about 4 ms, however many payloads.
  Result<std::uint64_t> Append(std::span<const Bytes> payloads);

  // The sequence that the next record will have, which is the number of records.
  std::uint64_t next_sequence() const;
  crypto::Digest head() const;
  std::uint64_t size_bytes() const;
  bool poisoned() const;

  // Reads one record and checks it again. Fails with kNotFound "storage.no-record", or kDataLoss.
  Result<LogRecord> Read(std::uint64_t sequence) const;

  // Calls `visit` for the records from `from` up to, not including, `to`, in order; stops at its
  // first error and returns it. `to` may be beyond the end.
  Status ReadRange(std::uint64_t from, std::uint64_t to,
                   const std::function<Status(const LogRecord&)>& visit) const;

  // Copies the records below `up_to`, which must be a value that next_sequence() had, as segment
  // files into the existing, empty `directory`, and syncs them. Checks every record on the way.
  Status CopyTo(FileSystem& to_files, const std::filesystem::path& directory,
                std::uint64_t up_to) const;

 private:
  class State;
  explicit CommitLog(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// CheckLog reads the log in `directory` as Open() does and changes nothing.
struct LogFacts {
  std::uint64_t record_count = 0;
  std::uint64_t segment_count = 0;
  std::uint64_t torn_bytes = 0;  // what Open() would cut off
  crypto::Digest head;
};
Result<LogFacts> CheckLog(const FileSystem& files, const std::filesystem::path& directory);

}  // namespace tallystick::storage
