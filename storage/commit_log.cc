#include "storage/commit_log.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "storage/disk_space.h"
#include "storage/internal/log_format.h"
#include "storage/internal/log_recovery.h"

namespace tallystick::storage {
namespace {

Error NoRecord(std::uint64_t sequence) {
  return Error(Code::kNotFound, "storage.no-record", "the log has no such record")
      .With("sequence", sequence);
}

bool IsOutOfSpace(const Error& error) { return error.code() == Code::kExhausted; }

// ParseInPlace is ParseRecord for bytes that must be the record `sequence` after `previous`.
std::optional<ParsedRecord> ParseInPlace(ByteView bytes, std::uint64_t sequence,
                                         const crypto::Digest& previous) {
  const auto record = ParseRecord(bytes);
  if (!record || record->sequence != sequence || record->previous != previous.view()) {
    return std::nullopt;
  }
  return record;
}

}  // namespace

crypto::Digest NextHead(const crypto::Digest& previous, std::uint64_t sequence, ByteView payload) {
  Bytes prefix(previous.view());
  AppendU64(prefix, sequence);
  crypto::Sha256Hasher hasher;
  hasher.Update(prefix);
  hasher.Update(payload);
  return hasher.Finish();
}

class CommitLog::State {
 public:
  State(FileSystem& files, std::filesystem::path directory, const CommitLogOptions& options,
        RecoveredLog recovered)
      : files_(files),
        directory_(std::move(directory)),
        options_(options),
        segments_(std::move(recovered.segments)),
        readers_(segments_.size()),
        next_sequence_(recovered.next_sequence),
        head_(recovered.head) {}

  // Makes the file what RecoverLog found, on the disk too.
  Status SettleTail(const RecoveredLog& recovered);

  Result<std::uint64_t> Append(std::span<const Bytes> payloads);
  Result<LogRecord> Read(std::uint64_t sequence) const;
  Status CopyTo(FileSystem& to_files, const std::filesystem::path& directory,
                std::uint64_t up_to) const;

  std::uint64_t next_sequence() const {
    const std::shared_lock lock(mutex_);
    return next_sequence_;
  }
  crypto::Digest head() const {
    const std::shared_lock lock(mutex_);
    return head_;
  }
  std::uint64_t size_bytes() const {
    const std::shared_lock lock(mutex_);
    std::uint64_t size = 0;
    for (const LogSegment& segment : segments_) size += segment.size_bytes;
    return size;
  }
  bool poisoned() const {
    const std::shared_lock lock(mutex_);
    return poison_.has_value();
  }

 private:
  struct Batch {
    Bytes bytes;
    std::vector<std::uint64_t> sizes;
    crypto::Digest head;
  };

  Batch Encode(std::span<const Bytes> payloads) const;
  Status BeginSegmentIfFull();
  Status Write(ByteView bytes);
  Error Poison(Error error);
  void Publish(const Batch& batch);
  std::filesystem::path PathOf(std::uint64_t first_sequence) const {
    return directory_ / SegmentName(first_sequence);
  }
  Result<std::shared_ptr<RandomAccessFile>> ReaderOf(std::size_t segment,
                                                     std::uint64_t first_sequence) const;

  FileSystem& files_;
  const std::filesystem::path directory_;
  const CommitLogOptions options_;

  std::mutex append_mutex_;               // held for the whole of an Append
  std::unique_ptr<WritableFile> writer_;  // of the last segment; under append_mutex_

  mutable std::shared_mutex mutex_;  // over the rest; taken for moments only
  std::vector<LogSegment> segments_;
  mutable std::vector<std::shared_ptr<RandomAccessFile>> readers_;  // of segments_; opened on use
  std::uint64_t next_sequence_;
  crypto::Digest head_;
  std::optional<Error> poison_;
};

Status CommitLog::State::SettleTail(const RecoveredLog& recovered) {
  if (segments_.empty()) return files_.SyncDirectory(directory_);
  const LogSegment& last = segments_.back();
  TS_ASSIGN_OR_RETURN(writer_, files_.OpenWritable(PathOf(last.first_sequence)));
  if (recovered.torn_bytes > 0) {
    LogEvent(Level::kWarning, "storage.torn-tail",
             {{"segment", std::uint64_t{segments_.size() - 1}},
              {"offset", last.size_bytes},
              {"dropped_bytes", recovered.torn_bytes}});
    TS_RETURN_IF_ERROR(writer_->Truncate(last.size_bytes));
  }
  TS_ASSIGN_OR_RETURN(const auto reader, ReaderOf(segments_.size() - 1, last.first_sequence));
  TS_ASSIGN_OR_RETURN(
      const Bytes last_batch,
      reader->Read(recovered.last_batch_offset,
                   static_cast<std::size_t>(last.size_bytes - recovered.last_batch_offset)));
  TS_RETURN_IF_ERROR(writer_->Overwrite(recovered.last_batch_offset, last_batch));
  TS_RETURN_IF_ERROR(writer_->Sync());
  return files_.SyncDirectory(directory_);
}

CommitLog::State::Batch CommitLog::State::Encode(std::span<const Bytes> payloads) const {
  Batch batch{.bytes = {}, .sizes = {}, .head = head_};
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const std::size_t before = batch.bytes.size();
    const std::uint64_t sequence = next_sequence_ + i;
    AppendRecord(batch.bytes, {.begins = i == 0, .ends = i + 1 == payloads.size()}, sequence,
                 batch.head, payloads[i]);
    batch.head = NextHead(batch.head, sequence, payloads[i]);
    batch.sizes.push_back(batch.bytes.size() - before);
  }
  return batch;
}

