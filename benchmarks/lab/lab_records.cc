#include "benchmarks/lab/lab_records.h"

#include <algorithm>
#include <utility>

#include "agents/encode/file_encoder.h"
#include "agents/encode/parallel.h"
#include "agents/encode/token_entries.h"
#include "agents/source/csv_reader.h"
#include "agents/validate/column_map.h"
#include "agents/validate/record_source.h"
#include "proto/limits.h"

namespace tallystick::agents {
namespace {

Error BadFile(const Findings& findings) {
  return Error(Code::kInvalidArgument, "validate.errors",
               "the file is not what the agreement and RFC 4180 ask for")
      .With("error_count", findings.error_count());
}

// The dataset with only what linkage reads, and nothing required.
agreements::Dataset IdentifiersOf(const agreements::Dataset& dataset) {
  agreements::Dataset reduced = dataset;
  reduced.categories.clear();
  reduced.measures.clear();
  for (auto& identifier : reduced.identifiers) identifier.required = false;
  return reduced;
}

// Checks the header: identifiers and the id column are needed, categories and measures permitted.
Status CheckHeader(const LabRecords::Request& request, Findings* findings) {
  TS_ASSIGN_OR_RETURN(const CsvReader reader, CsvReader::Open(request.file));
  const auto& header = reader.header();
  const auto absent = [&](const auto& element) {
    return std::find(header.begin(), header.end(), element.name) == header.end();
  };
  agreements::Dataset wanted = *request.dataset;
  std::erase_if(wanted.categories, absent);
  std::erase_if(wanted.measures, absent);
  const auto named = [&](const auto& element) { return element.name == request.id_column; };
  const auto& identifiers = wanted.identifiers;
  if (std::none_of(identifiers.begin(), identifiers.end(), named)) {
    std::erase_if(wanted.categories, named);
    std::erase_if(wanted.measures, named);
    wanted.categories.emplace_back().name = request.id_column;
  }
  if (!MapColumns(header, wanted, request.ignore_extra, findings)) return BadFile(*findings);
  return Ok();
}

matcher::MemoryTokenColumn ColumnOf(const EncodedRows& rows, std::size_t match_key) {
  std::vector<TokenEntry> entries;
  std::uint32_t row = 0;
  for (const EncodedBatch& batch : rows.batches) {
    auto token = batch.tokens[match_key].begin();
    for (const std::uint8_t count : batch.token_counts[match_key]) {
      for (std::size_t i = 0; i < count; ++i) entries.push_back({*token++, row});
      ++row;
    }
  }
  SortTokenEntries(entries);
  std::vector<Token> tokens;
  std::vector<std::uint32_t> positions;
  for (const TokenEntry& entry : entries) {
    tokens.push_back(entry.token);
    positions.push_back(entry.row);
  }
  return matcher::MemoryTokenColumn(std::move(tokens), std::move(positions));
}

}  // namespace

Result<std::vector<LabRecords::Row>> LabRecords::ReadColumns(const std::filesystem::path& file,
                                                             std::span<const std::string> names,
                                                             Findings* findings) {
  TS_ASSIGN_OR_RETURN(CsvReader reader, CsvReader::Open(file));
  std::vector<std::size_t> positions;
  for (const std::string& name : names) {
    const auto& header = reader.header();
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) {
      return Error(Code::kInvalidArgument, "lab.columns", "the file lacks a column")
          .With("column", Name(name));
    }
    positions.push_back(static_cast<std::size_t>(found - header.begin()));
  }
  std::vector<Row> rows;
  std::vector<CsvField> fields;
  for (;;) {
    TS_ASSIGN_OR_RETURN(const CsvStep step, reader.Next(fields));
    if (step == CsvStep::kEnd) break;
    if (step == CsvStep::kBadRow) {
      for (const CsvProblem& problem : reader.problems()) {
        findings->Add({.row = problem.row,
                       .rule = problem.rule,
                       .position = problem.column ? *problem.column + 1 : 0});
      }
      continue;
    }
    Row& row = rows.emplace_back();
    for (const std::size_t at : positions) {
      row.emplace_back(PlaintextAccess::Read(fields[at]));
    }
  }
  if (findings->error_count() > 0) return BadFile(*findings);
  return rows;
}

Result<LabRecords::Side> LabRecords::ReadSide(const Request& request,
                                              const std::vector<agreements::MatchKey>& ladder,
                                              std::span<const crypto::SecretBytes<32>> token_keys,
                                              Findings* findings) {
  TS_RETURN_IF_ERROR(CheckHeader(request, findings));
  const agreements::Dataset dataset = IdentifiersOf(*request.dataset);
  const auto unused_key = crypto::SecretBytes<32>::Random();
  TS_ASSIGN_OR_RETURN(FileEncoder encoder,
                      FileEncoder::Make(dataset, ladder, {token_keys, &unused_key, &unused_key}));
  TS_ASSIGN_OR_RETURN(auto source, RecordSource::Open(request.file, dataset, FileColumns{{}, true},
                                                      nullptr, findings));
  TS_ASSIGN_OR_RETURN(const EncodedRows rows,
                      encoder.Encode(*source, ThreadCount(request.threads), findings));
  if (findings->error_count() > 0) return BadFile(*findings);

  Side side;
  TS_ASSIGN_OR_RETURN(auto ids,
                      ReadColumns(request.file, std::span(&request.id_column, 1), findings));
  for (Row& row : ids) side.ids.push_back(std::move(row[0]));
  if (side.ids.size() != rows.row_count) {
    return Error(Code::kUnavailable, "lab.file-changed", "the file changed while it was read");
  }
  for (std::size_t k = 0; k < ladder.size(); ++k) side.columns.push_back(ColumnOf(rows, k));
  return side;
}

}  // namespace tallystick::agents
