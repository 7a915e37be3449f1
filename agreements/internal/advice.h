// The parts of lint.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agreements/agreement.h"

namespace tallystick::agreements {

// Advice collects warnings. Thread safety: external.
class Advice {
 public:
  void Say(int line, std::string message) {
    warnings_.push_back({Diagnostic::kWarning, line, line > 0 ? 1 : 0, std::move(message)});
  }
  std::vector<Diagnostic> Sorted() &&;

 private:
  std::vector<Diagnostic> warnings_;
};

// lint_terms.cc
void AdviseOnPurpose(const Agreement& agreement, Advice& advice);
void AdviseOnTerm(const Agreement& agreement, Date today, Advice& advice);
void AdviseOnDisclosure(const Agreement& agreement, Advice& advice);
void AdviseOnRetention(const Agreement& agreement, Date today, Advice& advice);
void AdviseOnGovernance(const Agreement& agreement, Advice& advice);
// lint_data.cc
void AdviseOnDatasets(const Agreement& agreement, Advice& advice);
void AdviseOnLinkage(const Agreement& agreement, Advice& advice);
void AdviseOnOutputs(const Agreement& agreement, Advice& advice);
void AdviseOnPersons(const Agreement& agreement, Date today, Advice& advice);

}  // namespace tallystick::agreements
