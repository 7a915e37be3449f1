// Agreement files: whatever parses can be advised on, compared and asked about.
#include <algorithm>
#include <vector>

#include "agreements/agreement.h"
#include "agreements/amendment.h"
#include "agreements/lint.h"
#include "agreements/match_key.h"
#include "agreements/policy.h"
#include "base/check.h"
#include "base/clock.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/agreement_text.h"

namespace tallystick {
namespace {

using agreements::Agreement;
using agreements::Diagnostic;

bool HasErrors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& one) { return one.severity == Diagnostic::kError; });
}

void Use(const Agreement& agreement) {
  static const auto* const other = new Agreement(agreements::TestAgreement());
  const Date today = *ParseDate("2026-06-01");
  for (const Diagnostic& advice : agreements::Lint(agreement, today)) {
    TS_CHECK(!advice.ToString("agreement.toml").empty());
  }
  for (const agreements::Dataset& dataset : agreement.datasets) {
    TS_CHECK(agreement.FindParty(dataset.party) != nullptr);
    agreements::LadderOf(agreement, dataset);
  }
  for (const agreements::Person& person : agreement.persons) {
    const auto questions = agreements::Rules(agreement, person.id, today);
    TS_CHECK(questions.size() <= agreement.outputs.size());
  }
  TS_CHECK(!agreements::NeedsNewEpoch(agreement, agreement));
  const bool amends = agreements::CheckAmendment(*other, agreement).ok();
  TS_CHECK(!amends || agreement.replaces == other->digest);
}

}  // namespace

bool FuzzOne(ByteView input) {
  std::vector<Diagnostic> diagnostics;
  const Result<Agreement> agreement = agreements::ParseAgreement(input, &diagnostics);
  TS_CHECK(diagnostics.size() <= agreements::kMaxDiagnostics);
  for (const Diagnostic& one : diagnostics) TS_CHECK(!one.ToString("agreement.toml").empty());
  agreements::ParseOptions lenient;
  lenient.lenient = true;
  const bool parses_leniently = agreements::ParseAgreement(input, nullptr, lenient).ok();
  if (!agreement.ok()) {
    TS_CHECK(agreement.error().code() == Code::kInvalidArgument);
    return false;
  }
  TS_CHECK(!HasErrors(diagnostics) && parses_leniently);
  TS_CHECK(agreement->text == input && agreement->digest == crypto::Sha256(input));
  Use(*agreement);
  return true;
}

}  // namespace tallystick
