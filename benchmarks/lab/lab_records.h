// Reading the lab's files. The lab works on data that its user owns, so here, unlike in the agent,
// values of a file may be written out again: the ids that name a pair.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "agents/validate/findings.h"
#include "agreements/agreement.h"
#include "base/result.h"
#include "crypto/secret.h"
#include "matcher/linkage/token_column.h"

namespace tallystick::agents {

// LabRecords reads CSV files for the lab.
class LabRecords {
 public:
  // A file of records as linkage sees it. Rows are in the order of the file.
  struct Side {
    std::vector<std::string> ids;                     // by row
    std::vector<matcher::MemoryTokenColumn> columns;  // by key of the ladder, without padding
  };

  struct Request {
    std::filesystem::path file;
    const agreements::Dataset* dataset = nullptr;
    std::string id_column;
    bool ignore_extra = false;
    unsigned threads = 0;
  };

  // Reads the dataset's identifiers and the id column, and makes tokens. Categories and measures
  // are not needed. What cannot be read is null, whatever the agreement requires, and a warning;
  // duplicates are kept. Fails with kInvalidArgument "validate.errors" when columns are missing,
  // not known, or rows are not CSV (then `*findings` says which), and as CsvReader::Open.
  static Result<Side> ReadSide(const Request& request,
                               const std::vector<agreements::MatchKey>& ladder,
                               std::span<const crypto::SecretBytes<32>> token_keys,
                               Findings* findings);

  using Row = std::vector<std::string>;
  // Reads the columns `names` of a file as they are; others are skipped. Fails with
  // kInvalidArgument "lab.columns" when one is missing, "validate.errors" when a row is not CSV.
  static Result<std::vector<Row>> ReadColumns(const std::filesystem::path& file,
                                              std::span<const std::string> names,
                                              Findings* findings);
};

}  // namespace tallystick::agents
