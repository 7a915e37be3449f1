#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/console.h"
#include "base/dumps.h"
#include "client/cli/command_line.h"

namespace tallystick {
namespace {

int Main(int argc, char** argv) {
  ForbidDumps();
  CLI::App app("Tallystick: ask for tables, read releases, check the log", "tallystick");
  client::Arguments args;
  client::DeclareCommandLine(app, args);
  try {
    app.parse(argc, argv);
    client::RequireHome(app, args);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(ReportUsage(argc, argv));
  }
  const OutputForm form = args.output == "json" ? OutputForm::kJson : OutputForm::kText;
  const Result<ExitCode> result = client::RunCommand(app, args, form);
  return static_cast<int>(result.ok() ? *result : ReportError(result.error(), form));
}

}  // namespace
}  // namespace tallystick

int main(int argc, char** argv) { return tallystick::Main(argc, argv); }
