// The release verbs that institutions' and people's programs share.
#pragma once

#include <string>

#include "base/console.h"
#include "client/matcher_client.h"

namespace tallystick::client {

// Fetches, unseals and checks a release and writes its directory. 81 where it is not released yet;
// where it was refused, the refusal.
Result<ExitCode> RunReleaseFetch(MatcherClient& matcher, const Identity& identity,
                                 const std::string& request, const std::string& out,
                                 OutputForm form);

// Checks a release directory offline: 0, or 1 with the reason on stderr.
Result<ExitCode> RunReleaseVerify(const std::string& directory, OutputForm form);

}  // namespace tallystick::client
