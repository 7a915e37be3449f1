// tallystick-agent requests, release, run, status, doctor, log verify (contract.md).
#pragma once

#include <string>

#include "agents/cli/session.h"

namespace tallystick::agents {

Result<ExitCode> RunRequestsList(Session& session, OutputForm form);
Result<ExitCode> RunRequestsShow(Session& session, const std::string& id, OutputForm form);
Result<ExitCode> RunRequestsApprove(Session& session, const std::string& id, OutputForm form);
Result<ExitCode> RunRequestsDeny(Session& session, const std::string& id, const std::string& reason,
                                 OutputForm form);
// A person's answer to REL-LEDGER-ROLLBACK.
Result<ExitCode> RunAcceptLedger(Session& session, OutputForm form);
Result<ExitCode> RunReleaseList(Session& session, OutputForm form);

// Works until SIGTERM, asking every 2 s; with `once`, one round. Ends with 82 when the log does not
// verify, and approves nothing then.
Result<ExitCode> RunDaemon(Session& session, bool once, OutputForm form);

Result<ExitCode> RunStatus(Session& session, OutputForm form);
// Checks what an installation needs, one line each; 1 when a check fails.
Result<ExitCode> RunDoctor(const std::filesystem::path& home, OutputForm form);
Result<ExitCode> RunLogVerify(Session& session, OutputForm form);

}  // namespace tallystick::agents
