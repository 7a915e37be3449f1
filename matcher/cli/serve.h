#pragma once

#include <filesystem>
#include <string>

#include "base/console.h"
#include "base/result.h"

namespace tallystick::matcher {

struct ServeOptions {
  std::filesystem::path home;
  std::string listen;  // empty: as the settings say
  OutputForm form = OutputForm::kText;
};

// Serve runs the matcher until SIGTERM or SIGINT, then drains. Prints "ready https://HOST:PORT" on
// stdout (or {"ready":"https://HOST:PORT"}) once it accepts. Returns the exit code the process ends
// with: 0 after a drain, 90 to 94 when the store failed.
Result<ExitCode> Serve(const ServeOptions& options);

}  // namespace tallystick::matcher
