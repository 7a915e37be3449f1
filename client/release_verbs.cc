#include "client/release_verbs.h"

#include <cstdio>

#include "agreements/fingerprint.h"
#include "client/release_directory.h"

namespace tallystick::client {

Result<ExitCode> RunReleaseFetch(MatcherClient& matcher, const Identity& identity,
                                 const std::string& request, const std::string& out,
                                 OutputForm form) {
  const Result<v1::ReleaseBundle> bundle = matcher.GetRelease(request);
  if (!bundle.ok() && bundle.error().id() == "release.not-yet") {
    std::fprintf(stderr, "%s is not released yet\n", request.c_str());
    if (form == OutputForm::kJson) {
      PrintDone("", {{"request", request}, {"state", "not released yet"}}, form);
    }
    return ExitCode::kWaiting;
  }
  if (!bundle.ok()) return bundle.error();
  TS_ASSIGN_OR_RETURN(const Release release, OpenBundle(*bundle, identity, request));
  TS_RETURN_IF_ERROR(WriteReleaseDirectory(release, out));
  PrintDone("wrote " + out, {{"request", request}, {"directory", out}}, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunReleaseVerify(const std::string& directory, OutputForm form) {
  const Result<Release> verified = VerifyReleaseDirectory(directory);
  if (!verified.ok()) {
    if (verified.error().id() == "file.missing") return verified.error();
    ReportError(verified.error(), form);
    return ExitCode::kCheckFailed;
  }
  const agreements::Agreement& agreement = verified->agreement;
  const std::string fingerprint = agreements::Fingerprint(agreement.digest);
  if (form == OutputForm::kJson) {
    std::printf("{\"verified\":true,\"request\":%s,\"agreement\":%s,\"fingerprint\":%s}\n",
                JsonQuote(verified->body.request_id()).c_str(), JsonQuote(agreement.id).c_str(),
                JsonQuote(fingerprint).c_str());
  } else {
    std::printf(
        "verified: signatures of the matcher and every party, receipt, witnesses, files\n"
        "under agreement %s, whose fingerprint must be the one you know:\n%s\n",
        agreement.id.c_str(), fingerprint.c_str());
  }
  return ExitCode::kOk;
}

}  // namespace tallystick::client
