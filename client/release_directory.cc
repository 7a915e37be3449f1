#include "client/release_directory.h"

#include <algorithm>
#include <set>

#include "base/console.h"
#include "base/file.h"
#include "client/csv_field.h"
#include "client/release_documents.h"
#include "client/release_json.h"
#include "crypto/hash.h"
#include "proto/checkpoint.h"
#include "proto/receipt.h"

namespace tallystick::client {
namespace {

constexpr std::uint64_t kMaxReleaseFileBytes = 256 * 1024 * 1024;
constexpr std::string_view kManifestName = "manifest.sha256";

// For each dimension the ordinals in the order of the table: declared values as the agreement
// declares them, "not linked", ALL; with their labels.
struct TableAxis {
  std::vector<std::pair<std::uint32_t, std::string>> values;
};

TableAxis AxisOf(const Release& release, std::size_t d) {
  const v1::Dimension& dimension = release.body.dimensions(static_cast<int>(d));
  const std::vector<std::string> labels = LabelsOf(release, d);
  const agreements::Category* category =
      release.agreement.FindCategory({dimension.dataset(), dimension.element()});
  TS_CHECK(category != nullptr);
  TableAxis axis;
  for (const std::string& value : category->values) {
    const auto found = std::find(labels.begin(), labels.end(), value);
    TS_CHECK(found != labels.end());
    axis.values.emplace_back(static_cast<std::uint32_t>(found - labels.begin()), value);
  }
  const auto not_linked = static_cast<std::uint32_t>(category->values.size());
  if (dimension.with_not_linked()) axis.values.emplace_back(not_linked, "not linked");
  axis.values.emplace_back(not_linked + (dimension.with_not_linked() ? 1u : 0u), "ALL");
  return axis;
}

std::string ManifestOf(const std::map<std::string, Bytes>& files) {
  std::string manifest;
  for (const auto& [name, bytes] : files) {
    manifest += crypto::Sha256(bytes).hex() + "  " + name + "\n";
  }
  return manifest;
}

Error VerifyError(Literal id, Literal message) {
  return Error(Code::kPermissionDenied, id, message);
}

}  // namespace

std::vector<std::string> DimensionNames(const Release& release) {
  std::vector<std::string> names;
  for (const v1::Dimension& dimension : release.body.dimensions()) {
    const auto same = std::count_if(
        release.body.dimensions().begin(), release.body.dimensions().end(),
        [&](const v1::Dimension& other) { return other.element() == dimension.element(); });
    names.push_back(same > 1 ? dimension.dataset() + "." + dimension.element()
                             : dimension.element());
  }
  return names;
}

std::string TableCsv(const Release& release) {
  const auto table = agreements::RenderedTable::Decode(release.body.table());
  TS_CHECK(table.ok());
  const agreements::TableShape& shape = table->shape();
  std::string csv;
  for (const std::string& name : DimensionNames(release)) csv += CsvField(name) + ",";
  csv += "count,count_status\n";
  std::vector<TableAxis> axes;
  for (std::size_t d = 0; d < shape.rank(); ++d) axes.push_back(AxisOf(release, d));
  std::vector<std::size_t> position(shape.rank(), 0);
  for (;;) {
    std::size_t cell = 0;
    for (std::size_t d = 0; d < shape.rank(); ++d) {
      const auto& [ordinal, label] = axes[d].values[position[d]];
      cell += ordinal * shape.stride(d);
      csv += CsvField(label) + ",";
    }
    const agreements::Cell& value = (*table)[cell];
    csv += value.is_suppressed() ? ",S\n" : std::to_string(value.count()) + ",F\n";
    std::size_t d = shape.rank();
    while (d > 0 && ++position[d - 1] == axes[d - 1].values.size()) position[--d] = 0;
    if (d == 0) return csv;
  }
}

std::map<std::string, Bytes> ReleaseFiles(const Release& release) {
  std::map<std::string, Bytes> files;
  files["README.md"] = ReadmeText(release);
  files["table.csv"] = TableCsv(release);
  files["datapackage.json"] = DataPackageJson(release);
  files["codebook.csv"] = CodebookCsv(release);
  files["quality.json"] = QualityJson(release);
  files["disclosure.json"] = DisclosureJson(release);
  files["release.json"] = ReleaseToJson(release);
  files["agreement.toml"] = release.agreement.text;
  const auto log_key = crypto::VerifyKey::FromBytes(release.agreement.matcher.signing_key);
  TS_CHECK(log_key.ok());
  files["log-policy.txt"] =
      "log " + VerifierLine(release.matcher.log_origin(), *log_key) + "\nquorum none\n";
  files["receipt.tlog-proof"] = ReceiptText(release.receipt);
  files[std::string(kManifestName)] = ManifestOf(files);
  return files;
}

Status WriteReleaseDirectory(const Release& release, const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::exists(directory, error) &&
      (!std::filesystem::is_directory(directory, error) ||
       !std::filesystem::is_empty(directory, error))) {
    return Error(Code::kConflict, "file.exists", "the output directory is not empty");
  }
  std::filesystem::create_directories(directory, error);
  for (const auto& [name, bytes] : ReleaseFiles(release)) {
    if (!WriteFileDurably(directory / name, bytes, FileMode::kShared).ok()) {
      return Error(Code::kUnavailable, "file.cannot-create", "cannot write the release directory");
    }
  }
  return Ok();
}

Result<Release> VerifyReleaseDirectory(const std::filesystem::path& directory) {
  std::map<std::string, Bytes> files;
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error)) {
    return Error(Code::kNotFound, "file.missing", "there is no such directory");
  }
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    TS_ASSIGN_OR_RETURN(files[entry.path().filename().string()],
                        ReadFile(entry.path(), kMaxReleaseFileBytes));
  }
  if (!files.contains("release.json") || !files.contains("agreement.toml") ||
      !files.contains("receipt.tlog-proof")) {
    return VerifyError("release.verify-missing", "a file of the release is missing");
  }
  Result<Release> release = ReleaseFromJson(files["release.json"]);
  if (!release.ok()) {
    return VerifyError("release.verify-malformed", "release.json is not a release");
  }
  auto agreement = agreements::ParseAgreement(files["agreement.toml"], nullptr);
  if (!agreement.ok()) {
    return VerifyError("release.verify-agreement", "agreement.toml is not the agreement");
  }
  release->agreement = *std::move(agreement);
  TS_ASSIGN_OR_RETURN(release->receipt, ParseReceiptText(files["receipt.tlog-proof"]));
  TS_RETURN_IF_ERROR(CheckRelease(*release));
  // All that is left is derived: it must be exactly what the signed body renders to.
  const std::map<std::string, Bytes> expected = ReleaseFiles(*release);
  for (const auto& [name, bytes] : expected) {
    if (!files.contains(name)) {
      return VerifyError("release.verify-missing", "a file of the release is missing");
    }
    if (files[name] != bytes) {
      return Error(Code::kPermissionDenied, "release.verify-file",
                   "a file differs from what the signed body says")
          .With("file", Name(name));
    }
  }
  if (files.size() != expected.size()) {
    return VerifyError("release.verify-extra", "there is a file that the release does not have");
  }
  return release;
}

}  // namespace tallystick::client
