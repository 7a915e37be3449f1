// tallystick-agent agreement … and template (contract.md).
#pragma once

#include <string>
#include <vector>

#include "agents/cli/session.h"
#include "agreements/transition.h"

namespace tallystick::agents {

Result<ExitCode> RunAgreementNew(Session& session, const std::vector<std::string>& with,
                                 const std::vector<std::string>& persons, const std::string& out,
                                 OutputForm form);
// Needs no home: checks the file and gives advice.
Result<ExitCode> RunAgreementLint(const std::string& file, OutputForm form);
Result<ExitCode> RunAgreementPropose(Session& session, const std::string& file, OutputForm form);
Result<ExitCode> RunAgreementExport(Session& session, const std::string& name,
                                    const std::string& out, OutputForm form);
Result<ExitCode> RunAgreementList(Session& session, OutputForm form);
Result<ExitCode> RunAgreementShow(Session& session, const std::string& name, OutputForm form);
Result<ExitCode> RunAgreementFingerprint(Session& session, const std::string& name,
                                         OutputForm form);
Result<ExitCode> RunAgreementSign(Session& session, const std::string& name,
                                  const std::string& fingerprint, OutputForm form);
// What is to become of an agreement, and why, for the log.
struct StandingChange {
  agreements::TransitionKind kind = agreements::TransitionKind::kSuspend;
  std::string reason;
};
Result<ExitCode> RunAgreementTransition(Session& session, const std::string& name,
                                        const StandingChange& change, OutputForm form);
Result<ExitCode> RunTemplate(Session& session, const std::string& name, const std::string& dataset,
                             const std::string& out, OutputForm form);

// ReadAgreementFile parses a file strictly and prints every problem with its place on stderr.
Result<agreements::Agreement> ReadAgreementFile(const std::string& file);

// Propose sends an agreement to the matcher; one that is there already is answered as it stands.
Result<v1::AgreementState> Propose(Session& session, const agreements::Agreement& agreement);

// CheckSignable says whether this home may sign: the agreement's term is not over (AGR-TERM-…), it
// names the keys of this home (AGR-OWN-KEYS) and those of the matcher that this home enrolled with
// (AGR-MATCHER-KEYS).
Status CheckSignable(const Session& session, const agreements::Agreement& agreement);

}  // namespace tallystick::agents
