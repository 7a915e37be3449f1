// Registry is the matcher's durable state: it runs events through the protocol core, makes the
// resulting records durable in the commit log, and only then applies them to the view and answers
// (reliability.md, rules 1 and 11: durable before visible, audit entry before effect).
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "crypto/merkle.h"
#include "matcher/registry/member_table.h"
#include "matcher/registry/step.h"
#include "proto/checkpoint.h"
#include "storage/backup.h"
#include "storage/commit_log.h"
#include "storage/view.h"

namespace tallystick::matcher {

// Thread safety: any thread may call any method. Events are decided one after the other by one
// thread of the registry; events that wait while it makes a batch durable share the next
// fdatasync.
class Registry {
 public:
  // Called once, from the commit thread, when the log can no longer be written. The service ends
  // with the exit code of the error; the registry refuses everything from then on.
  using FatalHandler = std::function<void(const Error&)>;

  // Takes a log that is open and a view that is reconciled with it. Rebuilds the Merkle tree from
  // the log: about 1 µs a record.
  static Result<std::unique_ptr<Registry>> Start(std::unique_ptr<storage::CommitLog> log,
                                                 std::unique_ptr<storage::MutableView> view,
                                                 MatcherIdentity identity, const Clock& clock,
                                                 FatalHandler on_fatal);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Submit decides `event` (whose `now` and `salt` it fills in) and returns its answer once it is
  // durable. kUnavailable means that the effect is unknown: ask again with the same idempotency
  // id. kExhausted (a full disk, or "registry.record-too-large") means that nothing happened. Cost:
  // one fdatasync, shared with whatever else waits (about 4 ms).
  Result<Bytes> Submit(Event event);

  // The events that wait for their turn now.
  std::size_t waiting_count() const;

  // The view of everything durable. Reads are consistent per key.
  const storage::View& view() const { return *view_; }
  const MatcherIdentity& identity() const { return identity_; }
  const MemberTable& members() const { return members_; }

  // SetPublicUrl completes the matcher's description once the port is known. REQUIRES: before the
  // first Submit().
  void SetPublicUrl(std::string url) { identity_.description.set_url(std::move(url)); }

  // The log's signed checkpoint now.
  std::string SignedCheckpoint() const;
  std::uint64_t log_size() const;

  // Proofs over the log, of RFC 6962. REQUIRES: index < size <= log_size(), from <= to.
  std::vector<crypto::Digest> ConsistencyProof(std::uint64_t from, std::uint64_t to) const;

  // ReceiptFor returns the evidence for the record at `sequence`; kNotFound when there is none. Its
  // checkpoint is of the log up to that record: a record has one receipt, byte for byte, whenever
  // it is asked for, until a restore gives the log another name.
  Result<v1::Receipt> ReceiptFor(std::uint64_t sequence) const;

  // BackUp copies log and chunks to `directory` (storage/backup.h).
  Result<storage::BackupFacts> BackUp(const storage::ChunkStore& chunks,
                                      const std::filesystem::path& directory) const;

  // Reads up to `limit` records from `since`, as `reader` may see them.
  Result<v1::LogEntries> Entries(std::uint64_t since, std::size_t limit,
                                 std::string_view reader) const;

 private:
  struct Pending {
    Event event;
    std::promise<Result<Bytes>> promise;
  };

  Registry(std::unique_ptr<storage::CommitLog> log, std::unique_ptr<storage::MutableView> view,
           MatcherIdentity identity, const Clock& clock, FatalHandler on_fatal);

  // What a failed commit means: whether the log and the view can go on.
  enum class Failure { kPassing, kFatal };

  void CommitLoop();
  void Commit(std::deque<Pending> batch);
  void Fail(std::deque<Pending>& batch, const Error& error, Failure failure);

  const std::unique_ptr<storage::CommitLog> log_;
  const std::unique_ptr<storage::MutableView> view_;
  MatcherIdentity identity_;
  const Clock& clock_;
  const FatalHandler on_fatal_;
  MemberTable members_;

  mutable std::mutex tree_mutex_;
  crypto::MerkleTree tree_;  // guarded by tree_mutex_

  mutable std::mutex queue_mutex_;
  std::condition_variable queue_filled_;
  std::deque<Pending> queue_;  // guarded by queue_mutex_
  bool stopping_ = false;      // guarded by queue_mutex_
  bool failed_ = false;        // guarded by queue_mutex_
  std::thread commit_thread_;
};

// MutationsOfPayload parses a record of the log for storage::ReconcileView.
Result<std::vector<storage::Mutation>> MutationsOfPayload(ByteView payload);

}  // namespace tallystick::matcher