Error CommitLog::State::Poison(Error error) {
  const std::unique_lock lock(mutex_);
  poison_ = error;
  LogError(Level::kError, "storage.log-poisoned", error);
  return error;
}

// A new segment's name is durable before anything is written to it.
Status CommitLog::State::BeginSegmentIfFull() {
  if (writer_ && segments_.back().size_bytes < options_.segment_bytes) return Ok();
  auto file = files_.OpenWritable(PathOf(next_sequence_));
  Status status = file.ok() ? files_.SyncDirectory(directory_) : Status(file.error());
  if (!status.ok()) {
    return IsOutOfSpace(status.error()) ? status : Status(Poison(std::move(status).error()));
  }
  writer_ = std::move(file).value();
  const std::unique_lock lock(mutex_);
  segments_.emplace_back().first_sequence = next_sequence_;
  readers_.emplace_back();
  return Ok();
}

Status CommitLog::State::Write(ByteView bytes) {
  if (Status status = writer_->Append(bytes); !status.ok()) {
    if (!IsOutOfSpace(status.error())) return Poison(std::move(status).error());
    // What was written of the batch must go, or the next one would follow a torn record.
    if (Status cut = writer_->Truncate(segments_.back().size_bytes); !cut.ok()) {
      return Poison(std::move(cut).error());
    }
    return status;
  }
  if (Status status = writer_->Sync(); !status.ok()) return Poison(std::move(status).error());
  return Ok();
}

void CommitLog::State::Publish(const Batch& batch) {
  const std::unique_lock lock(mutex_);
  LogSegment& segment = segments_.back();
  for (const std::uint64_t size : batch.sizes) {
    segment.offsets.push_back(segment.size_bytes);
    segment.size_bytes += size;
  }
  next_sequence_ += batch.sizes.size();
  head_ = batch.head;
}

// Only Append changes segments_, next_sequence_ and head_, under append_mutex_; so it reads them
// without mutex_.
Result<std::uint64_t> CommitLog::State::Append(std::span<const Bytes> payloads) {
  const std::lock_guard lock(append_mutex_);
  if (poison_) return *poison_;
  const std::uint64_t first = next_sequence_;
  if (payloads.empty()) return first;
  for (const Bytes& payload : payloads) {
    if (payload.size() > kMaxRecordBytes) {
      return Error(Code::kInvalidArgument, "storage.record-too-large",
                   "a record of the log is larger than its limit")
          .With("size_bytes", std::uint64_t{payload.size()})
          .With("limit_bytes", kMaxRecordBytes);
    }
  }
  TS_RETURN_IF_ERROR(CheckDiskFloor(files_, directory_, options_.free_floor_bytes));
  const Batch batch = Encode(payloads);
  TS_RETURN_IF_ERROR(BeginSegmentIfFull());
  TS_RETURN_IF_ERROR(Write(batch.bytes));
  Publish(batch);
  return first;
}

Result<std::shared_ptr<RandomAccessFile>> CommitLog::State::ReaderOf(
    std::size_t segment, std::uint64_t first_sequence) const {
  {
    const std::shared_lock lock(mutex_);
    if (readers_[segment]) return readers_[segment];
  }
  TS_ASSIGN_OR_RETURN(std::shared_ptr<RandomAccessFile> reader,
                      files_.OpenRandomAccess(PathOf(first_sequence)));
  const std::unique_lock lock(mutex_);
  readers_[segment] = reader;
  return reader;
}

Result<LogRecord> CommitLog::State::Read(std::uint64_t sequence) const {
  std::size_t segment_number = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
  {
    const std::shared_lock lock(mutex_);
    if (sequence >= next_sequence_) return NoRecord(sequence);
    const auto after = std::upper_bound(
        segments_.begin(), segments_.end(), sequence,
        [](std::uint64_t value, const LogSegment& s) { return value < s.first_sequence; });
    const LogSegment& segment = *std::prev(after);
    const auto index = static_cast<std::size_t>(sequence - segment.first_sequence);
    segment_number = static_cast<std::size_t>(std::prev(after) - segments_.begin());
    first_sequence = segment.first_sequence;
    offset = segment.offsets[index];
    end = index + 1 < segment.offsets.size() ? segment.offsets[index + 1] : segment.size_bytes;
  }
  TS_ASSIGN_OR_RETURN(const auto reader, ReaderOf(segment_number, first_sequence));
  TS_ASSIGN_OR_RETURN(const Bytes bytes,
                      reader->Read(offset, static_cast<std::size_t>(end - offset)));
  const auto record = ParseRecord(bytes);
  if (!record || record->sequence != sequence) return LogCorrupt(segment_number, offset, sequence);
  TS_ASSIGN_OR_RETURN(const crypto::Digest previous, crypto::Digest::FromBytes(record->previous));
  return LogRecord{.sequence = sequence, .previous = previous, .payload = Bytes(record->payload)};
}

