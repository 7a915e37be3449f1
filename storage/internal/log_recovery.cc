#include "storage/internal/log_recovery.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "storage/commit_log.h"

namespace tallystick::storage {
namespace {

constexpr std::size_t kNameDigits = 20;
constexpr std::string_view kNameSuffix = ".log";

std::optional<std::uint64_t> ParseSegmentName(std::string_view name) {
  if (name.size() != kNameDigits + kNameSuffix.size() || !name.ends_with(kNameSuffix)) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const char* const end = name.data() + kNameDigits;
  const auto [parsed, error] = std::from_chars(name.data(), end, value);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return value;
}

Result<std::vector<std::uint64_t>> ListSegments(const FileSystem& files,
                                                const std::filesystem::path& directory) {
  TS_ASSIGN_OR_RETURN(const std::vector<std::string> names, files.List(directory));
  std::vector<std::uint64_t> first_sequences;
  for (const std::string& name : names) {
    if (const auto first = ParseSegmentName(name)) first_sequences.push_back(*first);
  }
  std::sort(first_sequences.begin(), first_sequences.end());
  return first_sequences;
}

// Reader walks the records of one segment after the other and keeps what is behind it.
class Reader {
 public:
  // Reads the next segment. `last` says that no other follows, so that it may have a torn tail.
  Status ReadSegment(ByteView bytes, std::uint64_t first_sequence, bool last) {
    LogSegment& segment = log_.segments.emplace_back();
    segment.first_sequence = first_sequence;
    log_.last_batch_offset = 0;
    Place batch{0, log_.next_sequence, log_.head};  // where the batch that is being read began
    Place here = batch;
    bool in_batch = false;
    while (here.offset < bytes.size()) {
      const auto record = ParseRecord(bytes.substr(static_cast<std::size_t>(here.offset)));
      if (!record) break;
      // A whole record in the wrong place was not torn, it was put there.
      if (record->sequence != here.sequence || record->previous != here.head.view() ||
          record->place.begins == in_batch) {
        return Corrupt(here);
      }
      segment.offsets.push_back(here.offset);
      here.head = NextHead(here.head, here.sequence, record->payload);
      here.offset += record->size_bytes;
      ++here.sequence;
      in_batch = !record->place.ends;
      if (!in_batch) {
        log_.last_batch_offset = batch.offset;
        batch = here;
      }
    }
    if (batch.offset < bytes.size()) {
      if (!last || HasLaterBatch(bytes, here)) return Corrupt(here);
      log_.torn_bytes = bytes.size() - batch.offset;
      segment.offsets.resize(static_cast<std::size_t>(batch.sequence - first_sequence));
    }
    if (segment.offsets.empty()) log_.last_batch_offset = batch.offset;
    segment.size_bytes = batch.offset;
    log_.next_sequence = batch.sequence;
    log_.head = batch.head;
    return Ok();
  }

  RecoveredLog Take() && { return std::move(log_); }
  std::uint64_t next_sequence() const { return log_.next_sequence; }
  std::size_t segment_count() const { return log_.segments.size(); }

 private:
  struct Place {
    std::uint64_t offset;
    std::uint64_t sequence;
    crypto::Digest head;
  };

  // A batch begins only after the one before it was durable, so damage in front of it is damage to
  // what was acknowledged.
  static bool HasLaterBatch(ByteView bytes, const Place& bad) {
    if (bad.offset >= bytes.size()) return false;
    return FindBatchBegin(bytes.substr(static_cast<std::size_t>(bad.offset) + 1), bad.sequence)
        .has_value();
  }

  Error Corrupt(const Place& place) const {
    return LogCorrupt(log_.segments.size() - 1, place.offset, place.sequence);
  }

  RecoveredLog log_;
};

}  // namespace

std::string SegmentName(std::uint64_t first_sequence) {
  const std::string digits = std::to_string(first_sequence);
  return std::string(kNameDigits - digits.size(), '0') + digits + std::string(kNameSuffix);
}

Error LogCorrupt(std::size_t segment, std::uint64_t offset, std::uint64_t sequence) {
  return Error(
             Code::kDataLoss, "storage.log-corrupt",
             "the commit log is damaged: a record is not what was written, or a segment is missing")
      .With("segment", static_cast<std::uint64_t>(segment))
      .With("offset", offset)
      .With("sequence", sequence);
}

Result<RecoveredLog> RecoverLog(const FileSystem& files, const std::filesystem::path& directory) {
  TS_ASSIGN_OR_RETURN(const auto first_sequences, ListSegments(files, directory));
  Reader reader;
  for (std::size_t i = 0; i < first_sequences.size(); ++i) {
    if (first_sequences[i] != reader.next_sequence()) {
      return LogCorrupt(i, 0, reader.next_sequence());
    }
    TS_ASSIGN_OR_RETURN(const Bytes bytes,
                        files.ReadFile(directory / SegmentName(first_sequences[i]),
                                       std::numeric_limits<std::uint64_t>::max()));
    TS_RETURN_IF_ERROR(
        reader.ReadSegment(bytes, first_sequences[i], i + 1 == first_sequences.size()));
  }
  return std::move(reader).Take();
}

}  // namespace tallystick::storage
