#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "agents/source/column_mapping.h"
#include "agents/source/csv_reader.h"
#include "agents/validate/column_map.h"
#include "agents/validate/findings.h"
#include "agents/validate/record_batch.h"
#include "agreements/agreement.h"
#include "base/result.h"

namespace tallystick::agents {

using ReadProgress = std::function<void(std::uint64_t bytes_done, std::uint64_t bytes_total)>;

// How the columns of a file are taken.
struct FileColumns {
  ColumnMapping mapping;  // those whose names are not the agreement's
  // Columns that hold no element of the agreement are skipped unread; otherwise they are errors.
  bool ignore_extra = false;
};

// RecordSource deals out the records of a file in batches, in the order of the file.
//
// Thread safety: Next() from any thread.
class RecordSource {
 public:
  // Opens `file` and finds the dataset's columns. Where they are not all there, the problems are in
  // `*findings` and it fails with kInvalidArgument "validate.errors"; otherwise as CsvReader::Open.
  static Result<std::unique_ptr<RecordSource>> Open(const std::filesystem::path& file,
                                                    const agreements::Dataset& dataset,
                                                    const FileColumns& columns,
                                                    ReadProgress progress, Findings* findings);

  // How many fields a record has.
  std::size_t field_count() const { return columns_.fields.size(); }

  // Fills `batch` with the next records; returns its number, from 0, or nullopt at the end of the
  // file. Rows that are not CSV are left out and reported in `*findings`, which must be empty, as
  // errors; a batch may have no records then.
  // Fails with kUnavailable when the file cannot be read.
  Result<std::optional<std::size_t>> Next(RecordBatch& batch, Findings* findings);

 private:
  RecordSource(CsvReader reader, ColumnMap columns, ReadProgress progress, std::uint64_t size)
      : reader_(std::move(reader)),
        columns_(std::move(columns)),
        progress_(std::move(progress)),
        bytes_total_(size) {}

  void ReportBadRow(Findings* findings) const;

  std::mutex mutex_;
  CsvReader reader_;
  const ColumnMap columns_;
  const ReadProgress progress_;
  const std::uint64_t bytes_total_;
  std::vector<CsvField> fields_;
  std::size_t batch_count_ = 0;
  bool ended_ = false;
  bool told_all_ = false;  // that the whole file is read
};

}  // namespace tallystick::agents
