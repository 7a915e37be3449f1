// The administrative verbs: they go to the running server, or open the store when none runs.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "matcher/cli/matcher_home.h"
#include "tallystick/v1/state.pb.h"

namespace tallystick::matcher {

std::filesystem::path AdminSocketPath(const std::filesystem::path& home);

// Administer answers a request on an open store.
v1::AdminAnswer Administer(const v1::AdminRequest& request, const Config& config, Store& store,
                           bool serving);

// AskMatcher sends `request` to the server of this home, or answers it from the store itself.
Result<v1::AdminAnswer> AskMatcher(const std::filesystem::path& home,
                                   const v1::AdminRequest& request);

}  // namespace tallystick::matcher
