// Whether a release answers a request, decided by the same code where agents sign and where readers
// verify.
#pragma once

#include <vector>

#include "agreements/agreement.h"
#include "agreements/rendered_table.h"
#include "agreements/request.h"
#include "agreements/witness.h"
#include "base/result.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agreements {

// JobOf binds a request to the submissions that it runs over, by their roots.
crypto::Digest JobOf(const SignedRequest& request, ByteView left_root, ByteView right_root);

// The agreement's rules for tables: the matcher protects by them, agents and readers check by them.
DisclosureRules RulesOf(const Agreement& agreement);

// AnswerTables are the tables of a release.
struct AnswerTables {
  RenderedTable counts;
  std::vector<RenderedTable> measures;  // by Output::Measures()
};

// CheckAnswers checks that `body` answers `request` under `agreement` and is nothing else: ids and
// digests, job, output with its cohort and dimensions, filter, the rules it names, and the shapes
// of its tables, which it returns. The request's signature is VerifyRequest()'s to check, the
// numbers are CheckWitnesses()' and CheckMeasureTable()'s. Takes a hostile body. Fails with
// kPermissionDenied "release.refused" and rule REL-BODY or REL-SHAPE, or with the errors of parsing
// the request's file and the tables.
Result<AnswerTables> CheckAnswers(const Agreement& agreement, const SignedRequest& request,
                                  const v1::ReleaseBody& body);

// CheckStatistics checks that `body` has a statistic of each cell that `tables` says it has, of
// the kinds that `output` publishes, and no others. The numbers themselves only the parties know;
// their signatures stand for them. Fails with kPermissionDenied, rule REL-STATISTICS.
Status CheckStatistics(const Output& output, const AnswerTables& tables,
                       const v1::ReleaseBody& body);

}  // namespace tallystick::agreements
