#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "agents/validate/findings.h"
#include "base/result.h"

namespace tallystick {

// LabQuality compares the pairs that were found with the true ones.
struct LabQuality {
  struct Pass {
    std::uint64_t number = 0;  // position in the ladder, from 1
    std::uint64_t found = 0;
    std::uint64_t right = 0;
  };

  std::uint64_t found = 0;
  std::uint64_t right = 0;  // found and true
  std::uint64_t true_count = 0;
  std::vector<Pass> passes;  // those that found something, in order

  // Of nothing found, precision is 0; of no true pair, recall is 0; F1 is their harmonic mean.
  double Precision() const;
  double Recall() const;
  double F1() const;

  std::string ToText() const;
  // {"precision":…,"recall":…,"f1":…,"found":…,"right":…,"true":…,"passes":[{pass,found,right,
  // precision,recall}]}; a pass's recall is its share of all true pairs.
  std::string ToJson() const;
};

// LabEvaluate reads `pairs` (left_id, right_id, pass) and `truth` (left_id,
// right_id); a pair that stands twice counts once. Fails as LabRecords::ReadColumns does.
Result<LabQuality> LabEvaluate(const std::filesystem::path& pairs,
                               const std::filesystem::path& truth, agents::Findings* findings);

}  // namespace tallystick
