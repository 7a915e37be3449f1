#include "matcher/release/release_job.h"

#include <algorithm>

#include "agreements/policy.h"
#include "matcher/disclosure/disclosure_control.h"
#include "matcher/disclosure/shares.h"
#include "matcher/linkage/stored_token_column.h"
#include "matcher/registry/agreement_steps.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "matcher/release/release_body.h"
#include "matcher/tally/stored_category_column.h"
#include "matcher/tally/tally_table.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kCachedLinkages = 8;

// One side of a job: a submission ready to be read.
struct JobSide {
  v1::Manifest manifest;
  std::string id;
  std::string space;
  crypto::SecretBytes<32> data_key;
};

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

// The position of a column in a manifest, or -1.
int FindColumn(const v1::Manifest& manifest, v1::ColumnDescription::Kind kind,
               std::string_view name) {
  for (int i = 0; i < manifest.columns_size(); ++i) {
    if (manifest.columns(i).kind() == kind && manifest.columns(i).name() == name) return i;
  }
  return -1;
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

Result<std::unique_ptr<StoredTokenColumn>> TokenColumnOf(const PipelineParts& parts,
                                                         const JobSide& side,
                                                         const std::string& match_key) {
  const int column = FindColumn(side.manifest, v1::ColumnDescription::KIND_TOKENS, match_key);
  if (column < 0) return Error(Code::kDataLoss, "job.column", "a token column is missing");
  TS_ASSIGN_OR_RETURN(auto chunks, ChunksOf(side.manifest, column));
  return std::make_unique<StoredTokenColumn>(*parts.chunks, side.space,
                                             static_cast<std::uint16_t>(column), std::move(chunks),
                                             side.data_key);
}

Result<std::shared_ptr<const Linkage>> LinkSides(const PipelineParts& parts,
                                                 const agreements::Agreement& terms,
                                                 const agreements::Output& output,
                                                 const JobSide& left, const JobSide& right,
                                                 LinkageCache& cache, std::stop_token stop) {
  if (auto cached = cache.Find(left.id, right.id)) return cached;
  const auto ladder = agreements::LadderFor(terms, *terms.FindDataset(output.left),
                                            *terms.FindDataset(output.right));
  if (ladder.empty()) {
    return Error(Code::kPermissionDenied, "job.no-match-key", "the datasets share no match key")
        .Refused({"AGR-NO-MATCH-KEY", agreements::ClauseFor(terms, terms.linkage.line),
                  "a match key whose identifiers both datasets have"});
  }
  LadderInput input;
  input.left_row_count = static_cast<std::uint32_t>(left.manifest.row_count());
  input.right_row_count = static_cast<std::uint32_t>(right.manifest.row_count());
  std::vector<std::unique_ptr<StoredTokenColumn>> columns;
  for (const agreements::MatchKey& match_key : ladder) {
    LadderKey key;
    for (const auto& [side, target] :
         {std::pair(&left, &key.left), std::pair(&right, &key.right)}) {
      TS_ASSIGN_OR_RETURN(auto column, TokenColumnOf(parts, *side, match_key.name));
      *target = column.get();
      columns.push_back(std::move(column));
    }
    input.keys.push_back(key);
  }
  LadderOptions options;
  options.thread_count = parts.limits.thread_count;
  options.memory_bytes = parts.limits.memory_bytes;
  TS_ASSIGN_OR_RETURN(Linkage linkage, LinkLadder(input, options, std::move(stop)));
  auto shared = std::make_shared<const Linkage>(std::move(linkage));
  cache.Keep(left.id, right.id, shared);
  return std::shared_ptr<const Linkage>(shared);
}

// A category column in memory, with its dictionary.
struct CategoryColumn {
  std::vector<std::uint16_t> ordinals;
  std::vector<Bytes> codes;  // by ordinal
};

Result<CategoryColumn> ReadCategory(const PipelineParts& parts, const JobSide& side,
                                    const std::string& category) {
  const int column = FindColumn(side.manifest, v1::ColumnDescription::KIND_CATEGORY, category);
  if (column < 0) return Error(Code::kDataLoss, "job.column", "a category column is missing");
  TS_ASSIGN_OR_RETURN(const auto chunks, ChunksOf(side.manifest, column));
  CategoryColumn result;
  const auto& codes = side.manifest.columns(column).codes();
  result.codes.assign(codes.begin(), codes.end());
  // Codes are sorted in the dictionary, so that their order tells nothing of the labels' order:
  // an index is its own ordinal.
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

// The codes that the approval of the dataset's own party gives for a filter's labels.
std::vector<Bytes> FilterCodesOf(const v1::RequestState& request, std::string_view element,
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

// The rows of one side that pass all of its filters; nullopt when it has none.
Result<std::optional<RowBitmap>> FilterOf(const PipelineParts& parts,
                                          const v1::RequestState& request,
                                          const agreements::RequestDefinition& definition,
                                          const JobSide& side, std::string_view dataset) {
  std::optional<RowBitmap> rows;
  for (const agreements::FilterTerm& term : definition.filter) {
    if (term.element.dataset != dataset) continue;
    TS_ASSIGN_OR_RETURN(const CategoryColumn column,
                        ReadCategory(parts, side, term.element.element));
    std::vector<std::uint16_t> accepted;
    for (const Bytes& code :
         FilterCodesOf(request, term.element.ToString(), side.manifest.party())) {
      const auto found = std::lower_bound(column.codes.begin(), column.codes.end(), code);
      if (found == column.codes.end() || *found != code) {
        return Error(Code::kPermissionDenied, "job.filter-code",
                     "an approval names a code that its submission does not have")
            .Refused({"AGR-FILTER-VALUE", std::nullopt, "codes of the submission in the request"});
      }
      accepted.push_back(static_cast<std::uint16_t>(found - column.codes.begin()));
    }
    if (accepted.size() != term.values.size()) {
      return Error(Code::kPermissionDenied, "job.filter-missing",
                   "the approvals translate another number of filter values than the request has")
          .Refused({"AGR-FILTER-VALUE", std::nullopt, "one code per value in the approval"});
    }
    RowBitmap bitmap = RowBitmap::Where(column.ordinals, accepted);
    if (rows) {
      rows->IntersectWith(bitmap);
    } else {
      rows = std::move(bitmap);
    }
  }
  return rows;
}

}  // namespace

std::shared_ptr<const Linkage> LinkageCache::Find(const std::string& left,
                                                  const std::string& right) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.left == left && entry.right == right;
  });
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return entries_.front().linkage;
}

