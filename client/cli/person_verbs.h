// The verbs of the tallystick program (contract.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/console.h"
#include "client/identity.h"
#include "client/matcher_client.h"

namespace tallystick::client {

struct PersonSession {
  Identity identity;
  MatcherClient matcher;
  SystemClock clock;

  // Also renews a certificate that is due.
  static Result<PersonSession> Open(const std::filesystem::path& home);
};

Result<ExitCode> RunAgreements(PersonSession& session, OutputForm form);
Result<ExitCode> RunAgreementShow(PersonSession& session, const std::string& name, OutputForm form);
Result<ExitCode> RunRules(PersonSession& session, const std::string& name, OutputForm form);
Result<ExitCode> RunRequestCheck(PersonSession& session, const std::string& file, OutputForm form);
Result<ExitCode> RunRequestSubmit(PersonSession& session, const std::string& file, OutputForm form);
Result<ExitCode> RunRequestList(PersonSession& session, OutputForm form);
Result<ExitCode> RunRequestShow(PersonSession& session, const std::string& id, OutputForm form);
Result<ExitCode> RunRequestWait(PersonSession& session, const std::string& id,
                                const std::string& timeout, OutputForm form);
Result<ExitCode> RunReleaseList(PersonSession& session, OutputForm form);
Result<ExitCode> RunLogVerify(PersonSession& session, OutputForm form);
Result<ExitCode> RunLogEntries(PersonSession& session, std::uint64_t since, OutputForm form);
// Writes agreement.toml, requests.csv and log.csv about one agreement.
Result<ExitCode> RunReport(PersonSession& session, const std::string& name, const std::string& out,
                           OutputForm form);

}  // namespace tallystick::client
