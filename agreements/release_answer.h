// Whether a release answers a request, decided by the same code where agents sign and where readers
// verify.
#pragma once

#include "agreements/agreement.h"
#include "agreements/rendered_table.h"
#include "agreements/request.h"
#include "base/result.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agreements {

// JobOf binds a request to the submissions that it runs over, by their roots.
crypto::Digest JobOf(const SignedRequest& request, ByteView left_root, ByteView right_root);

// CheckAnswers checks that `body` answers `request` under `agreement` and is nothing else: ids and
// digests, job, output with its cohort and dimensions, filter, the rules it names, and the shape of
// its table, which it returns. The request's signature is VerifyRequest()'s to check, the numbers
// are CheckWitnesses()'. Takes a hostile body. Fails with kPermissionDenied "release.refused" and
// rule REL-BODY or REL-SHAPE, or with the errors of parsing the request's file and the table.
Result<RenderedTable> CheckAnswers(const Agreement& agreement, const SignedRequest& request,
                                   const v1::ReleaseBody& body);

}  // namespace tallystick::agreements
