// The command line of the tallystick program: researchers, compliance officers, conveners.
#pragma once

#include <cstdint>
#include <string>

#include "base/console.h"
#include "base/result.h"

namespace CLI {
class App;
}

namespace tallystick::client {

struct Arguments {
  std::string home, output = "text";
  std::string id, invitation, agreement, file, request, out, directory, checkpoint;
  std::string timeout = "60s";
  std::uint64_t since = 0;
};

void DeclareCommandLine(CLI::App& app, Arguments& args);

// Throws a CLI::ParseError when a verb that needs --home has none.
void RequireHome(const CLI::App& app, const Arguments& args);

Result<ExitCode> RunCommand(const CLI::App& app, const Arguments& args, OutputForm form);

}  // namespace tallystick::client
