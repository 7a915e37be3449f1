#include "agreements/lint.h"

#include <algorithm>

#include "agreements/internal/advice.h"

namespace tallystick::agreements {
namespace {

// What the skeleton of `agreement new` leaves to people.
void AdviseOnBlanks(const Agreement& agreement, Advice& advice) {
  int line = 1;
  for (std::size_t at = 0; at < agreement.text.size(); ++line) {
    const std::size_t end = std::min(agreement.text.find('\n', at), agreement.text.size());
    const std::string_view text = ByteView(agreement.text).substr(at, end - at);
    const auto blank = text.find("FILL IN");
    if (blank != std::string_view::npos && text.find('#') > blank) {
      advice.Say(line, "still to be filled in");
    }
    at = end + 1;
  }
}

}  // namespace

std::vector<Diagnostic> Advice::Sorted() && {
  std::stable_sort(warnings_.begin(), warnings_.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.line < b.line; });
  return std::move(warnings_);
}

std::vector<Diagnostic> Lint(const Agreement& agreement, Date today) {
  Advice advice;
  AdviseOnBlanks(agreement, advice);
  AdviseOnPurpose(agreement, advice);
  AdviseOnTerm(agreement, today, advice);
  AdviseOnDatasets(agreement, advice);
  AdviseOnLinkage(agreement, advice);
  AdviseOnOutputs(agreement, advice);
  AdviseOnDisclosure(agreement, advice);
  AdviseOnRetention(agreement, today, advice);
  AdviseOnGovernance(agreement, advice);
  AdviseOnPersons(agreement, today, advice);
  return std::move(advice).Sorted();
}

}  // namespace tallystick::agreements
