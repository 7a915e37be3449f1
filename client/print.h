// What people's and institutions' programs print alike: listings as aligned text or as JSON.
#pragma once

#include <string>
#include <vector>

#include "base/console.h"
#include "client/agreement_lookup.h"
#include "client/identity.h"

namespace tallystick::client {

// Table is a listing: a header and rows of equally many cells.
struct Table {
  std::vector<std::string> columns;  // lower_case names: the keys in JSON
  std::vector<std::vector<std::string>> rows;
};

// PrintTable writes aligned columns, or a JSON array of objects, to stdout.
void PrintTable(const Table& table, OutputForm form);

// PrintFacts writes "name value" lines, or one JSON object.
void PrintFacts(const Facts& facts, OutputForm form);

// PrintEnrolled tells who is enrolled where.
void PrintEnrolled(const Identity& identity, OutputForm form);

void PrintAgreement(const v1::AgreementState& state, OutputForm form);
Table AgreementTable(const v1::AgreementList& list);
// Requests, or with `released_only` those that have a release.
Table RequestTable(const v1::RequestList& list, bool released_only);
// A request that is not decided yet, and the parties whose part is missing.
void PrintWaiting(const v1::RequestState& request, OutputForm form);
// A request with its question as the person signed it, and `more`.
void PrintRequest(const v1::RequestState& request, const Facts& more, OutputForm form);

}  // namespace tallystick::client
