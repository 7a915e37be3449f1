#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agents/validate/findings.h"
#include "base/result.h"
#include "matcher/linkage/ladder.h"

namespace tallystick {

struct LabLinkOptions {
  std::filesystem::path agreement, left, right, pairs;
  std::string id, id_right;  // id_right empty: the same name
  unsigned threads = 0;      // 0: one for each processor
  bool ignore_extra = false;
};

// LabLinkage is what linkage found, for a report: no ids.
struct LabLinkage {
  std::vector<std::string> match_keys;  // of the passes
  matcher::Linkage linkage;
  std::uint64_t left_row_count = 0, right_row_count = 0;
  agents::Findings left_findings, right_findings;
  std::string agreement_problems;  // of an agreement that is refused; one line each
};

// LabLink encodes both files under a random key and links them as the matcher would: the left file
// is of the agreement's first dataset, the right of its second. Writes `pairs`: left_id, right_id,
// pass, score, in the order of the left file. `*report` is filled as far as it came.
// Fails with kInvalidArgument for a bad agreement ("agreement.…", "lab.two-datasets",
// "lab.no-match-key") or file (see LabRecords::ReadSide), kNotFound for a missing one,
// kUnavailable "file.cannot-create" when `pairs` cannot be written.
Status LabLink(const LabLinkOptions& options, LabLinkage* report);

}  // namespace tallystick
