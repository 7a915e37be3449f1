#include "agreements/release_answer.h"

#include <algorithm>

namespace tallystick::agreements {
namespace {

Error Differs(Literal message) {
  return Error(Code::kPermissionDenied, "release.refused", message)
      .Refused({"REL-BODY", std::nullopt, "a release that answers the request as it was signed"});
}

// Whether a table shows "not linked" along a dimension: it is the other side's, in a table over all
// rows of one side.
bool ShowsNotLinked(const Output& output, const ElementRef& dimension) {
  const bool on_left = dimension.dataset == output.left;
  return (output.cohort == Cohort::kLeft && !on_left) ||
         (output.cohort == Cohort::kRight && on_left);
}

Status CheckDimensions(const Agreement& agreement, const Output& output,
                       const v1::ReleaseBody& body) {
  bool same = static_cast<std::size_t>(body.dimensions_size()) == output.dimensions.size();
  for (std::size_t d = 0; same && d < output.dimensions.size(); ++d) {
    const ElementRef& expected = output.dimensions[d];
    const v1::Dimension& actual = body.dimensions(static_cast<int>(d));
    same = actual.dataset() == expected.dataset && actual.element() == expected.element &&
           actual.party() == agreement.FindDataset(expected.dataset)->party &&
           actual.with_not_linked() == ShowsNotLinked(output, expected) &&
           actual.value_count() == agreement.FindCategory(expected)->values.size();
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

Status CheckShape(const Agreement& agreement, const Output& output, const TableShape& shape) {
  const auto& dimensions = shape.dimensions();
  bool same = shape.cohort() == output.cohort && dimensions.size() == output.dimensions.size();
  for (std::size_t d = 0; same && d < dimensions.size(); ++d) {
    const ElementRef& expected = output.dimensions[d];
    const Category& category = *agreement.FindCategory(expected);
    const Side side = expected.dataset == output.left ? Side::kLeft : Side::kRight;
    same = dimensions[d].name == expected.ToString() && dimensions[d].side == side &&
           dimensions[d].cardinality == category.values.size() &&
           dimensions[d].sensitive == category.sensitive;
  }
  if (same) return Ok();
  return Error(Code::kPermissionDenied, "release.refused",
               "the table has another shape than the output")
      .Refused({"REL-SHAPE", std::nullopt, "a table of the output's dimensions"});
}

}  // namespace

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

Result<RenderedTable> CheckAnswers(const Agreement& agreement, const SignedRequest& request,
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
  TS_RETURN_IF_ERROR(CheckDimensions(agreement, *output, body));
  TS_RETURN_IF_ERROR(CheckFilters(definition, body));
  TS_ASSIGN_OR_RETURN(RenderedTable table, RenderedTable::Decode(body.table()));
  TS_RETURN_IF_ERROR(CheckShape(agreement, *output, table.shape()));
  if (body.suppressed_cells() != table.suppressed().size()) {
    return Differs("the release counts its suppressed cells otherwise");
  }
  return table;
}

}  // namespace tallystick::agreements
