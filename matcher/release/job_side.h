// One side of a release job: a committed submission, ready to be read.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agreements/agreement.h"
#include "base/result.h"
#include "crypto/elgamal.h"
#include "crypto/secret.h"
#include "matcher/linkage/stored_token_column.h"
#include "matcher/release/pipeline.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::matcher {

struct JobSide {
  v1::Manifest manifest;
  std::string id;
  std::string space;
  crypto::SecretBytes<32> data_key;

  std::uint32_t row_count() const { return static_cast<std::uint32_t>(manifest.row_count()); }
};

// Fails with rule AGR-SUBMISSION-WITHDRAWN when the submission is there no longer.
Result<JobSide> OpenSide(const PipelineParts& parts, const std::string& submission_id);

// A column of small values in memory, with the codes that its dictionary has, sorted: an index
// into them is its own ordinal, so that the order tells nothing of the labels' order.
struct CategoryColumn {
  std::vector<std::uint16_t> ordinals;
  std::vector<Bytes> codes;  // by ordinal
};

// All of these fail with kDataLoss "job.column" when the manifest has no such column.
Result<std::unique_ptr<StoredTokenColumn>> TokenColumnOf(const PipelineParts& parts,
                                                         const JobSide& side,
                                                         const std::string& match_key);
Result<CategoryColumn> ReadCategory(const PipelineParts& parts, const JobSide& side,
                                    v1::ColumnDescription::Kind kind, const std::string& name);
// The sums of a column of ciphertexts (KIND_MEASURE, KIND_SQUARE) by leaf; see SumByLeaf().
Result<std::vector<crypto::CiphertextSum>> SumColumn(const PipelineParts& parts,
                                                     const JobSide& side,
                                                     v1::ColumnDescription::Kind kind,
                                                     const std::string& measure,
                                                     const std::vector<std::uint32_t>& leaf_of_row,
                                                     std::size_t leaf_count);

// The codes that `party` gave with its approval for `element`: of a filter's labels, or the one
// that stands for "observed".
std::vector<Bytes> ApprovedCodes(const v1::RequestState& request, std::string_view element,
                                 std::string_view party);

}  // namespace tallystick::matcher
