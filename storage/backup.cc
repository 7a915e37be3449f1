#include "storage/backup.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace tallystick::storage {
namespace {

constexpr std::string_view kLogName = "log";
constexpr std::string_view kChunksName = "chunks";
constexpr std::string_view kFactsName = "BACKUP";
constexpr std::string_view kFirstLine = "tallystick-backup 1";
constexpr std::uint64_t kMaxFactsBytes = 4096;

Error Incomplete() {
  return Error(Code::kFailedPrecondition, "storage.backup-incomplete",
               "not a complete backup: its file BACKUP is missing or unreadable");
}

std::string Format(const BackupFacts& facts) {
  return std::string(kFirstLine) + "\nrecords " + std::to_string(facts.record_count) + "\nhead " +
         facts.head.hex() + "\nchunks " + std::to_string(facts.chunk_count) + "\n";
}

// Takes "<name> <value>\n" off the front of `text` and returns the value.
std::optional<std::string_view> TakeLine(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(name) || end <= name.size()) {
    return std::nullopt;
  }
  const std::string_view value = text.substr(name.size() + 1, end - name.size() - 1);
  text.remove_prefix(end + 1);
  return value;
}

std::optional<std::uint64_t> ParseCount(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  std::uint64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [parsed, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return value;
}

std::optional<BackupFacts> Parse(std::string_view text) {
  if (!text.starts_with(kFirstLine) || text.size() <= kFirstLine.size()) return std::nullopt;
  text.remove_prefix(kFirstLine.size() + 1);
  const auto records = ParseCount(TakeLine(text, "records"));
  const auto head_hex = TakeLine(text, "head");
  const auto chunks = ParseCount(TakeLine(text, "chunks"));
  if (!records || !head_hex || !chunks || !text.empty()) return std::nullopt;
  const auto head = crypto::Digest::FromHex(*head_hex);
  if (!head.ok()) return std::nullopt;
  return BackupFacts{.record_count = *records, .head = *head, .chunk_count = *chunks};
}

}  // namespace

Result<BackupFacts> BackupStore(const CommitLog& log, const ChunkStore& chunks, FileSystem& files,
                                const std::filesystem::path& directory) {
  TS_RETURN_IF_ERROR(MakeDirectoryDurably(files, directory));
  TS_ASSIGN_OR_RETURN(const std::vector<std::string> present, files.List(directory));
  if (!present.empty()) {
    return Error(Code::kFailedPrecondition, "storage.backup-not-empty",
                 "a backup needs a new or empty directory");
  }
  TS_RETURN_IF_ERROR(files.MakeDirectory(directory / kLogName));
  TS_RETURN_IF_ERROR(files.MakeDirectory(directory / kChunksName));
  // Chunks are durable before the record that refers to them: those of every record below `up_to`
  // are in the store by now.
  const std::uint64_t up_to = log.next_sequence();
  BackupFacts facts;
  TS_ASSIGN_OR_RETURN(facts.chunk_count, chunks.CopyTo(files, directory / kChunksName));
  TS_RETURN_IF_ERROR(log.CopyTo(files, directory / kLogName, up_to));
  TS_ASSIGN_OR_RETURN(const LogFacts copy, CheckLog(files, directory / kLogName));
  facts.record_count = copy.record_count;
  facts.head = copy.head;
  TS_RETURN_IF_ERROR(ReplaceFileDurably(files, directory / kFactsName, Format(facts)));
  return facts;
}

Result<BackupFacts> CheckBackup(const FileSystem& files, const std::filesystem::path& directory) {
  const auto text = files.ReadFile(directory / kFactsName, kMaxFactsBytes);
  if (!text.ok()) return Incomplete();
  const auto facts = Parse(*text);
  if (!facts) return Incomplete();
  TS_ASSIGN_OR_RETURN(const LogFacts copy, CheckLog(files, directory / kLogName));
  if (copy.record_count != facts->record_count || copy.head != facts->head ||
      copy.torn_bytes != 0) {
    return Error(Code::kDataLoss, "storage.backup-differs",
                 "the copied log is not the one that was backed up")
        .With("expected_records", facts->record_count)
        .With("actual_records", copy.record_count);
  }
  return *facts;
}

}  // namespace tallystick::storage
