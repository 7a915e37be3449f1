// Request files: whatever parses is judged under an agreement and has a digest of its own.
#include <vector>

#include "agreements/policy.h"
#include "agreements/request.h"
#include "base/check.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/agreement_text.h"

namespace tallystick {

bool FuzzOne(ByteView input) {
  static const auto* const agreement = new agreements::Agreement(agreements::TestAgreement());
  std::vector<agreements::Diagnostic> diagnostics;
  const auto definition = agreements::ParseRequest(input, &diagnostics);
  for (const auto& one : diagnostics) TS_CHECK(!one.ToString("request.toml").empty());
  if (!definition.ok()) {
    TS_CHECK(definition.error().code() == Code::kInvalidArgument);
    return false;
  }
  TS_CHECK(diagnostics.empty() && definition->filter.size() <= agreements::kMaxFilters);
  const Date today = *ParseDate("2026-06-01");
  const std::vector<Error> refusals =
      agreements::RequestRefusals(*agreement, *definition, "pgarcia", today);
  TS_CHECK(refusals.empty() ==
           agreements::MayRequest(*agreement, *definition, "pgarcia", today).ok());
  if (refusals.empty()) {
    const agreements::Output* output = agreement->FindOutput(definition->output);
    TS_CHECK(output != nullptr);
    for (const agreements::FilterTerm& term : definition->filter) {
      TS_CHECK(agreement->FindCategory(term.element) != nullptr);
    }
  }
  agreements::RequestDefinition reworded = *definition;
  reworded.question += '?';
  TS_CHECK(agreements::DefinitionDigest(*agreement, reworded) ==
           agreements::DefinitionDigest(*agreement, *definition));
  return true;
}

}  // namespace tallystick