void LinkageCache::Keep(const std::string& left, const std::string& right,
                        std::shared_ptr<const Linkage> linkage) {
  entries_.push_front({left, right, std::move(linkage)});
  if (entries_.size() > kCachedLinkages) entries_.pop_back();
}

void LinkageCache::Forget(const std::string& submission) {
  entries_.remove_if(
      [&](const Entry& entry) { return entry.left == submission || entry.right == submission; });
}

Result<v1::StoredProposal> RunReleaseJob(const PipelineParts& parts,
                                         const v1::RequestState& request, LinkageCache& cache,
                                         std::stop_token stop) {
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement,
                      GetAgreement(parts.registry->view(), ToHex(request.agreement_digest())));
  TS_RETURN_IF_ERROR(RequireActive(agreement, parts.clock->Now()));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms,
                      agreements::ParseAgreement(agreement.text(), nullptr));
  const agreements::Output* output = terms.FindOutput(request.output());
  if (output == nullptr) return Error(Code::kDataLoss, "job.output", "the output is gone");
  TS_RETURN_IF_ERROR(agreements::MayRelease(terms, output->id, DateOf(parts.clock->Now())));
  TS_ASSIGN_OR_RETURN(const auto signed_request,
                      agreements::SignedRequest::Decode(request.request()));
  TS_ASSIGN_OR_RETURN(const auto definition,
                      agreements::ParseRequest(signed_request.file, nullptr));

  TS_ASSIGN_OR_RETURN(const JobSide left, OpenSide(parts, request.left_submission()));
  TS_ASSIGN_OR_RETURN(const JobSide right, OpenSide(parts, request.right_submission()));
  TS_ASSIGN_OR_RETURN(const auto linkage,
                      LinkSides(parts, terms, *output, left, right, cache, stop));

  TallyInput input;
  input.cohort = output->cohort;
  input.left_row_count = static_cast<std::uint32_t>(left.manifest.row_count());
  input.right_row_count = static_cast<std::uint32_t>(right.manifest.row_count());
  input.pairs = linkage->pairs;
  std::vector<CategoryColumn> columns;
  columns.reserve(output->dimensions.size());
  Tally tally;
  tally.cohort = output->cohort;
  for (const agreements::ElementRef& dimension : output->dimensions) {
    const bool on_left = dimension.dataset == output->left;
    TS_ASSIGN_OR_RETURN(CategoryColumn column,
                        ReadCategory(parts, on_left ? left : right, dimension.element));
    columns.push_back(std::move(column));
    const agreements::Side side = on_left ? agreements::Side::kLeft : agreements::Side::kRight;
    const auto cardinality = static_cast<std::uint32_t>(columns.back().codes.size());
    input.dimensions.push_back({side, columns.back().ordinals, cardinality});
    TableDimension shape;
    shape.name = dimension.ToString();
    shape.cardinality = cardinality;
    shape.side = side;
    shape.with_not_linked = (output->cohort == agreements::Cohort::kLeft && !on_left) ||
                            (output->cohort == agreements::Cohort::kRight && on_left);
    shape.sensitive = terms.FindCategory(dimension)->sensitive;
    tally.dimensions.push_back(std::move(shape));
  }
  TS_ASSIGN_OR_RETURN(const auto left_filter,
                      FilterOf(parts, request, definition, left, output->left));
  TS_ASSIGN_OR_RETURN(const auto right_filter,
                      FilterOf(parts, request, definition, right, output->right));
  if (left_filter) input.left_filter = &*left_filter;
  if (right_filter) input.right_filter = &*right_filter;
  TS_ASSIGN_OR_RETURN(TallyCounts counts, TallyTable(input, parts.limits.thread_count));
  if (stop.stop_requested()) return Error(Code::kUnavailable, "linkage.cancelled", "stopped");

  tally.counts = std::move(counts.cells);
  tally.submitted_left = std::move(counts.submitted_left);
  tally.submitted_right = std::move(counts.submitted_right);
  DisclosureRules rules;
  rules.min_cell = terms.disclosure.min_cell;
  rules.min_denominator = terms.disclosure.min_denominator;
  rules.optimal = terms.disclosure.optimal;
  rules.clause = agreements::ClauseFor(terms, terms.disclosure.line);
  const DisclosureControl control(rules, ReviewLimits{.time = parts.limits.disclosure_time});
  TS_ASSIGN_OR_RETURN(const ProtectedTable table, control.Review(std::move(tally)));

  ReleaseFacts facts;
  facts.request = &request;
  facts.terms = &terms;
  facts.output = output;
  facts.definition = &definition;
  facts.agreement = &agreement;
  facts.table = &table;
  facts.linkage = linkage.get();
  for (const agreements::MatchKey& match_key : agreements::LadderFor(
           terms, *terms.FindDataset(output->left), *terms.FindDataset(output->right))) {
    facts.match_keys.push_back(match_key.name);
  }
  facts.left_row_count = left.manifest.row_count();
  facts.right_row_count = right.manifest.row_count();
  facts.rules = &rules;
  facts.matcher_id = parts.registry->identity().description.id();
  facts.log_position = parts.registry->log_size();
  facts.now = parts.clock->Now();
  v1::StoredProposal proposal;
  proposal.set_body(Serialise(MakeReleaseBody(facts)));
  proposal.set_witnesses(table.witnesses().Encode());
  proposal.set_witnesses_left(table.witnesses_left().Encode());
  proposal.set_witnesses_right(table.witnesses_right().Encode());
  proposal.set_left_party(left.manifest.party());
  proposal.set_right_party(right.manifest.party());
  for (std::size_t d = 0; d < columns.size(); ++d) {
    v1::CodeList* codes = proposal.add_codes();
    codes->set_dimension(static_cast<std::uint32_t>(d));
    for (const Bytes& code : columns[d].codes) codes->add_codes(code);
  }
  return proposal;
}

}  // namespace tallystick::matcher
