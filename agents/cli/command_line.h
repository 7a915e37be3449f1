// The command line of tallystick-agent.
#pragma once

#include <string>
#include <vector>

#include "agents/cli/data_verbs.h"
#include "base/console.h"

namespace CLI {
class App;
}

namespace tallystick::agents {

struct Arguments {
  std::string home, output = "text";
  std::string id, name, invitation;
  std::vector<std::string> with, persons;
  std::string out, file, agreement, fingerprint, reason, request, submission, checkpoint;
  DataArguments data;
  bool once = false;
};

void DeclareCommandLine(CLI::App& app, Arguments& args);

// Throws a CLI::ParseError when a verb that needs --home has none.
void RequireHome(const CLI::App& app, const Arguments& args);

Result<ExitCode> RunCommand(const CLI::App& app, const Arguments& args, OutputForm form);

}  // namespace tallystick::agents
