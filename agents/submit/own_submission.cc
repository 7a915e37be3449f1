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

}  // namespace

Status KeepOwnColumns(const AgentHome& home, const std::filesystem::path& directory,
                      std::string_view submission_id_hex, const OwnColumns& columns) {
  Bytes plain;
  AppendU32(plain, static_cast<std::uint32_t>(columns.ordinals.size()));
  for (const auto& column : columns.ordinals) {
    AppendU32(plain, static_cast<std::uint32_t>(column.size()));
    for (const std::uint16_t ordinal : column) AppendU16(plain, ordinal);
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
  std::size_t offset = 4;
  const std::uint32_t count = ReadU32(plain, 0);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t rows = ReadU32(plain, offset);
    offset += 4;
    std::vector<std::uint16_t> ordinals(rows);
    for (std::uint32_t row = 0; row < rows; ++row, offset += 2) {
      ordinals[row] = ReadU16(plain, offset);
    }
    columns.ordinals.push_back(std::move(ordinals));
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
