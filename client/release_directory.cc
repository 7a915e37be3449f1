#include "client/release_directory.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

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

const std::string& TextOf(const v1::CellStatistics& statistics, agreements::MeasureStat stat) {
  switch (stat) {
    case agreements::MeasureStat::kSum:
      return statistics.sum();
    case agreements::MeasureStat::kMean:
      return statistics.mean();
    case agreements::MeasureStat::kSd:
      break;
  }
  return statistics.sd();
}

agreements::RenderedTable DecodedTable(ByteView bytes) {
  auto table = agreements::RenderedTable::Decode(bytes);
  TS_CHECK(table.ok());
  return *std::move(table);
}

// Writes the table of a checked release.
class TableWriter {
 public:
  explicit TableWriter(const Release& release)
      : names_(DimensionNames(release)),
        columns_(StatisticColumns(release)),
        counts_(DecodedTable(release.body.table())) {
    for (const v1::MeasureTable& measure : release.body.measure_tables()) {
      measures_.push_back(DecodedTable(measure.table()));
    }
    for (const v1::CellStatistics& statistics : release.body.statistics()) {
      statistics_[{statistics.measure(), statistics.cell()}] = &statistics;
    }
    for (std::size_t d = 0; d < names_.size(); ++d) axes_.push_back(AxisOf(release, d));
  }

  std::string Write() {
    std::string csv;
    for (const std::string& name : names_) csv += CsvField(name) + ",";
    csv += "count,count_status";
    for (const StatisticColumn& column : columns_) {
      csv += "," + CsvField(column.name) + "," + CsvField(column.name + "_status");
    }
    csv += "\n";
    std::vector<std::size_t> position(axes_.size(), 0);
    for (;;) {
      WriteRow(position, csv);
      std::size_t d = position.size();
      while (d > 0 && ++position[d - 1] == axes_[d - 1].values.size()) position[--d] = 0;
      if (d == 0) return csv;
    }
  }

 private:
  void WriteRow(const std::vector<std::size_t>& position, std::string& csv) {
    std::vector<std::uint32_t> ordinals;
    for (std::size_t d = 0; d < position.size(); ++d) {
      const auto& [ordinal, label] = axes_[d].values[position[d]];
      ordinals.push_back(ordinal);
      csv += CsvField(label) + ",";
    }
    WriteCount(counts_[CountCell(ordinals, std::nullopt)], csv);
    for (const StatisticColumn& column : columns_) {
      csv += ",";
      const agreements::Cell& observed = counts_[CountCell(ordinals, column.measure)];
      if (!column.stat) {
        WriteCount(observed, csv);
      } else if (!observed.is_suppressed() && observed.count() == 0) {
        csv += ",N";
      } else {
        WriteStatistic(column, ordinals, csv);
      }
    }
    csv += "\n";
  }

  static void WriteCount(const agreements::Cell& cell, std::string& csv) {
    csv += cell.is_suppressed() ? ",S" : std::to_string(cell.count()) + ",F";
  }

  void WriteStatistic(const StatisticColumn& column, const std::vector<std::uint32_t>& ordinals,
                      std::string& csv) {
    const agreements::TableShape& shape = measures_[column.measure].shape();
    std::size_t cell = 0;
    for (std::size_t d = 0; d < ordinals.size(); ++d) {
      // The table of a measure may lack "not linked"; its `ALL` is the last in any case.
      const bool all = ordinals[d] == counts_.shape().all(d);
      cell += (all ? shape.all(d) : ordinals[d]) * shape.stride(d);
    }
    const auto found = statistics_.find({column.measure, cell});
    csv += found == statistics_.end() ? ",S" : TextOf(*found->second, *column.stat) + ",F";
  }

  // The cell of the table of counts, for all rows or those that `measure` was observed in.
  std::size_t CountCell(const std::vector<std::uint32_t>& ordinals,
                        std::optional<std::size_t> measure) const {
    const agreements::TableShape& shape = counts_.shape();
    std::size_t cell = 0;
    for (std::size_t d = 0; d < shape.rank(); ++d) {
      std::uint32_t ordinal = shape.all(d);
      if (d < ordinals.size()) {
        ordinal = ordinals[d];
      } else if (measure && d == ordinals.size() + *measure) {
        ordinal = 0;
      }
      cell += ordinal * shape.stride(d);
    }
    return cell;
  }

  const std::vector<std::string> names_;
  const std::vector<StatisticColumn> columns_;
  const agreements::RenderedTable counts_;
  std::vector<agreements::RenderedTable> measures_;
  std::map<std::pair<std::size_t, std::size_t>, const v1::CellStatistics*> statistics_;
  std::vector<TableAxis> axes_;
};

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
    if (dimension.observation()) continue;
    const auto same =
        std::count_if(release.body.dimensions().begin(), release.body.dimensions().end(),
                      [&](const v1::Dimension& other) {
                        return !other.observation() && other.element() == dimension.element();
                      });
    names.push_back(same > 1 ? dimension.dataset() + "." + dimension.element()
                             : dimension.element());
  }
  return names;
}

std::vector<StatisticColumn> StatisticColumns(const Release& release) {
  const agreements::Output* output = release.agreement.FindOutput(release.body.output());
  TS_CHECK(output != nullptr);
  const std::vector<agreements::ElementRef> measures = output->Measures();
  std::vector<StatisticColumn> columns;
  for (std::size_t m = 0; m < measures.size(); ++m) {
    const auto same = std::count_if(
        measures.begin(), measures.end(),
        [&](const agreements::ElementRef& other) { return other.element == measures[m].element; });
    const std::string name = same > 1 ? measures[m].ToString() : measures[m].element;
    columns.push_back({m, measures[m], std::nullopt, name + "_n"});
    for (const auto stat : {agreements::MeasureStat::kSum, agreements::MeasureStat::kMean,
                            agreements::MeasureStat::kSd}) {
      if (!output->Publishes(measures[m], stat)) continue;
      columns.push_back(
          {m, measures[m], stat, name + "_" + std::string(agreements::StatName(stat))});
    }
  }
  return columns;
}

std::string TableCsv(const Release& release) { return TableWriter(release).Write(); }

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
