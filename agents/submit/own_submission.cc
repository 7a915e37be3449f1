#include "agents/submit/own_submission.h"

#include <algorithm>

#include "base/file.h"
#include "crypto/aead.h"
#include "proto/codec.h"

namespace tallystick::agents {
namespace {

constexpr std::uint64_t kMaxColumnsFileBytes = std::uint64_t{1} << 33;
constexpr std::string_view kColumnsLabel = "tallystick/v1/own-columns";

crypto::Aes256Gcm ColumnsCipher(const AgentHome& home) {
  return crypto::Aes256Gcm(home.LocalKey(kColumnsLabel));
}

// Reads the columns of a file that this agent sealed.
class ColumnsReader {
 public:
  explicit ColumnsReader(ByteView bytes) : bytes_(bytes) {}

  Result<std::uint32_t> TakeU32() {
    if (bytes_.size() < 4) return Short();
    const std::uint32_t value = ReadU32(bytes_, 0);
    bytes_.remove_prefix(4);
    return value;
  }
  // A number of rows, then so many entries.
  Result<ByteView> TakeEntries(std::size_t entry_bytes) {
    TS_ASSIGN_OR_RETURN(const std::uint32_t rows, TakeU32());
    if (bytes_.size() / entry_bytes < rows) return Short();
    const ByteView entries = bytes_.substr(0, rows * entry_bytes);
    bytes_.remove_prefix(entries.size());
    return entries;
  }

 private:
  static Error Short() {
    return Error(Code::kDataLoss, "submission.columns",
                 "what this agent kept of a submission is not whole");
  }

  ByteView bytes_;
};

}  // namespace

Status KeepOwnColumns(const AgentHome& home, const std::filesystem::path& directory,
                      std::string_view submission_id_hex, const OwnColumns& columns) {
  Bytes plain;
  AppendU32(plain, static_cast<std::uint32_t>(columns.ordinals.size()));
  for (const auto& column : columns.ordinals) {
    AppendU32(plain, static_cast<std::uint32_t>(column.size()));
    for (const std::uint16_t ordinal : column) AppendU16(plain, ordinal);
  }
  AppendU32(plain, static_cast<std::uint32_t>(columns.observed.size()));
  for (const auto& column : columns.observed) {
    AppendU32(plain, static_cast<std::uint32_t>(column.size()));
    for (const bool observed : column) plain += observed ? '\1' : '\0';
  }
  const Bytes sealed = ColumnsCipher(home).SealRandomNonce(submission_id_hex, plain);
  return WriteFileDurably(directory / "columns.sealed", sealed);
}

Result<OwnColumns> LoadOwnColumns(const AgentHome& home, std::string_view submission_id_hex) {
  TS_ASSIGN_OR_RETURN(const Bytes sealed,
                      ReadFile(home.SubmissionDirectory(submission_id_hex) / "columns.sealed",
                               kMaxColumnsFileBytes));
  TS_ASSIGN_OR_RETURN(const Bytes plain,
                      ColumnsCipher(home).OpenRandomNonce(submission_id_hex, sealed));
  OwnColumns columns;
  ColumnsReader reader(plain);
  TS_ASSIGN_OR_RETURN(const std::uint32_t categories, reader.TakeU32());
  for (std::uint32_t i = 0; i < categories; ++i) {
    TS_ASSIGN_OR_RETURN(const ByteView entries, reader.TakeEntries(2));
    std::vector<std::uint16_t>& ordinals = columns.ordinals.emplace_back(entries.size() / 2);
    for (std::size_t row = 0; row < ordinals.size(); ++row) {
      ordinals[row] = ReadU16(entries, 2 * row);
    }
  }
  TS_ASSIGN_OR_RETURN(const std::uint32_t measures, reader.TakeU32());
  for (std::uint32_t i = 0; i < measures; ++i) {
    TS_ASSIGN_OR_RETURN(const ByteView entries, reader.TakeEntries(1));
    std::vector<bool>& observed = columns.observed.emplace_back(entries.size());
    for (std::size_t row = 0; row < observed.size(); ++row) observed[row] = entries[row] != '\0';
  }
  return columns;
}

Status KeepManifest(const std::filesystem::path& directory, const v1::Signed& manifest) {
  return WriteFileDurably(directory / "manifest.pb", Serialise(manifest));
}

Result<v1::Signed> LoadManifest(const AgentHome& home, std::string_view submission_id_hex) {
  TS_ASSIGN_OR_RETURN(
      const Bytes bytes,
      ReadFile(home.SubmissionDirectory(submission_id_hex) / "manifest.pb", kMaxManifestBytes));
  return Parse<v1::Signed>(bytes, kMaxManifestBytes);
}

Result<std::optional<std::string>> FindSubmissionByRoot(const AgentHome& home, ByteView root) {
  const std::optional<std::string> none;
  std::error_code error;
  std::filesystem::directory_iterator entry(home.path() / "submissions", error);
  if (error == std::errc::no_such_file_or_directory) return none;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string id = entry->path().filename().string();
    const auto signed_manifest = LoadManifest(home, id);
    if (!signed_manifest.ok()) {
      if (signed_manifest.error().code() == Code::kUnavailable) return signed_manifest.error();
      continue;
    }
    const auto manifest = Parse<v1::Manifest>(signed_manifest->body(), kMaxManifestBytes);
    if (manifest.ok() && manifest->root() == root) return std::optional<std::string>(id);
  }
  if (error) {
    return Error(Code::kUnavailable, "file.io", "cannot read this agent's submissions")
        .With("errno", static_cast<std::uint64_t>(error.value()));
  }
  return none;
}

}  // namespace tallystick::agents
