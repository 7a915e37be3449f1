#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "base/dumps.h"
#include "matcher/cli/matcher_home.h"
#include "matcher/cli/serve.h"
#include "matcher/cli/verbs.h"

namespace tallystick::matcher {
namespace {

struct Arguments {
  std::string home, output = "text", listen, public_url, name, role, id, ttl = "72h";
  std::string to, from, out;
  FsckChoices fsck;
  bool decrypted = false;
};

Result<ExitCode> Run(const CLI::App& app, const Arguments& args, OutputForm form) {
  const auto chosen = [&](const char* verb) { return app.got_subcommand(verb); };
  if (chosen("init")) {
    const std::string listen = args.listen.empty() ? "127.0.0.1:8443" : args.listen;
    TS_RETURN_IF_ERROR(InitHome({args.home, listen, args.public_url, args.name}, SystemClock()));
    PrintDone(
        "made a matcher in " + args.home + "; next: serve --home " + args.home + ", then invite",
        {{"home", args.home}}, form);
    return ExitCode::kOk;
  }
  if (chosen("serve")) return Serve({args.home, args.listen, form});
  if (chosen("invite")) return RunInvite(args.home, args.role, args.id, args.name, args.ttl, form);
  if (chosen("status")) return RunStatus(args.home, form);
  if (chosen("revoke-member")) return RunRevokeMember(args.home, args.id, form);
  if (chosen("backup")) return RunBackup(args.home, args.to, form);
  if (chosen("restore")) return RunRestore(args.home, args.from, form);
  if (chosen("fsck")) return RunFsck(args.home, args.fsck, form);
  return RunDump(args.home, args.out, form);
}

void Declare(CLI::App& app, Arguments& args) {
  app.set_version_flag("--version", "tallystick-matcher 0.1.0");
  app.add_option("--home", args.home, "the matcher's directory")->envname("TALLYSTICK_HOME");
  app.add_option("--output", args.output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.require_subcommand(1);
  app.fallthrough();

  CLI::App* init = app.add_subcommand("init", "make a matcher: keys, authority, settings");
  init->add_option("--listen", args.listen, "HOST:PORT (127.0.0.1:8443)");
  init->add_option("--public-url", args.public_url,
                   "what agents connect to (https:// and --listen)");
  init->add_option("--name", args.name, "for people");
  CLI::App* serve = app.add_subcommand("serve", "run the service until SIGTERM");
  serve->add_option("--listen", args.listen, "HOST:PORT; port 0 picks one");
  CLI::App* invite = app.add_subcommand("invite", "print an invitation code for a new member");
  invite->add_option("role", args.role, "institution, researcher, compliance or convener")
      ->required()
      ->check(CLI::IsMember({"institution", "researcher", "compliance", "convener"}));
  invite->add_option("id", args.id, "2 to 32 of a-z, 0-9 and -")->required();
  invite->add_option("--name", args.name, "for people");
  invite->add_option("--ttl", args.ttl, "how long it is good for, at most 72h");
  app.add_subcommand("status", "what there is, and whether it runs");
  CLI::App* fsck = app.add_subcommand("fsck", "check log, view and chunks");
  fsck->add_flag("--rebuild", args.fsck.rebuild, "make the view anew from the log first");
  fsck->add_flag("--new-keystore", args.fsck.new_keystore,
                 "begin an empty key store in place of one that is lost for good");
  CLI::App* backup = app.add_subcommand("backup", "copy log and chunks, without the key store");
  backup->add_option("--to", args.to, "an empty or missing directory")->required();
  CLI::App* restore = app.add_subcommand("restore", "bring a backup into a home without a log");
  restore->add_option("--from", args.from, "a directory that backup wrote")->required();
  CLI::App* revoke = app.add_subcommand("revoke-member", "refuse a member from now on");
  revoke->add_option("id", args.id, "the member's id")->required();
  CLI::App* dump = app.add_subcommand("dump", "write everything the matcher could read");
  dump->add_flag("--decrypted", args.decrypted, "say that you know it is decrypted")->required();
  dump->add_option("--out", args.out, "a directory")->required();
}

}  // namespace
}  // namespace tallystick::matcher

namespace tallystick {
namespace {

int Main(int argc, char** argv) {
  ForbidDumps();
  CLI::App app("Tallystick matcher: joins tokens under signed agreements", "tallystick-matcher");
  matcher::Arguments args;
  matcher::Declare(app, args);
  try {
    app.parse(argc, argv);
    if (args.home.empty()) throw CLI::RequiredError("--home");
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(ReportUsage(argc, argv));
  }
  const OutputForm form = args.output == "json" ? OutputForm::kJson : OutputForm::kText;
  const Result<ExitCode> result = matcher::Run(app, args, form);
  return static_cast<int>(result.ok() ? *result : ReportError(result.error(), form));
}

}  // namespace
}  // namespace tallystick

int main(int argc, char** argv) { return tallystick::Main(argc, argv); }
