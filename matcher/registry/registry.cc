#include "matcher/registry/registry.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "crypto/random.h"
#include "matcher/registry/commit_batch.h"
#include "matcher/registry/state_reader.h"
#include "proto/log_leaf.h"
#include "storage/file_system.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kMaxBatch = 256;

Result<v1::Record> ParseRecord(ByteView payload) {
  return Parse<v1::Record>(payload, kMaxStateBytes);
}

Error Unavailable() {
  return Error(Code::kUnavailable, "registry.stopped", "the matcher is stopping or its log failed");
}

}  // namespace

Result<std::vector<storage::Mutation>> MutationsOfPayload(ByteView payload) {
  TS_ASSIGN_OR_RETURN(const v1::Record record, ParseRecord(payload));
  return MutationsOf(record);
}

Registry::Registry(std::unique_ptr<storage::CommitLog> log,
                   std::unique_ptr<storage::MutableView> view, MatcherIdentity identity,
                   const Clock& clock, FatalHandler on_fatal)
    : log_(std::move(log)),
      view_(std::move(view)),
      identity_(std::move(identity)),
      clock_(clock),
      on_fatal_(std::move(on_fatal)) {}

Result<std::unique_ptr<Registry>> Registry::Start(std::unique_ptr<storage::CommitLog> log,
                                                  std::unique_ptr<storage::MutableView> view,
                                                  MatcherIdentity identity, const Clock& clock,
                                                  FatalHandler on_fatal) {
  std::unique_ptr<Registry> registry(new Registry(std::move(log), std::move(view),
                                                  std::move(identity), clock, std::move(on_fatal)));
  TS_RETURN_IF_ERROR(registry->log_->ReadRange(
      0, registry->log_->next_sequence(), [&](const storage::LogRecord& stored) -> Status {
        TS_ASSIGN_OR_RETURN(const v1::Record record, ParseRecord(stored.payload));
        registry->tree_.Append(LeafHashOfRecord(record, stored.sequence, stored.payload));
        return Ok();
      }));
  TS_RETURN_IF_ERROR(registry->members_.Load(*registry->view_));
  registry->commit_thread_ = std::thread([raw = registry.get()] { raw->CommitLoop(); });
  return registry;
}

Registry::~Registry() {
  {
    const std::scoped_lock lock(queue_mutex_);
    stopping_ = true;
  }
  queue_filled_.notify_all();
  if (commit_thread_.joinable()) commit_thread_.join();
}

Result<Bytes> Registry::Submit(Event event) {
  event.now = clock_.Now();
  event.salt = crypto::RandomBytes(kSaltBytes);
  Pending pending{std::move(event), {}};
  std::future<Result<Bytes>> answer = pending.promise.get_future();
  {
    const std::scoped_lock lock(queue_mutex_);
    if (stopping_ || failed_) return Unavailable();
    queue_.push_back(std::move(pending));
  }
  queue_filled_.notify_one();
  return answer.get();
}

std::size_t Registry::waiting_count() const {
  const std::scoped_lock lock(queue_mutex_);
  return queue_.size();
}

void Registry::CommitLoop() {
  for (;;) {
    std::deque<Pending> batch;
    {
      std::unique_lock lock(queue_mutex_);
      queue_filled_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      while (!queue_.empty() && batch.size() < kMaxBatch) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    Commit(std::move(batch));
  }
}

void Registry::Commit(std::deque<Pending> batch) {
  std::vector<Event> events;
  events.reserve(batch.size());
  for (Pending& pending : batch) events.push_back(std::move(pending.event));
  const auto append_leaf = [this](const v1::Record& record, std::uint64_t sequence,
                                  ByteView payload) {
    const std::scoped_lock lock(tree_mutex_);
    tree_.Append(LeafHashOfRecord(record, sequence, payload));
  };
  Result<CommittedBatch> committed = CommitBatch(*log_, *view_, identity_, events, append_leaf);
  if (!committed.ok()) {
    const bool nothing_happened = committed.error().code() == Code::kExhausted;
    Fail(batch, committed.error(), nothing_happened ? Failure::kPassing : Failure::kFatal);
    return;
  }
  for (const storage::Mutation& mutation : committed->mutations) members_.Follow(mutation);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch[i].promise.set_value(std::move(committed->answers[i]));
  }
}

