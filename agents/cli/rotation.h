// New key material for an agreement, and what stands in the way of the old.
#pragma once

#include <string>
#include <vector>

#include "agents/cli/session.h"
#include "base/console.h"

namespace tallystick::agents {

// tallystick-agent agreement rotate A: proposes an amendment that says nothing new, and signs it
// here where it is made from what this home signed itself. The other parties sign it with its
// fingerprint, as any amendment. Called again before it is active it does nothing but tell the
// same.
Result<ExitCode> RunAgreementRotate(Session& session, const std::string& name, OutputForm form);

// NoticesOf tells a person what this home cannot do under the agreements that are in force, or that
// wait for it, and what mends it: a lost share or secret, an amendment to sign, a dataset whose
// submissions hang on an earlier epoch. `about` is the agreement's id, of an amendment with the
// first digits of its digest; no two are the same. Fails with the network.
struct Notice {
  std::string about, text;
};
Result<std::vector<Notice>> NoticesOf(Session& session, const v1::AgreementList& agreements);

}  // namespace tallystick::agents
