#include "matcher/release/release_job.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agreements/measure_table.h"
#include "agreements/policy.h"
#include "agreements/release_answer.h"
#include "crypto/random.h"
#include "matcher/disclosure/disclosure_control.h"
#include "matcher/registry/agreement_steps.h"
#include "matcher/registry/state_reader.h"
#include "matcher/release/encrypted_sums.h"
#include "matcher/release/job_side.h"
#include "matcher/release/measure_tally.h"
#include "matcher/release/release_body.h"
#include "matcher/tally/tally_table.h"
#include "proto/limits.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kCachedLinkages = 8;

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
  input.left_row_count = left.row_count();
  input.right_row_count = right.row_count();
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

// The rows of one side that pass all of its filters; nullopt when it has none.
Result<std::optional<RowBitmap>> FilterOf(const PipelineParts& parts,
                                          const v1::RequestState& request,
                                          const agreements::RequestDefinition& definition,
                                          const JobSide& side, std::string_view dataset) {
  std::optional<RowBitmap> rows;
  for (const agreements::FilterTerm& term : definition.filter) {
    if (term.element.dataset != dataset) continue;
    TS_ASSIGN_OR_RETURN(
        const CategoryColumn column,
        ReadCategory(parts, side, v1::ColumnDescription::KIND_CATEGORY, term.element.element));
    std::vector<std::uint16_t> accepted;
    for (const Bytes& code :
         ApprovedCodes(request, term.element.ToString(), side.manifest.party())) {
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

// Whether a row has a measure: ordinal 0 observed, 1 not.
Result<CategoryColumn> ReadObservation(const PipelineParts& parts, const v1::RequestState& request,
                                       const JobSide& side, const agreements::ElementRef& measure) {
  TS_ASSIGN_OR_RETURN(
      CategoryColumn column,
      ReadCategory(parts, side, v1::ColumnDescription::KIND_OBSERVED, measure.element));
  const std::vector<Bytes> observed =
      ApprovedCodes(request, measure.ToString(), side.manifest.party());
  if (column.codes.size() != 2 || observed.size() != 1 ||
      std::find(column.codes.begin(), column.codes.end(), observed.front()) == column.codes.end()) {
    return Error(Code::kPermissionDenied, "job.observed-code",
                 "an approval does not say which code of its submission means observed")
        .Refused({"AGR-MEASURE-CODE", std::nullopt, "the submission's code in the approval"});
  }
  if (column.codes.front() != observed.front()) {
    std::swap(column.codes[0], column.codes[1]);
    for (std::uint16_t& ordinal : column.ordinals) ordinal ^= 1;
  }
  return column;
}

// What one request is answered from, and its way from columns to a proposal. Borrows all of it.
class ReleaseJob {
 public:
  ReleaseJob(const PipelineParts& parts, const v1::RequestState& request, ReleaseFacts& facts,
             const JobSide& left, const JobSide& right)
      : parts_(parts),
        request_(request),
        facts_(facts),
        output_(*facts.output),
        left_(left),
        right_(right),
        rules_(agreements::RulesOf(*facts.terms)) {}

  Result<v1::StoredProposal> Run(std::stop_token stop) {
    TS_ASSIGN_OR_RETURN(const agreements::TableShape shape,
                        agreements::CountShape(*facts_.terms, output_));
    TS_RETURN_IF_ERROR(ReadColumns(shape));
    TS_ASSIGN_OR_RETURN(const auto left_filter,
                        FilterOf(parts_, request_, *facts_.definition, left_, output_.left));
    TS_ASSIGN_OR_RETURN(const auto right_filter,
                        FilterOf(parts_, request_, *facts_.definition, right_, output_.right));
    TallyInput input = InputOf(output_.cohort, shape.rank());
    if (left_filter) input.left_filter = &*left_filter;
    if (right_filter) input.right_filter = &*right_filter;
    TS_ASSIGN_OR_RETURN(const TallyCounts counts, TallyTable(input, parts_.limits.thread_count));
    if (stop.stop_requested()) return Stopped();

    Tally tally;
    tally.dimensions = shape.dimensions();
    tally.cohort = output_.cohort;
    tally.counts = counts.cells;
    tally.submitted_left = counts.submitted_left;
    tally.submitted_right = counts.submitted_right;
    const ReviewLimits limits{.time = parts_.limits.disclosure_time};
    TS_ASSIGN_OR_RETURN(const ProtectedTable table,
                        DisclosureControl(rules_, limits).Review(std::move(tally)));
    for (std::size_t m = 0; m < output_.Measures().size(); ++m) {
      TS_RETURN_IF_ERROR(ProtectMeasure(m, shape, counts, table));
    }
    TS_RETURN_IF_ERROR(CheckOpenings());
    for (std::size_t m = 0; m < output_.Measures().size(); ++m) {
      if (stop.stop_requested()) return Stopped();
      TS_RETURN_IF_ERROR(SumMeasure(m, input));
    }
    return Propose(table);
  }

 private:
  static Error Stopped() { return Error(Code::kUnavailable, "linkage.cancelled", "stopped"); }

  const JobSide& SideOf(const agreements::ElementRef& element) const {
    return element.dataset == output_.left ? left_ : right_;
  }

  // Categories, then observations, in the order of the table of counts.
  Status ReadColumns(const agreements::TableShape& shape) {
    for (const agreements::ElementRef& dimension : output_.dimensions) {
      TS_ASSIGN_OR_RETURN(CategoryColumn column,
                          ReadCategory(parts_, SideOf(dimension),
                                       v1::ColumnDescription::KIND_CATEGORY, dimension.element));
      columns_.push_back(std::move(column));
    }
    for (const agreements::ElementRef& measure : output_.Measures()) {
      TS_ASSIGN_OR_RETURN(CategoryColumn column,
                          ReadObservation(parts_, request_, SideOf(measure), measure));
      columns_.push_back(std::move(column));
    }
    for (std::size_t d = 0; d < columns_.size(); ++d) {
      dimensions_.push_back(
          {shape.dimensions()[d].side, columns_[d].ordinals, shape.dimensions()[d].cardinality});
      if (columns_[d].codes.size() == dimensions_.back().cardinality) continue;
      return Error(Code::kDataLoss, "job.dictionary",
                   "a column has another number of codes than the agreement has values");
    }
    return Ok();
  }

  // By the first `rank` dimensions, without filters.
  TallyInput InputOf(agreements::Cohort cohort, std::size_t rank) const {
    TallyInput input;
    input.cohort = cohort;
    input.left_row_count = left_.row_count();
    input.right_row_count = right_.row_count();
    input.pairs = facts_.linkage->pairs;
    input.dimensions.assign(dimensions_.begin(),
                            dimensions_.begin() + static_cast<std::ptrdiff_t>(rank));
    return input;
  }

  Status ProtectMeasure(std::size_t measure, const agreements::TableShape& shape,
                        const TallyCounts& counts, const ProtectedTable& table) {
    TS_ASSIGN_OR_RETURN(
        const agreements::TableShape own,
        agreements::MeasureShape(*facts_.terms, output_, output_.Measures()[measure]));
    const DisclosureControl control(agreements::MeasureRules(rules_),
                                    ReviewLimits{.time = parts_.limits.disclosure_time});
    TS_ASSIGN_OR_RETURN(ProtectedTable protection,
                        control.Review(ObservedTally(counts, shape, own, measure),
                                       WithheldCells(table.table(), own, measure)));
    measures_.push_back(std::move(protection));
    return Ok();
  }

  // Agents open so many sums of one release and no more.
  Status CheckOpenings() const {
    std::size_t count = 0;
    for (std::size_t m = 0; m < measures_.size(); ++m) {
      const bool squares = output_.Publishes(output_.Measures()[m], agreements::MeasureStat::kSd);
      count += agreements::CellsToOpen(measures_[m].table()).size() * (squares ? 2 : 1);
    }
    if (count <= kMaxOpenedCiphertexts) return Ok();
    return Error(Code::kPermissionDenied, "job.too-many-sums",
                 "the table has more sums than one release may open")
        .With("sums", count)
        .With("limit", kMaxOpenedCiphertexts)
        .Refused({"SDC-METHOD", rules_.clause, "fewer categories or measures in the output"});
  }

  // Sums what the measure's table publishes. `counted` has the filters.
  Status SumMeasure(std::size_t measure, const TallyInput& counted) {
    const agreements::RenderedTable& table = measures_[measure].table();
    const agreements::ElementRef element = output_.Measures()[measure];
    const JobSide& side = SideOf(element);
    TallyInput input = InputOf(table.shape().cohort(), output_.dimensions.size());
    input.left_filter = counted.left_filter;
    input.right_filter = counted.right_filter;
    TS_ASSIGN_OR_RETURN(std::vector<std::uint32_t> leaf_of_row,
                        LeafOfRows(input, &side == &left_ ? Side::kLeft : Side::kRight));
    const std::vector<std::uint16_t>& observed =
        columns_[output_.dimensions.size() + measure].ordinals;
    for (std::size_t row = 0; row < leaf_of_row.size(); ++row) {
      if (observed[row] != 0) leaf_of_row[row] = kNoLeaf;
    }
    MeasureSumsInput sums;
    sums.table = &table;
    const std::size_t leaves = table.shape().leaf_count();
    TS_ASSIGN_OR_RETURN(sums.sums, SumColumn(parts_, side, v1::ColumnDescription::KIND_MEASURE,
                                             element.element, leaf_of_row, leaves));
    if (output_.Publishes(element, agreements::MeasureStat::kSd)) {
      TS_ASSIGN_OR_RETURN(sums.squares, SumColumn(parts_, side, v1::ColumnDescription::KIND_SQUARE,
                                                  element.element, leaf_of_row, leaves));
    }
    TS_ASSIGN_OR_RETURN(const auto encrypted,
                        EncryptedSumsOf(static_cast<std::uint32_t>(measure), sums));
    sums_.insert(sums_.end(), encrypted.begin(), encrypted.end());
    leaves_of_rows_.push_back(std::move(leaf_of_row));
    return Ok();
  }

  v1::StoredProposal Propose(const ProtectedTable& table) {
    facts_.table = &table;
    facts_.rules = &rules_;
    v1::StoredProposal proposal;
    for (const ProtectedTable& measure : measures_) {
      facts_.measures.push_back(&measure);
      proposal.add_measure_witnesses(measure.witnesses().Encode());
      proposal.add_measure_witnesses_left(measure.witnesses_left().Encode());
      proposal.add_measure_witnesses_right(measure.witnesses_right().Encode());
    }
    if (!measures_.empty()) {
      proposal.set_commitment_salt(crypto::RandomBytes(kCommitmentSaltBytes));
      facts_.openings_root = OpeningsRoot(proposal.commitment_salt(), sums_, leaves_of_rows_);
    }
    proposal.mutable_sums()->Assign(sums_.begin(), sums_.end());
    proposal.set_body(Serialise(MakeReleaseBody(facts_)));
    proposal.set_witnesses(table.witnesses().Encode());
    proposal.set_witnesses_left(table.witnesses_left().Encode());
    proposal.set_witnesses_right(table.witnesses_right().Encode());
    proposal.set_left_party(left_.manifest.party());
    proposal.set_right_party(right_.manifest.party());
    for (std::size_t d = 0; d < columns_.size(); ++d) {
      v1::CodeList* codes = proposal.add_codes();
      codes->set_dimension(static_cast<std::uint32_t>(d));
      for (const Bytes& code : columns_[d].codes) codes->add_codes(code);
    }
    return proposal;
  }

  static constexpr std::size_t kCommitmentSaltBytes = 32;

  const PipelineParts& parts_;
  const v1::RequestState& request_;
  ReleaseFacts& facts_;
  const agreements::Output& output_;
  const JobSide& left_;
  const JobSide& right_;
  const DisclosureRules rules_;
  std::vector<CategoryColumn> columns_;
  std::vector<TallyDimension> dimensions_;  // into columns_
  std::vector<ProtectedTable> measures_;
  std::vector<v1::EncryptedSum> sums_;
  std::vector<std::vector<std::uint32_t>> leaves_of_rows_;  // by measure
};

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

  ReleaseFacts facts;
  facts.request = &request;
  facts.terms = &terms;
  facts.output = output;
  facts.definition = &definition;
  facts.agreement = &agreement;
  facts.linkage = linkage.get();
  for (const agreements::MatchKey& match_key : agreements::LadderFor(
           terms, *terms.FindDataset(output->left), *terms.FindDataset(output->right))) {
    facts.match_keys.push_back(match_key.name);
  }
  facts.left_row_count = left.manifest.row_count();
  facts.right_row_count = right.manifest.row_count();
  facts.matcher_id = parts.registry->identity().description.id();
  facts.log_position = parts.registry->log_size();
  facts.now = parts.clock->Now();
  return ReleaseJob(parts, request, facts, left, right).Run(std::move(stop));
}

}  // namespace tallystick::matcher