void Registry::Fail(std::deque<Pending>& batch, const Error& error, Failure failure) {
  LogError(Level::kError, "registry.commit-failed", error);
  if (failure == Failure::kFatal) {
    const std::scoped_lock lock(queue_mutex_);
    failed_ = true;
    for (Pending& waiting : queue_) waiting.promise.set_value(Unavailable());
    queue_.clear();
  }
  for (Pending& pending : batch) pending.promise.set_value(Result<Bytes>(Error(error)));
  if (failure == Failure::kFatal) on_fatal_(error);
}

std::string Registry::SignedCheckpoint() const {
  Checkpoint checkpoint;
  checkpoint.origin = identity_.description.log_origin();
  {
    const std::scoped_lock lock(tree_mutex_);
    checkpoint.size = tree_.size();
    checkpoint.root = tree_.Root();
  }
  return SignCheckpoint(checkpoint, *identity_.signing_key);
}

std::uint64_t Registry::log_size() const {
  const std::scoped_lock lock(tree_mutex_);
  return tree_.size();
}

std::vector<crypto::Digest> Registry::ConsistencyProof(std::uint64_t from, std::uint64_t to) const {
  const std::scoped_lock lock(tree_mutex_);
  return tree_.ConsistencyProof(from, to);
}

Result<v1::Receipt> Registry::ReceiptFor(std::uint64_t sequence) const {
  TS_ASSIGN_OR_RETURN(const storage::LogRecord stored, log_->Read(sequence));
  TS_ASSIGN_OR_RETURN(const v1::Record record, ParseRecord(stored.payload));
  v1::Receipt receipt;
  receipt.set_event(record.event());
  receipt.set_sequence(sequence);
  receipt.set_time(record.time());
  receipt.set_salt(record.salt());
  receipt.set_subject(record.subject());
  receipt.set_payload_digest(Bytes(crypto::Sha256(stored.payload).view()));
  Checkpoint checkpoint;
  checkpoint.origin = identity_.description.log_origin();
  {
    const std::scoped_lock lock(tree_mutex_);
    if (sequence >= tree_.size()) {
      return Error(Code::kNotFound, "registry.no-record", "the log has no such record");
    }
    checkpoint.size = sequence + 1;
    checkpoint.root = tree_.RootAt(checkpoint.size);
    for (const crypto::Digest& hash : tree_.InclusionProof(sequence, checkpoint.size)) {
      receipt.add_inclusion(Bytes(hash.view()));
    }
  }
  receipt.set_checkpoint(SignCheckpoint(checkpoint, *identity_.signing_key));
  return receipt;
}

Result<storage::BackupFacts> Registry::BackUp(const storage::ChunkStore& chunks,
                                              const std::filesystem::path& directory) const {
  return storage::BackupStore(*log_, chunks, storage::PosixFileSystem(), directory);
}

Result<v1::LogEntries> Registry::Entries(std::uint64_t since, std::size_t limit,
                                         std::string_view reader) const {
  v1::LogEntries entries;
  const std::uint64_t size = log_size();
  entries.set_log_size(size);
  const std::uint64_t end = std::min<std::uint64_t>(size, since + limit);
  if (since >= end) return entries;
  TS_RETURN_IF_ERROR(log_->ReadRange(since, end, [&](const storage::LogRecord& stored) -> Status {
    TS_ASSIGN_OR_RETURN(const v1::Record record, ParseRecord(stored.payload));
    const crypto::Digest payload_digest = crypto::Sha256(stored.payload);
    v1::LogEntry* entry = entries.add_entries();
    entry->set_sequence(stored.sequence);
    entry->set_event(record.event());
    entry->set_time(record.time());
    entry->set_commitment(
        Bytes(LeafCommitment(record.salt(), record.subject(), payload_digest.view()).view()));
    const auto& concerned = record.concerned();
    if (std::find(concerned.begin(), concerned.end(), reader) == concerned.end()) return Ok();
    entry->set_actor(record.actor());
    entry->set_agreement(record.agreement());
    entry->set_subject_id(record.subject_id());
    entry->set_salt(record.salt());
    entry->set_subject(record.subject());
    entry->set_payload_digest(Bytes(payload_digest.view()));
    entry->set_detail(record.detail());
    return Ok();
  }));
  return entries;
}

}  // namespace tallystick::matcher
