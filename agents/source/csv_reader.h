// CsvReader: records of a CSV file (RFC 4180), one at a time, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/plaintext.h"
#include "base/bytes.h"
#include "base/literal.h"
#include "base/result.h"

namespace tallystick::agents {

inline constexpr std::size_t kCsvBufferBytes = 1u << 20;
inline constexpr std::size_t kCsvMaxFieldBytes = 1u << 20;
inline constexpr std::size_t kCsvMaxRecordBytes = 16u << 20;
inline constexpr std::size_t kCsvMaxColumns = 4096;

// CsvOptions: smaller values are for tests; the defaults hold the memory promise of CsvReader.
struct CsvOptions {
  std::size_t buffer_bytes = kCsvBufferBytes;
  std::size_t max_field_bytes = kCsvMaxFieldBytes;    // a longer field is a problem
  std::size_t max_record_bytes = kCsvMaxRecordBytes;  // a longer record is a problem
};

// CsvProblem says where a file breaks a rule, and which; never what stands there.
struct CsvProblem {
  std::uint64_t row = 0;                // counts records, as a spreadsheet does: the header is 1
  std::optional<std::uint32_t> column;  // index into header(); nullopt: the row as a whole
  Literal rule;
};

using CsvField = Plaintext<std::string_view>;

enum class CsvStep {
  kRow,     // the fields are filled
  kBadRow,  // problems() says why; the fields are empty; the next call goes on behind the row
  kEnd,
};

// CsvReader reads UTF-8 with or without a byte order mark, lines ending LF or CRLF, quoted fields
// with line breaks and doubled quotes. A header is required; its names must be non-empty and
// distinct. A line with nothing on it is skipped (and counted as a row) where the header has more
// than one column. Memory: the buffer, and up to twice max_record_bytes for a long record.
//
// Thread safety: none. Cost: above 300 MB/s in a release build.
class CsvReader {
 public:
  // Opens `path` and reads the header. Fails with kNotFound or kUnavailable when the file cannot
  // be read, and with kInvalidArgument when it is another kind of file (UTF-16, UTF-32, a
  // spreadsheet, an archive: named in the error) or its header breaks a rule; the error's fields
  // `row` and `column` count from 1.
  static Result<CsvReader> Open(const std::filesystem::path& path, const CsvOptions& options = {});

  // OverBytes reads `text` as if it were a file.
  static Result<CsvReader> OverBytes(Bytes text, const CsvOptions& options = {});

  CsvReader(CsvReader&&) noexcept;
  CsvReader& operator=(CsvReader&&) noexcept;
  ~CsvReader();

  // The column names as they stand in the file. A file without a header has a person's values
  // here: compare them with the agreement's names, and never print them.
  const std::vector<std::string>& header() const;

  // Reads the next record. On kRow, `fields` has one view per column of the header, valid until
  // the next call. Fails with kUnavailable when the file cannot be read.
  Result<CsvStep> Next(std::vector<CsvField>& fields);

  // The problems of the row that the last Next() called bad, in the order of columns.
  const std::vector<CsvProblem>& problems() const;

  // The number of the record that Next() read last; 1 before the first call.
  std::uint64_t row() const;

  // How far into the file the records read so far reach, in bytes.
  std::uint64_t bytes_read() const;

  // The bytes of the record that Next() read last, as they stand in the file, without the line's
  // end; valid until the next call. Empty for a bad row.
  CsvField raw_record() const;

 private:
  class Parser;
  explicit CsvReader(std::unique_ptr<Parser> parser);

  std::unique_ptr<Parser> parser_;
};

}  // namespace tallystick::agents
