#include "agents/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "agents/cli/agreement_verbs.h"
#include "agents/cli/log_verbs.h"
#include "agents/cli/request_verbs.h"
#include "agents/cli/rotation.h"
#include "client/enrolment.h"
#include "client/print.h"
#include "client/release_verbs.h"

namespace tallystick::agents {
namespace {

void DeclareAgreement(CLI::App& app, Arguments& args) {
  CLI::App* agreement = app.add_subcommand("agreement", "write, sign and look after agreements");
  agreement->require_subcommand(1);
  CLI::App* fresh = agreement->add_subcommand("new", "a skeleton with everybody's public keys");
  fresh->add_option("--with", args.with, "the other institution's id")->required();
  fresh->add_option("--person", args.persons, "a person who may ask or look");
  fresh->add_option("--out", args.out, "the file to write")->required();
  CLI::App* lint = agreement->add_subcommand("lint", "check a file and give advice");
  lint->add_option("file", args.file, "the agreement")->required();
  CLI::App* propose = agreement->add_subcommand("propose", "send a file to the matcher");
  propose->add_option("file", args.file, "the agreement")->required();
  CLI::App* exported = agreement->add_subcommand("export", "write the exact bytes to a file");
  exported->add_option("agreement", args.agreement, "id or digest")->required();
  exported->add_option("--out", args.out, "the file to write")->required();
  agreement->add_subcommand("list", "the agreements of this institution");
  for (const auto& [verb, help] : {std::pair("show", "its state"),
                                   std::pair("fingerprint", "48 digits, to be compared by voice"),
                                   std::pair("rotate", "propose new keys for it, and sign them"),
                                   std::pair("resume", "lift this party's suspension")}) {
    agreement->add_subcommand(verb, help)
        ->add_option("agreement", args.agreement, "id or digest")
        ->required();
  }
  CLI::App* sign = agreement->add_subcommand("sign", "sign it, after comparing the fingerprint");
  sign->add_option("agreement", args.agreement, "id or digest")->required();
  sign->add_option("--confirm-fingerprint", args.fingerprint, "what the other side read out")
      ->required();
  CLI::App* suspend = agreement->add_subcommand("suspend", "stop everything under it for now");
  suspend->add_option("agreement", args.agreement, "id or digest")->required();
  suspend->add_option("--reason", args.reason, "for the log");
  CLI::App* revoke = agreement->add_subcommand("revoke", "end it and destroy its keys and data");
  revoke->add_option("agreement", args.agreement, "id or digest")->required();
  revoke->add_option("--reason", args.reason, "for the log")->required();
}

void DeclareData(CLI::App& app, Arguments& args) {
  DataArguments& data = args.data;
  CLI::App* templates = app.add_subcommand("template", "header CSV, data dictionary, mapping");
  templates->add_option("agreement", args.agreement, "id or digest")->required();
  templates->add_option("--dataset", data.dataset, "where a party has several");
  templates->add_option("--out", args.out, "a directory")->required();
  for (const auto& [verb, help] :
       {std::pair("validate", "every problem by row, column and rule"),
        std::pair("preview", "exactly what would leave, and what each party learns"),
        std::pair("submit", "encode and send; resumes after an interruption")}) {
    CLI::App* sub = app.add_subcommand(verb, help);
    sub->add_option("agreement", data.agreement, "id or digest")->required();
    sub->add_option("file", data.file, "a CSV file")->required();
    sub->add_option("--dataset", data.dataset, "where a party has several");
    sub->add_option("--dedupe", data.dedupe, "keep the first or last of duplicate rows")
        ->check(CLI::IsMember({"first", "last"}));
    sub->add_option("--mapping", data.mapping, "which column holds which element: see template");
    sub->add_flag("--ignore-extra", data.ignore_extra, "leave columns out that are not agreed");
    sub->add_option("--max-errors", data.max_errors, "leave out up to so many bad rows (0)");
    if (std::string_view(verb) == "validate") {
      sub->add_option("--report", data.report, "write the findings as JSON");
    }
    if (std::string_view(verb) == "submit") {
      sub->add_flag("--dry-run", data.dry_run, "stop before the network");
    }
  }
  CLI::App* submissions = app.add_subcommand("submissions", "what was submitted");
  submissions->require_subcommand(1);
  submissions->add_subcommand("list", "of an agreement")
      ->add_option("agreement", args.agreement, "id or digest")
      ->required();
  submissions->add_subcommand("withdraw", "destroy one at the matcher, with a certificate")
      ->add_option("submission", args.submission, "its id")
      ->required();
  submissions->add_subcommand("certificate", "verify a certificate of destruction, offline")
      ->add_option("file", args.file, "the certificate")
      ->required();
}

void DeclareRequests(CLI::App& app, Arguments& args) {
  CLI::App* requests = app.add_subcommand("requests", "what researchers ask");
  requests->require_subcommand(1);
  requests->add_subcommand("list", "all of them");
  for (const auto& [verb, help] :
       {std::pair("show", "one of them"), std::pair("approve", "check it and sign the approval")}) {
    requests->add_subcommand(verb, help)->add_option("request", args.request, "its id")->required();
  }
  CLI::App* deny = requests->add_subcommand("deny", "refuse it");
  deny->add_option("request", args.request, "its id")->required();
  deny->add_option("--reason", args.reason, "for the log")->required();
  requests->add_subcommand("accept-ledger",
                           "go on with a ledger that lacks openings, when the home that made them "
                           "is lost for good");
  CLI::App* release = app.add_subcommand("release", "tables that were released");
  release->require_subcommand(1);
  release->add_subcommand("list", "all of them");
  CLI::App* fetch = release->add_subcommand("fetch", "write one to a directory");
  fetch->add_option("request", args.request, "the request's id")->required();
  fetch->add_option("--out", args.out, "an empty or missing directory")->required();
}

// "-" reads the code from standard input.
std::string InvitationCode(const std::string& argument) {
  if (argument != "-") return argument;
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

Result<ExitCode> RunEnrol(const Arguments& args, OutputForm form) {
  client::EnrolmentOptions options;
  options.home = args.home;
  options.id = args.id;
  options.name = args.name;
  options.invitation_code = InvitationCode(args.invitation);
  options.institution = true;
  // Before the home is enrolled: an enrolled one without them has lost them.
  TS_RETURN_IF_ERROR(AgentHome::MakeKeys(args.home));
  TS_ASSIGN_OR_RETURN(const client::Identity identity, client::Enrol(options));
  TS_RETURN_IF_ERROR(AgentHome::Open(args.home));
  client::PrintEnrolled(identity, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunAgreement(const CLI::App& verb, Session& session, const Arguments& args,
                              OutputForm form) {
  const auto chosen = [&](const char* name) { return verb.got_subcommand(name); };
  using agreements::TransitionKind;
  if (chosen("new")) return RunAgreementNew(session, args.with, args.persons, args.out, form);
  if (chosen("propose")) return RunAgreementPropose(session, args.file, form);
  if (chosen("export")) return RunAgreementExport(session, args.agreement, args.out, form);
  if (chosen("list")) return RunAgreementList(session, form);
  if (chosen("show")) return RunAgreementShow(session, args.agreement, form);
  if (chosen("fingerprint")) return RunAgreementFingerprint(session, args.agreement, form);
  if (chosen("sign")) return RunAgreementSign(session, args.agreement, args.fingerprint, form);
  if (chosen("rotate")) return RunAgreementRotate(session, args.agreement, form);
  const TransitionKind kind = chosen("suspend")  ? TransitionKind::kSuspend
                              : chosen("resume") ? TransitionKind::kResume
                                                 : TransitionKind::kRevoke;
  return RunAgreementTransition(session, args.agreement, {kind, args.reason}, form);
}

Result<ExitCode> RunRequests(const CLI::App& verb, Session& session, const Arguments& args,
                             OutputForm form) {
  if (verb.got_subcommand("list")) return RunRequestsList(session, form);
  if (verb.got_subcommand("accept-ledger")) return RunAcceptLedger(session, form);
  if (verb.got_subcommand("show")) return RunRequestsShow(session, args.request, form);
  if (verb.got_subcommand("approve")) return RunRequestsApprove(session, args.request, form);
  return RunRequestsDeny(session, args.request, args.reason, form);
}

}  // namespace

void DeclareCommandLine(CLI::App& app, Arguments& args) {
  app.set_version_flag("--version", "tallystick-agent 0.1.0");
  app.add_option("--home", args.home, "the agent's directory")->envname("TALLYSTICK_HOME");
  app.add_option("--output", args.output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.require_subcommand(1);
  app.fallthrough();
  CLI::App* enrol = app.add_subcommand("enrol", "join a matcher with an invitation");
  enrol->add_option("--id", args.id, "the id in the invitation")->required();
  enrol->add_option("--name", args.name, "the institution's name, for people");
  enrol->add_option("--invitation", args.invitation, "the code; - reads it from standard input")
      ->required();
  DeclareAgreement(app, args);
  DeclareData(app, args);
  DeclareRequests(app, args);
  CLI::App* run = app.add_subcommand("run", "approve, sign releases, follow the log");
  run->add_flag("--once", args.once, "one round");
  app.add_subcommand("status", "this agent and what waits for it");
  app.add_subcommand("doctor", "check what an installation needs");
  CLI::App* log = app.add_subcommand("log", "the audit log");
  log->require_subcommand(1);
  log->add_subcommand("verify", "recompute it from every entry");
  log->add_subcommand("accept-restore", "follow a matcher that was restored from a backup")
      ->add_option("--checkpoint", args.checkpoint, "what the convener told you; else a report");
  for (CLI::App* sub : app.get_subcommands({})) {
    sub->fallthrough();
    for (CLI::App* inner : sub->get_subcommands({})) inner->fallthrough();
  }
}

void RequireHome(const CLI::App& app, const Arguments& args) {
  const bool lint =
      app.got_subcommand("agreement") && app.get_subcommand("agreement")->got_subcommand("lint");
  if (args.home.empty() && !lint) throw CLI::RequiredError("--home");
}

Result<ExitCode> RunCommand(const CLI::App& app, const Arguments& args, OutputForm form) {
  const auto chosen = [&](const char* verb) { return app.got_subcommand(verb); };
  if (chosen("enrol")) return RunEnrol(args, form);
  if (chosen("doctor")) return RunDoctor(args.home, form);
  if (chosen("agreement") && app.get_subcommand("agreement")->got_subcommand("lint")) {
    return RunAgreementLint(args.file, form);
  }
  TS_ASSIGN_OR_RETURN(Session session, Session::Open(args.home));
  if (chosen("agreement"))
    return RunAgreement(*app.get_subcommand("agreement"), session, args, form);
  if (chosen("template"))
    return RunTemplate(session, args.agreement, args.data.dataset, args.out, form);
  if (chosen("validate")) return RunValidate(session, args.data, form);
  if (chosen("preview")) return RunPreview(session, args.data, form);
  if (chosen("submit")) return RunSubmit(session, args.data, form);
  if (chosen("submissions")) {
    const CLI::App* submissions = app.get_subcommand("submissions");
    if (submissions->got_subcommand("list")) {
      return RunSubmissionsList(session, args.agreement, form);
    }
    if (submissions->got_subcommand("certificate")) {
      return RunSubmissionsCertificate(session, args.file, form);
    }
    return RunSubmissionsWithdraw(session, args.submission, form);
  }
  if (chosen("requests")) return RunRequests(*app.get_subcommand("requests"), session, args, form);
  if (chosen("release")) {
    if (app.get_subcommand("release")->got_subcommand("list")) return RunReleaseList(session, form);
    return client::RunReleaseFetch(session.matcher, session.home.identity(), args.request, args.out,
                                   form);
  }
  if (chosen("run")) return RunDaemon(session, args.once, form);
  if (chosen("status")) return RunStatus(session, form);
  if (app.get_subcommand("log")->got_subcommand("verify")) return RunLogVerify(session, form);
  return RunAcceptRestore(session, args.checkpoint, form);
}

}  // namespace tallystick::agents
