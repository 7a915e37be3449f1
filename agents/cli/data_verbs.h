// tallystick-agent validate, preview, submit, submissions (contract.md).
#pragma once

#include <string>

#include "agents/cli/session.h"
#include "agents/submit/submission_builder.h"

namespace tallystick::agents {

struct DataArguments {
  std::string agreement;
  std::string file;
  std::string dataset;
  std::string mapping;  // a mapping file, or empty
  std::string report;   // validate --report
  std::string dedupe;   // "", "first" or "last"
  bool ignore_extra = false;
  std::uint64_t max_errors = 0;
  bool dry_run = false;
};

Result<ExitCode> RunValidate(Session& session, const DataArguments& args, OutputForm form);
Result<ExitCode> RunPreview(Session& session, const DataArguments& args, OutputForm form);
Result<ExitCode> RunSubmit(Session& session, const DataArguments& args, OutputForm form);
Result<ExitCode> RunSubmissionsList(Session& session, const std::string& agreement,
                                    OutputForm form);
// Keeps the certificate of the destruction in the home, and says where.
Result<ExitCode> RunSubmissionsWithdraw(Session& session, const std::string& submission,
                                        OutputForm form);
// Verifies a certificate of destruction, without the matcher.
Result<ExitCode> RunSubmissionsCertificate(Session& session, const std::string& file,
                                           OutputForm form);

}  // namespace tallystick::agents
