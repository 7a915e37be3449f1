// tallystick-agent log accept-restore (contract.md).
#pragma once

#include <string>

#include "agents/cli/session.h"
#include "base/console.h"

namespace tallystick::agents {

// Reports what a restored matcher lost of what this home remembers, its receipts among it, and ends
// with 82; with `checkpoint` as the convener told it, follows the restored log.
Result<ExitCode> RunAcceptRestore(Session& session, const std::string& checkpoint, OutputForm form);

}  // namespace tallystick::agents
