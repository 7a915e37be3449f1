#include "matcher/release/job_side.h"

#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "matcher/tally/ciphertext_tally.h"
#include "matcher/tally/stored_category_column.h"
#include "proto/codec.h"

namespace tallystick::matcher {
namespace {

Result<int> FindColumn(const v1::Manifest& manifest, v1::ColumnDescription::Kind kind,
                       std::string_view name) {
  for (int i = 0; i < manifest.columns_size(); ++i) {
    if (manifest.columns(i).kind() == kind && manifest.columns(i).name() == name) return i;
  }
  return Error(Code::kDataLoss, "job.column", "a column of a committed submission is missing");
}

Result<std::vector<crypto::Digest>> ChunksOf(const v1::Manifest& manifest, int column) {
  const v1::ColumnDescription& description = manifest.columns(column);
  std::vector<crypto::Digest> addresses;
  for (std::uint32_t i = 0; i < description.chunk_count(); ++i) {
    const int chunk = static_cast<int>(description.first_chunk() + i);
    TS_ASSIGN_OR_RETURN(const crypto::Digest address,
                        crypto::Digest::FromBytes(manifest.chunks(chunk).address()));
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

Result<JobSide> OpenSide(const PipelineParts& parts, const std::string& submission_id) {
  TS_ASSIGN_OR_RETURN(
      const auto submission,
      GetState<v1::SubmissionState>(parts.registry->view(), SubmissionViewKey(submission_id)));
  const std::string space = SpaceOf(submission_id);
  if (submission.phase() != "committed" && submission.phase() != "superseded") {
    return Error(Code::kPermissionDenied, "job.submission-gone",
                 "a submission that the request runs over was withdrawn or destroyed")
        .Refused({"AGR-SUBMISSION-WITHDRAWN", std::nullopt, "a new submission and a new request"});
  }
  TS_ASSIGN_OR_RETURN(v1::Manifest manifest, ManifestOf(submission));
  TS_ASSIGN_OR_RETURN(auto data_key, parts.data_keys->Get(space));
  return JobSide{std::move(manifest), submission_id, space, std::move(data_key)};
}

Result<std::unique_ptr<StoredTokenColumn>> TokenColumnOf(const PipelineParts& parts,
                                                         const JobSide& side,
                                                         const std::string& match_key) {
  TS_ASSIGN_OR_RETURN(const int column,
                      FindColumn(side.manifest, v1::ColumnDescription::KIND_TOKENS, match_key));
  TS_ASSIGN_OR_RETURN(auto chunks, ChunksOf(side.manifest, column));
  return std::make_unique<StoredTokenColumn>(*parts.chunks, side.space,
                                             static_cast<std::uint16_t>(column), std::move(chunks),
                                             side.data_key);
}

Result<CategoryColumn> ReadCategory(const PipelineParts& parts, const JobSide& side,
                                    v1::ColumnDescription::Kind kind, const std::string& name) {
  TS_ASSIGN_OR_RETURN(const int column, FindColumn(side.manifest, kind, name));
  TS_ASSIGN_OR_RETURN(const auto chunks, ChunksOf(side.manifest, column));
  CategoryColumn result;
  const auto& codes = side.manifest.columns(column).codes();
  result.codes.assign(codes.begin(), codes.end());
  std::vector<std::uint16_t> identity(result.codes.size());
  for (std::size_t i = 0; i < identity.size(); ++i) identity[i] = static_cast<std::uint16_t>(i);
  StoredCategories stored;
  stored.space = side.space;
  stored.column = static_cast<std::uint16_t>(column);
  stored.chunks = chunks;
  stored.row_count = static_cast<std::uint32_t>(side.manifest.row_count());
  stored.ordinals = identity;
  TS_ASSIGN_OR_RETURN(result.ordinals, ReadCategories(*parts.chunks, side.data_key, stored));
  return result;
}

Result<std::vector<crypto::CiphertextSum>> SumColumn(const PipelineParts& parts,
                                                     const JobSide& side,
                                                     v1::ColumnDescription::Kind kind,
                                                     const std::string& measure,
                                                     const std::vector<std::uint32_t>& leaf_of_row,
                                                     std::size_t leaf_count) {
  TS_ASSIGN_OR_RETURN(const int column, FindColumn(side.manifest, kind, measure));
  TS_ASSIGN_OR_RETURN(const auto chunks, ChunksOf(side.manifest, column));
  StoredCiphertexts stored;
  stored.space = side.space;
  stored.column = static_cast<std::uint16_t>(column);
  stored.chunks = chunks;
  stored.row_count = side.row_count();
  return SumByLeaf(*parts.chunks, side.data_key, stored, leaf_of_row, leaf_count,
                   parts.limits.thread_count);
}

std::vector<Bytes> ApprovedCodes(const v1::RequestState& request, std::string_view element,
                                 std::string_view party) {
  std::vector<Bytes> codes;
  for (const v1::PartyMessage& given : request.verdicts()) {
    if (given.party() != party) continue;
    const auto verdict = Parse<v1::Verdict>(given.message().body());
    if (!verdict.ok()) continue;
    for (const v1::FilterCodes& filter : verdict->filters()) {
      if (filter.element() == element) {
        codes.insert(codes.end(), filter.codes().begin(), filter.codes().end());
      }
    }
  }
  return codes;
}

}  // namespace tallystick::matcher
