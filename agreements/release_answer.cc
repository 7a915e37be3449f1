#include "agreements/release_answer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "agreements/measure_table.h"
#include "agreements/policy.h"

namespace tallystick::agreements {
namespace {

Error Differs(Literal message) {
  return Error(Code::kPermissionDenied, "release.refused", message)
      .Refused({"REL-BODY", std::nullopt, "a release that answers the request as it was signed"});
}

Error OtherShape() {
  return Error(Code::kPermissionDenied, "release.refused",
               "the table has another shape than the output")
      .Refused({"REL-SHAPE", std::nullopt, "a table of the output's dimensions"});
}

Status CheckDimensions(const Agreement& agreement, const Output& output, const TableShape& shape,
                       const v1::ReleaseBody& body) {
  const std::vector<ElementRef> measures = output.Measures();
  bool same = static_cast<std::size_t>(body.dimensions_size()) == shape.rank();
  for (std::size_t d = 0; same && d < shape.rank(); ++d) {
    const bool observation = d >= output.dimensions.size();
    const ElementRef& element =
        observation ? measures[d - output.dimensions.size()] : output.dimensions[d];
    const TableDimension& expected = shape.dimensions()[d];
    const v1::Dimension& actual = body.dimensions(static_cast<int>(d));
    same = actual.dataset() == element.dataset && actual.element() == element.element &&
           actual.party() == agreement.FindDataset(element.dataset)->party &&
           actual.with_not_linked() == expected.with_not_linked &&
           actual.value_count() == expected.cardinality && actual.observation() == observation;
  }
  return same ? Ok() : Status(Differs("the release has other dimensions"));
}

Status CheckFilters(const RequestDefinition& definition, const v1::ReleaseBody& body) {
  bool same = static_cast<std::size_t>(body.filters_size()) == definition.filter.size();
  for (std::size_t i = 0; same && i < definition.filter.size(); ++i) {
    const FilterTerm& expected = definition.filter[i];
    const v1::FilterLabels& actual = body.filters(static_cast<int>(i));
    same = actual.element() == expected.element.ToString() &&
           std::equal(actual.labels().begin(), actual.labels().end(), expected.values.begin(),
                      expected.values.end());
  }
  return same ? Ok() : Status(Differs("the release has another filter"));
}

bool NamesRule(const v1::ReleaseBody& body, std::string_view rule, int value) {
  return std::any_of(body.rules().begin(), body.rules().end(), [&](const v1::RuleApplied& it) {
    return it.rule() == rule && it.value() == std::to_string(value);
  });
}

bool SameShape(const TableShape& a, const TableShape& b) {
  return a.cohort() == b.cohort() &&
         std::equal(a.dimensions().begin(), a.dimensions().end(), b.dimensions().begin(),
                    b.dimensions().end(), [](const TableDimension& x, const TableDimension& y) {
                      return x.name == y.name && x.cardinality == y.cardinality &&
                             x.side == y.side && x.sensitive == y.sensitive &&
                             x.observation == y.observation;
                    });
}

Result<RenderedTable> DecodeAs(const TableShape& shape, ByteView bytes) {
  TS_ASSIGN_OR_RETURN(RenderedTable table, RenderedTable::Decode(bytes));
  if (!SameShape(shape, table.shape())) return OtherShape();
  return table;
}

// A number as PublishedStatistic() writes it: no reader need parse anything else.
bool IsPlainDecimal(std::string_view text) {
  constexpr std::size_t kMaxBytes = 40;
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return text.size() <= kMaxBytes && digits(text.substr(0, point)) &&
         (point == text.size() || digits(text.substr(point + 1)));
}

}  // namespace

DisclosureRules RulesOf(const Agreement& agreement) {
  DisclosureRules rules;
  rules.min_cell = agreement.disclosure.min_cell;
  rules.min_denominator = agreement.disclosure.min_denominator;
  rules.optimal = agreement.disclosure.optimal;
  rules.clause = ClauseFor(agreement, agreement.disclosure.line);
  return rules;
}

crypto::Digest JobOf(const SignedRequest& request, ByteView left_root, ByteView right_root) {
  constexpr std::uint64_t kAttempt = 1;
  Bytes bytes;
  AppendLp(bytes, "tallystick/v1/job");
  AppendLp(bytes, crypto::Sha256(request.Body()).view());
  AppendLp(bytes, left_root);
  AppendLp(bytes, right_root);
  AppendU64(bytes, request.epoch);
  AppendU64(bytes, kAttempt);
  return crypto::Sha256(bytes);
}

Result<AnswerTables> CheckAnswers(const Agreement& agreement, const SignedRequest& request,
                                  const v1::ReleaseBody& body) {
  TS_ASSIGN_OR_RETURN(const RequestDefinition definition, ParseRequest(request.file, nullptr));
  if (body.request_id() != request.Id() ||
      ByteView(body.request_digest()) != crypto::Sha256(request.Encode()).view()) {
    return Differs("the release is about another request");
  }
  if (ByteView(body.agreement_digest()) != agreement.digest.view() ||
      ByteView(body.chain_digest()) != request.chain.view() || body.epoch() != request.epoch) {
    return Differs("the release is under another agreement or epoch");
  }
  if (ByteView(body.job()) != JobOf(request, body.left_root(), body.right_root()).view()) {
    return Differs("the release is of another job");
  }
  const Output* output = agreement.FindOutput(definition.output);
  if (output == nullptr || body.output() != output->id ||
      body.cohort() != CohortName(output->cohort)) {
    return Differs("the release is another output");
  }
  if (!NamesRule(body, "minimum cell", agreement.disclosure.min_cell) ||
      !NamesRule(body, "minimum denominator", agreement.disclosure.min_denominator)) {
    return Differs("the release names other disclosure rules than the agreement");
  }
  TS_ASSIGN_OR_RETURN(const TableShape shape, CountShape(agreement, *output));
  TS_RETURN_IF_ERROR(CheckDimensions(agreement, *output, shape, body));
  TS_RETURN_IF_ERROR(CheckFilters(definition, body));
  TS_ASSIGN_OR_RETURN(RenderedTable counts, DecodeAs(shape, body.table()));
  AnswerTables tables{std::move(counts), {}};
  if (body.suppressed_cells() != tables.counts.suppressed().size()) {
    return Differs("the release counts its suppressed cells otherwise");
  }
  const std::vector<ElementRef> measures = output->Measures();
  if (static_cast<std::size_t>(body.measure_tables_size()) != measures.size()) {
    return Differs("the release has other measures");
  }
  for (std::size_t m = 0; m < measures.size(); ++m) {
    const v1::MeasureTable& given = body.measure_tables(static_cast<int>(m));
    if (given.element() != measures[m].ToString()) return Differs("the release has other measures");
    TS_ASSIGN_OR_RETURN(const TableShape own, MeasureShape(agreement, *output, measures[m]));
    TS_ASSIGN_OR_RETURN(RenderedTable table, DecodeAs(own, given.table()));
    tables.measures.push_back(std::move(table));
  }
  return tables;
}

Status CheckStatistics(const Output& output, const AnswerTables& tables,
                       const v1::ReleaseBody& body) {
  const auto refuse = [] {
    return Error(Code::kPermissionDenied, "release.refused",
                 "the release has other statistics than its tables call for")
        .Refused(
            {"REL-STATISTICS", std::nullopt, "one statistic of each kind for each published cell"});
  };
  const std::vector<ElementRef> measures = output.Measures();
  int next = 0;
  for (std::size_t m = 0; m < measures.size(); ++m) {
    for (const std::size_t cell : CellsToOpen(tables.measures[m])) {
      if (next == body.statistics_size()) return refuse();
      const v1::CellStatistics& given = body.statistics(next++);
      if (given.measure() != m || given.cell() != cell) return refuse();
      for (const auto& [stat, text] : {std::pair(MeasureStat::kSum, &given.sum()),
                                       std::pair(MeasureStat::kMean, &given.mean()),
                                       std::pair(MeasureStat::kSd, &given.sd())}) {
        const bool wanted = output.Publishes(measures[m], stat);
        if (wanted ? !IsPlainDecimal(*text) : !text->empty()) return refuse();
      }
    }
  }
  return next == body.statistics_size() ? Ok() : Status(refuse());
}

}  // namespace tallystick::agreements
