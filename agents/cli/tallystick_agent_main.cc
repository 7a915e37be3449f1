#include <CLI/CLI.hpp>
#include <cstdio>

#include "agents/cli/command_line.h"
#include "base/console.h"
#include "base/dumps.h"

namespace tallystick {
namespace {

int Main(int argc, char** argv) {
  ForbidDumps();
  CLI::App app("Tallystick agent: an institution's side", "tallystick-agent");
  agents::Arguments args;
  agents::DeclareCommandLine(app, args);
  try {
    app.parse(argc, argv);
    agents::RequireHome(app, args);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(ReportUsage(argc, argv));
  }
  const OutputForm form = args.output == "json" ? OutputForm::kJson : OutputForm::kText;
  const Result<ExitCode> result = agents::RunCommand(app, args, form);
  return static_cast<int>(result.ok() ? *result : ReportError(result.error(), form));
}

}  // namespace
}  // namespace tallystick

int main(int argc, char** argv) { return tallystick::Main(argc, argv); }
