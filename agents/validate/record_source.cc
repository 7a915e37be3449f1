#include "agents/validate/record_source.h"

#include <algorithm>
#include <system_error>

namespace tallystick::agents {

Result<std::unique_ptr<RecordSource>> RecordSource::Open(const std::filesystem::path& file,
                                                         const agreements::Dataset& dataset,
                                                         const FileColumns& columns,
                                                         ReadProgress progress,
                                                         Findings* findings) {
  TS_ASSIGN_OR_RETURN(CsvReader reader, CsvReader::Open(file));
  const std::vector<std::string> elements = columns.mapping.ElementNames(reader.header());
  auto map = MapColumns(elements, dataset, columns.ignore_extra, findings);
  if (!map) {
    return Error(Code::kInvalidArgument, "validate.errors",
                 "the file's columns are not those of the agreement")
        .With("error_count", findings->error_count());
  }
  std::error_code unknown;  // of a pipe, for instance: then 0
  const std::uintmax_t size = std::filesystem::file_size(file, unknown);
  return std::unique_ptr<RecordSource>(new RecordSource(std::move(reader), *std::move(map),
                                                        std::move(progress), unknown ? 0 : size));
}

void RecordSource::ReportBadRow(Findings* findings) const {
  for (const CsvProblem& problem : reader_.problems()) {
    Finding finding{.row = problem.row, .rule = problem.rule};
    if (problem.column) {
      finding.position = *problem.column + 1;
      if (*problem.column < columns_.names.size()) finding.column = columns_.names[*problem.column];
    }
    findings->Add(std::move(finding));
  }
}

Result<std::optional<std::size_t>> RecordSource::Next(RecordBatch& batch, Findings* findings) {
  const std::scoped_lock lock(mutex_);
  batch.Clear();
  while (!ended_ && !batch.full()) {
    TS_ASSIGN_OR_RETURN(const CsvStep step, reader_.Next(fields_));
    if (step == CsvStep::kRow) batch.Add(reader_.row(), fields_, columns_.fields);
    if (step == CsvStep::kBadRow) ReportBadRow(findings);
    ended_ = step == CsvStep::kEnd;
  }
  const bool empty = batch.size() == 0 && findings->error_count() == 0;
  const bool all = ended_ && !told_all_;
  if (progress_ && (all || !empty)) {
    progress_(ended_ ? bytes_total_ : std::min(reader_.bytes_read(), bytes_total_), bytes_total_);
  }
  told_all_ = ended_;
  if (empty) return std::optional<std::size_t>();
  return std::optional<std::size_t>(batch_count_++);
}

}  // namespace tallystick::agents
