#include "client/release_verbs.h"

#include <cstdio>

#include "client/release_directory.h"

namespace tallystick::client {

Result<ExitCode> RunReleaseFetch(MatcherClient& matcher, const Identity& identity,
                                 const std::string& request, const std::string& out) {
  const Result<v1::ReleaseBundle> bundle = matcher.GetRelease(request);
  if (!bundle.ok() && bundle.error().id() == "release.not-yet") {
    std::fprintf(stderr, "%s is not released yet\n", request.c_str());
    return ExitCode::kWaiting;
  }
  if (!bundle.ok()) return bundle.error();
  TS_ASSIGN_OR_RETURN(const Release release, OpenBundle(*bundle, identity));
  TS_RETURN_IF_ERROR(WriteReleaseDirectory(release, out));
  std::printf("wrote %s\n", out.c_str());
  return ExitCode::kOk;
}

Result<ExitCode> RunReleaseVerify(const std::string& directory, OutputForm form) {
  const Status verified = VerifyReleaseDirectory(directory);
  if (!verified.ok()) {
    if (verified.error().id() == "file.missing") return verified.error();
    ReportError(verified.error(), form);
    return ExitCode::kCheckFailed;
  }
  if (form == OutputForm::kJson) {
    std::printf("{\"verified\":true}\n");
  } else {
    std::printf("verified: signatures of the matcher and every party, receipt, witnesses, files\n");
  }
  return ExitCode::kOk;
}

}  // namespace tallystick::client
