#include "client/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "client/cli/person_verbs.h"
#include "client/enrolment.h"
#include "client/print.h"
#include "client/release_verbs.h"
#include "client/restored_log.h"

namespace tallystick::client {
namespace {

// "-" reads the code from standard input.
std::string InvitationCode(const std::string& argument) {
  if (argument != "-") return argument;
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

Result<ExitCode> RunEnrol(const Arguments& args, OutputForm form) {
  EnrolmentOptions options;
  options.home = args.home;
  options.id = args.id;
  options.invitation_code = InvitationCode(args.invitation);
  TS_ASSIGN_OR_RETURN(const Identity identity, Enrol(options));
  PrintEnrolled(identity, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunRequest(const CLI::App& verb, PersonSession& session, const Arguments& args,
                            OutputForm form) {
  const auto chosen = [&](const char* name) { return verb.got_subcommand(name); };
  if (chosen("check")) return RunRequestCheck(session, args.file, form);
  if (chosen("submit")) return RunRequestSubmit(session, args.file, form);
  if (chosen("list")) return RunRequestList(session, form);
  if (chosen("show")) return RunRequestShow(session, args.request, form);
  return RunRequestWait(session, args.request, args.timeout, form);
}

}  // namespace

void DeclareCommandLine(CLI::App& app, Arguments& args) {
  app.set_version_flag("--version", "tallystick 0.1.0");
  app.add_option("--home", args.home, "your directory")->envname("TALLYSTICK_HOME");
  app.add_option("--output", args.output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.require_subcommand(1);
  app.fallthrough();
  CLI::App* enrol = app.add_subcommand("enrol", "join a matcher with an invitation");
  enrol->add_option("--id", args.id, "the id in the invitation")->required();
  enrol->add_option("--invitation", args.invitation, "the code; - reads it from standard input")
      ->required();
  app.add_subcommand("agreements", "the agreements you are named in");
  CLI::App* agreement = app.add_subcommand("agreement", "one agreement");
  agreement->require_subcommand(1);
  agreement->add_subcommand("show", "its state and text")
      ->add_option("agreement", args.agreement, "id or digest")
      ->required();
  app.add_subcommand("rules", "what may be asked, with the clause for each")
      ->add_option("agreement", args.agreement, "id or digest")
      ->required();
  CLI::App* request = app.add_subcommand("request", "ask for tables");
  request->require_subcommand(1);
  request->add_subcommand("check", "would it be permitted?")
      ->add_option("file", args.file, "a request file")
      ->required();
  request->add_subcommand("submit", "sign and send it; prints the request id")
      ->add_option("file", args.file, "a request file")
      ->required();
  request->add_subcommand("list", "the requests under your agreements");
  request->add_subcommand("show", "one of them")
      ->add_option("request", args.request, "its id")
      ->required();
  CLI::App* wait = request->add_subcommand("wait", "until it is released or refused");
  wait->add_option("request", args.request, "its id")->required();
  wait->add_option("--timeout", args.timeout, "at most so long (60s)");
  CLI::App* release = app.add_subcommand("release", "read releases");
  release->require_subcommand(1);
  release->add_subcommand("list", "all of them");
  CLI::App* fetch = release->add_subcommand("fetch", "write one to a directory");
  fetch->add_option("request", args.request, "the request's id")->required();
  fetch->add_option("--out", args.out, "an empty or missing directory")->required();
  release->add_subcommand("verify", "check a release directory offline")
      ->add_option("directory", args.directory, "what fetch wrote")
      ->required();
  CLI::App* log = app.add_subcommand("log", "the audit log");
  log->require_subcommand(1);
  log->add_subcommand("verify", "recompute it from every entry");
  log->add_subcommand("accept-restore", "follow a matcher that was restored from a backup")
      ->add_option("--checkpoint", args.checkpoint, "what the convener told you; else a report");
  log->add_subcommand("entries", "list entries; bodies only of what concerns you")
      ->add_option("--since", args.since, "the first sequence number to show");
  CLI::App* report = app.add_subcommand("report", "what was done under an agreement");
  report->add_option("agreement", args.agreement, "id or digest")->required();
  report->add_option("--out", args.out, "an empty or missing directory")->required();
  for (CLI::App* sub : app.get_subcommands({})) {
    sub->fallthrough();
    for (CLI::App* inner : sub->get_subcommands({})) inner->fallthrough();
  }
}

void RequireHome(const CLI::App& app, const Arguments& args) {
  const bool offline =
      app.got_subcommand("release") && app.get_subcommand("release")->got_subcommand("verify");
  if (args.home.empty() && !offline) throw CLI::RequiredError("--home");
}

Result<ExitCode> RunCommand(const CLI::App& app, const Arguments& args, OutputForm form) {
  const auto chosen = [&](const char* verb) { return app.got_subcommand(verb); };
  if (chosen("enrol")) return RunEnrol(args, form);
  if (chosen("release") && app.get_subcommand("release")->got_subcommand("verify")) {
    return RunReleaseVerify(args.directory, form);
  }
  TS_ASSIGN_OR_RETURN(PersonSession session, PersonSession::Open(args.home));
  if (chosen("agreements")) return RunAgreements(session, form);
  if (chosen("agreement")) return RunAgreementShow(session, args.agreement, form);
  if (chosen("rules")) return RunRules(session, args.agreement, form);
  if (chosen("request")) return RunRequest(*app.get_subcommand("request"), session, args, form);
  if (chosen("release")) {
    if (app.get_subcommand("release")->got_subcommand("list")) return RunReleaseList(session, form);
    return RunReleaseFetch(session.matcher, session.identity, args.request, args.out, form);
  }
  if (chosen("log")) {
    const CLI::App* verb = app.get_subcommand("log");
    if (verb->got_subcommand("verify")) return RunLogVerify(session, form);
    if (verb->got_subcommand("accept-restore")) {
      return RunAcceptRestore(session.matcher, session.identity, {}, args.checkpoint, form);
    }
    return RunLogEntries(session, args.since, form);
  }
  return RunReport(session, args.agreement, args.out, form);
}

}  // namespace tallystick::client
