#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agents/plaintext.h"
#include "agents/source/csv_reader.h"

namespace tallystick::agents {

// RecordBatch is a copy of consecutive records of a file, so that one thread can work on them while
// another reads on. It keeps its memory when it is cleared and overwrites it when it goes.
//
// Thread safety: none.
class RecordBatch {
 public:
  static constexpr std::size_t kMaxRecords = 4096;
  static constexpr std::size_t kTargetBytes = 1u << 20;

  explicit RecordBatch(std::size_t field_count) : field_count_(field_count) {}

  // Whether there is no room for another record of usual size.
  bool full() const { return rows_.size() >= kMaxRecords || byte_count_ >= kTargetBytes; }

  void Clear();
  // Adds the record of file row `row`: of its `fields` those at the positions `columns`, of which
  // there are field_count.
  void Add(std::uint64_t row, std::span<const CsvField> fields,
           std::span<const std::uint32_t> columns);

  std::size_t size() const { return rows_.size(); }
  std::uint64_t row(std::size_t index) const { return rows_[index]; }
  // Sets `fields` to the fields of one record, in the order of `columns`; valid until the batch
  // changes.
  void Read(std::size_t index, std::vector<CsvField>& fields) const;

 private:
  void Append(std::string_view field);

  std::size_t field_count_;
  std::vector<std::uint64_t> rows_;
  std::vector<std::size_t> ends_;  // of each field in text_
  Plaintext<std::string> text_;
  std::size_t byte_count_ = 0;
};

}  // namespace tallystick::agents
