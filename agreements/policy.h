// Decisions under an agreement. Agents and matcher run this same code on their own copies, so that
// both sides decide alike; a refusal carries the rule's id, the clause with its line, and what
// would pass.
//
// Every function is pure; `today` is the day in UTC. Refusals are kPermissionDenied with the id
// "policy.refused"; the rule says which.
#pragma once

#include <string_view>
#include <vector>

#include "agreements/agreement.h"
#include "agreements/request.h"
#include "base/clock.h"
#include "base/result.h"

namespace tallystick::agreements {

// May `party` sign the agreement? AGR-PARTY-UNKNOWN, AGR-TERM-EXPIRED.
Status MaySign(const Agreement& agreement, std::string_view party, Date today);

// May anything be done under it today? AGR-TERM-NOT-YET, AGR-TERM-EXPIRED.
Status InTerm(const Agreement& agreement, Date today);

// May `party` submit the dataset, having committed `so_far` submissions of it in this term?
// InTerm(), AGR-PARTY-UNKNOWN, AGR-DATASET-UNKNOWN, AGR-DATASET-PARTY, AGR-SUBMISSIONS-CLOSED,
// AGR-SUBMISSIONS-CAP.
Status MaySubmit(const Agreement& agreement, std::string_view dataset, std::string_view party,
                 std::size_t so_far, Date today);

// May the person ask this? Every reason against it, in the order of the file's clauses; empty when
// it may. InTerm(), AGR-REQUEST-AGREEMENT, AGR-PERSON-UNKNOWN, AGR-PERSON-ROLE, AGR-PERSON-NO-KEY,
// AGR-PERSON-NOT-YET, AGR-PERSON-EXPIRED, AGR-OUTPUT-UNKNOWN, AGR-NOT-RECIPIENT,
// AGR-FILTER-NOT-PERMITTED, AGR-FILTER-VALUE.
std::vector<Error> RequestRefusals(const Agreement& agreement, const RequestDefinition& definition,
                                   std::string_view person, Date today);
// The first of them.
Status MayRequest(const Agreement& agreement, const RequestDefinition& definition,
                  std::string_view person, Date today);

// May a table of this output be released today? InTerm(), AGR-OUTPUT-UNKNOWN, AGR-RELEASES-CLOSED.
Status MayRelease(const Agreement& agreement, std::string_view output, Date today);

// May a party or person read a release of this output, also after the term? AGR-OUTPUT-UNKNOWN,
// AGR-NOT-RECIPIENT, AGR-RELEASES-CLOSED.
Status MayRead(const Agreement& agreement, std::string_view output, std::string_view reader,
               Date today);

// PermittedQuestion is one output as `tallystick rules` shows it.
struct PermittedQuestion {
  const Output* output = nullptr;  // of the agreement given to Rules()
  Clause clause;
  Status allowed;  // whether this person may ask it today, else why not
};

// What the agreement permits, with the clause of each.
std::vector<PermittedQuestion> Rules(const Agreement& agreement, std::string_view person,
                                     Date today);

}  // namespace tallystick::agreements
