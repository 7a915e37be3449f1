// MemberGate turns a certificate into a member: a chain alone is not identity (reliability.md,
// rule 8). It is asked for every request, so that a revocation holds within one request.
#pragma once

#include <optional>

#include "base/result.h"
#include "crypto/tls.h"
#include "matcher/registry/member_table.h"
#include "matcher/registry/step.h"

namespace tallystick::matcher {

// ActorOf returns who `peer` is: its one URI names an enrolled, unrevoked member whose registered
// TLS keys include the certificate's. Fails with kPermissionDenied "auth.…".
Result<Actor> ActorOf(const MemberTable& members, const crypto::PeerIdentity& peer, Time now);

}  // namespace tallystick::matcher