Status CommitLog::State::CopyTo(FileSystem& to_files, const std::filesystem::path& directory,
                                std::uint64_t up_to) const {
  std::vector<LogSegment> segments;
  {
    const std::shared_lock lock(mutex_);
    if (up_to > next_sequence_) return NoRecord(up_to);
    segments = segments_;
  }
  crypto::Digest head;
  for (std::size_t i = 0; i < segments.size() && segments[i].first_sequence < up_to; ++i) {
    const LogSegment& segment = segments[i];
    const std::uint64_t count = std::min(up_to, segment.end_sequence()) - segment.first_sequence;
    const std::uint64_t end = count < segment.offsets.size()
                                  ? segment.offsets[static_cast<std::size_t>(count)]
                                  : segment.size_bytes;
    TS_ASSIGN_OR_RETURN(const auto reader, ReaderOf(i, segment.first_sequence));
    TS_ASSIGN_OR_RETURN(const Bytes bytes, reader->Read(0, static_cast<std::size_t>(end)));
    bool batch_ended = true;
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint64_t offset = segment.offsets[k];
      const std::uint64_t sequence = segment.first_sequence + k;
      const ByteView here =
          ByteView(bytes).substr(std::min(bytes.size(), static_cast<std::size_t>(offset)));
      const auto record = ParseInPlace(here, sequence, head);
      if (!record) return LogCorrupt(i, offset, sequence);
      head = NextHead(head, sequence, record->payload);
      batch_ended = record->place.ends;
    }
    if (!batch_ended) {
      return Error(Code::kInvalidArgument, "storage.not-a-batch-end",
                   "a log can be copied up to the end of a batch only")
          .With("up_to", up_to);
    }
    TS_ASSIGN_OR_RETURN(const auto writer,
                        to_files.OpenWritable(directory / SegmentName(segment.first_sequence)));
    TS_RETURN_IF_ERROR(writer->Append(bytes));
    TS_RETURN_IF_ERROR(writer->Sync());
  }
  return to_files.SyncDirectory(directory);
}

CommitLog::CommitLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
CommitLog::~CommitLog() = default;

Result<std::unique_ptr<CommitLog>> CommitLog::Open(FileSystem& files,
                                                   const std::filesystem::path& directory,
                                                   const CommitLogOptions& options) {
  TS_RETURN_IF_ERROR(MakeDirectoryDurably(files, directory));
  TS_ASSIGN_OR_RETURN(const RecoveredLog recovered, RecoverLog(files, directory));
  auto state = std::make_unique<State>(files, directory, options, recovered);
  TS_RETURN_IF_ERROR(state->SettleTail(recovered));
  return std::unique_ptr<CommitLog>(new CommitLog(std::move(state)));
}

Result<std::uint64_t> CommitLog::Append(std::span<const Bytes> payloads) {
  return state_->Append(payloads);
}

std::uint64_t CommitLog::next_sequence() const { return state_->next_sequence(); }
crypto::Digest CommitLog::head() const { return state_->head(); }
std::uint64_t CommitLog::size_bytes() const { return state_->size_bytes(); }
bool CommitLog::poisoned() const { return state_->poisoned(); }

Result<LogRecord> CommitLog::Read(std::uint64_t sequence) const { return state_->Read(sequence); }

Status CommitLog::ReadRange(std::uint64_t from, std::uint64_t to,
                            const std::function<Status(const LogRecord&)>& visit) const {
  std::optional<crypto::Digest> head;
  for (std::uint64_t sequence = from; sequence < std::min(to, next_sequence()); ++sequence) {
    TS_ASSIGN_OR_RETURN(const LogRecord record, state_->Read(sequence));
    if (head && *head != record.previous) {
      return Error(Code::kDataLoss, "storage.log-corrupt", "two records of the log do not link")
          .With("sequence", sequence);
    }
    head = NextHead(record.previous, sequence, record.payload);
    TS_RETURN_IF_ERROR(visit(record));
  }
  return Ok();
}

Status CommitLog::CopyTo(FileSystem& to_files, const std::filesystem::path& directory,
                         std::uint64_t up_to) const {
  return state_->CopyTo(to_files, directory, up_to);
}

Result<LogFacts> CheckLog(const FileSystem& files, const std::filesystem::path& directory) {
  TS_ASSIGN_OR_RETURN(const RecoveredLog recovered, RecoverLog(files, directory));
  return LogFacts{.record_count = recovered.next_sequence,
                  .segment_count = recovered.segments.size(),
                  .torn_bytes = recovered.torn_bytes,
                  .head = recovered.head};
}

}  // namespace tallystick::storage
