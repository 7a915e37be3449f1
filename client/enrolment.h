// Enrolment and renewal (protocol.md, section 1).
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "client/identity.h"

namespace tallystick::client {

struct EnrolmentOptions {
  std::filesystem::path home;
  std::string id;
  std::string name;  // empty: the name in the invitation
  std::string invitation_code;
  bool institution = false;  // what the calling program enrols: an agent or a person
};

// Enrol makes the member's keys (once), sends them with a CSR under the invitation, and stores
// the certificate. Running it again with the same keys succeeds and changes nothing but the
// certificate and the matcher's address. Fails with kPermissionDenied for a code of another id or
// kind, "enrol.other-matcher" where the home is enrolled with another matcher, with what the
// matcher refuses, or with "net.…" where it cannot be reached or is not the matcher of the
// invitation.
Result<Identity> Enrol(const EnrolmentOptions& options);

// RenewWhenDue asks for a new certificate when two thirds of the old one's life are over.
// Returns true when it was renewed. Fails with kPermissionDenied "enrol.other-matcher" where it
// comes with other keys than the home enrolled with; nothing changes then.
Result<bool> RenewWhenDue(const Identity& identity, Time now);

}  // namespace tallystick::client
