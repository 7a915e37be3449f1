#include "agents/cli/request_verbs.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "agents/approve/release_opening.h"
#include "agents/approve/release_review.h"
#include "agents/approve/request_runner.h"
#include "agents/approve/standing.h"
#include "agents/cli/rotation.h"
#include "base/file.h"
#include "base/log.h"
#include "client/log_follower.h"
#include "client/print.h"

namespace tallystick::agents {
namespace {

constexpr std::chrono::seconds kPollInterval{2};
constexpr std::chrono::seconds kMaxClockSkew{300};

std::atomic<bool> g_stop{false};
extern "C" void StopDaemon(int) { g_stop.store(true); }

void SleepInterruptibly(std::chrono::seconds time) {
  constexpr std::chrono::milliseconds kSlice{100};
  for (auto slept = kSlice * 0; slept < time && !g_stop.load(); slept += kSlice) {
    std::this_thread::sleep_for(kSlice);
  }
}

// A round whose failure is worth another try: the network, the matcher, a full disk.
bool MayPass(const Error& error) {
  return error.code() == Code::kUnavailable || error.code() == Code::kExhausted;
}

struct Check {
  std::string id;
  bool ok = false;
  std::string message;
};

Check CheckKeyFiles(const std::filesystem::path& home) {
  for (const auto& entry : std::filesystem::directory_iterator(home / "keys")) {
    const auto read = ReadSecretFile(entry.path(), 64 * 1024);
    if (!read.ok()) {
      return {"key.file_mode", false,
              "a key file is readable by others or not a plain file: chmod 600 keys/*"};
    }
  }
  return {"key.file_mode", true, "only this account can read the keys"};
}

Check CheckCertificate(const client::Identity& identity, Time now) {
  const auto facts = crypto::ReadCertificate(identity.certificate_pem());
  if (!facts.ok()) return {"cert.expiry", false, "the certificate is not readable: enrol again"};
  if (facts->not_after <= now) {
    return {"cert.expiry", false,
            "the certificate has expired: ask for an invitation, enrol again"};
  }
  return {"cert.expiry", true, "valid until " + FormatTime(facts->not_after)};
}

// The keys of an active agreement.
Check CheckKeysOf(const AgentHome& home, const v1::AgreementState& state) {
  const std::string digest_hex = ToHex(state.digest());
  const std::string id = "agreement." + state.id();
  const auto has_signed = home.HasSigned(digest_hex);
  if (!has_signed.ok()) return {id, false, has_signed.error().ToString()};
  if (!*has_signed) {
    return {id, false,
            "active, but signed by another home: if that one is lost, amend it with agreement "
            "rotate"};
  }
  const auto has_secret = home.HasSecret(digest_hex);
  if (!has_secret.ok()) return {id, false, has_secret.error().ToString()};
  if (!*has_secret) {
    return {id, false,
            "active, but its keys are not here: run --once; if they are lost, agreement rotate"};
  }
  const auto terms = home.LoadSigned(digest_hex);
  if (!terms.ok()) return {id, false, terms.error().ToString()};
  const Status share = RequireShare(home, *terms);
  return {id, share.ok(), share.ok() ? "active, keys here" : share.error().ToString()};
}

void CheckMatcher(Session& session, std::vector<Check>& checks) {
  const auto status = session.matcher.GetStatus();
  if (!status.ok()) {
    checks.push_back({"net.matcher", false, status.error().ToString()});
    return;
  }
  checks.push_back({"net.matcher", true, "reached " + session.home.identity().matcher().url()});
  const Time theirs{std::chrono::seconds(status->time())};
  const auto skew = std::chrono::abs(theirs - session.clock.Now());
  checks.push_back({"clock.skew", skew <= kMaxClockSkew,
                    std::to_string(skew.count()) + " s apart from the matcher"});
  const auto followed = client::FollowLog(session.matcher, session.home.identity());
  checks.push_back({"log.consistency", followed.ok(),
                    followed.ok() ? "the log continues what this agent saw before"
                                  : followed.error().ToString()});
  const Status ledger = CheckLedger(session.home, session.matcher);
  checks.push_back({"ledger.current", ledger.ok(),
                    ledger.ok() ? "the ledger has every opening that this institution made"
                                : ledger.error().ToString()});
  const auto agreements = session.matcher.ListAgreements();
  if (!agreements.ok()) return;
  for (const v1::AgreementState& state : agreements->agreements()) {
    if (state.phase() != v1::AGREEMENT_PHASE_ACTIVE) continue;
    checks.push_back(CheckKeysOf(session.home, state));
  }
}

// Whether this agent would approve it: what whoever approves by hand wants to know.
std::string CheckOf(const Session& session, const v1::RequestState& request) {
  const auto verdict = ReviewRequest(session.home, request, session.clock.Now());
  return verdict.ok() ? "signed, and permitted by this agreement" : verdict.error().ToString();
}

}  // namespace

Result<ExitCode> RunRequestsList(Session& session, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto list, session.matcher.ListRequests());
  client::PrintTable(client::RequestTable(list, false), form);
  return ExitCode::kOk;
}

Result<ExitCode> RunRequestsShow(Session& session, const std::string& id, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto request, session.matcher.GetRequest(id));
  client::PrintRequest(request, {{"check", CheckOf(session, request)}}, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunRequestsApprove(Session& session, const std::string& id, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto request, session.matcher.GetRequest(id));
  TS_RETURN_IF_ERROR(Approve(session.home, session.matcher, request, session.clock.Now()));
  PrintDone("approved " + request.id(), {{"request", request.id()}, {"verdict", "approved"}}, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunRequestsDeny(Session& session, const std::string& id, const std::string& reason,
                                 OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto request, session.matcher.GetRequest(id));
  TS_RETURN_IF_ERROR(Deny(session.home, session.matcher, request, reason));
  PrintDone("denied " + request.id(), {{"request", request.id()}, {"verdict", "denied"}}, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunAcceptLedger(Session& session, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const bool accepted,
                      AcceptLedger(session.home, session.matcher, session.clock.Now()));
  PrintDone(accepted ? "accepted: this home's ledger goes on without the openings it lacks"
                     : "nothing to accept: the ledger is current",
            {{"accepted", accepted ? "yes" : "no"}}, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunReleaseList(Session& session, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto list, session.matcher.ListRequests());
  client::PrintTable(client::RequestTable(list, true), form);
  return ExitCode::kOk;
}

Result<ExitCode> RunDaemon(Session& session, bool once, OutputForm form) {
  if (once) {
    TS_ASSIGN_OR_RETURN(const RoundFacts facts,
                        RunRound(session.home, session.matcher, session.clock));
    if (form == OutputForm::kJson) {
      std::string certificates;
      for (const std::filesystem::path& certificate : facts.certificates) {
        certificates += (certificates.empty() ? "" : ",") + JsonQuote(certificate.string());
      }
      std::printf(
          "{\"agreements_advanced\":%d,\"requests_decided\":%d,\"openings_given\":%d,"
          "\"releases_signed\":%d,\"refused\":%d,\"failed\":%d,\"certificates\":[%s]}\n",
          facts.agreements_advanced, facts.requests_decided, facts.openings_given,
          facts.releases_signed, facts.refused, facts.failed, certificates.c_str());
    } else {
      std::printf(
          "agreements advanced %d, requests decided %d, openings given %d, releases signed %d, "
          "refused %d, failed %d\n",
          facts.agreements_advanced, facts.requests_decided, facts.openings_given,
          facts.releases_signed, facts.refused, facts.failed);
      for (const std::filesystem::path& certificate : facts.certificates) {
        std::printf("certificate of destruction: %s\n", certificate.c_str());
      }
    }
    return facts.failed == 0 ? ExitCode::kOk : ExitCode::kTemporary;
  }
  struct sigaction action {};
  action.sa_handler = StopDaemon;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  LogEvent(Level::kInfo, "agent.running", {{"institution", Name(session.home.id())}});
  while (!g_stop.load()) {
    const Result<RoundFacts> facts = RunRound(session.home, session.matcher, session.clock);
    if (!facts.ok()) {
      LogError(Level::kError, "agent.round", facts.error());
      if (!MayPass(facts.error())) return facts.error();
    } else if (!facts->certificates.empty()) {
      LogEvent(Level::kInfo, "agent.certificates",
               {{"count", std::uint64_t{facts->certificates.size()}}});
    }
    SleepInterruptibly(kPollInterval);
    // A renewed certificate is used from the next connection on.
    TS_ASSIGN_OR_RETURN(session, Session::Open(session.home.path()));
  }
  LogEvent(Level::kInfo, "agent.stopped");
  return ExitCode::kOk;
}

Result<ExitCode> RunStatus(Session& session, OutputForm form) {
  const client::Identity& identity = session.home.identity();
  std::vector<std::pair<std::string, std::string>> facts = {
      {"institution", identity.id()},
      {"name", identity.name()},
      {"home", session.home.path().string()},
      {"matcher", identity.matcher().url()},
  };
  const auto certificate = crypto::ReadCertificate(identity.certificate_pem());
  if (certificate.ok()) {
    facts.emplace_back("certificate_until", FormatTime(certificate->not_after));
  }
  TS_ASSIGN_OR_RETURN(const auto status, session.matcher.GetStatus());
  facts.emplace_back("matcher_version", status.version());
  facts.emplace_back("log_entries", std::to_string(status.log_size()));
  TS_ASSIGN_OR_RETURN(const auto agreements, session.matcher.ListAgreements());
  int active = 0;
  for (const auto& state : agreements.agreements()) {
    active += state.phase() == v1::AGREEMENT_PHASE_ACTIVE ? 1 : 0;
  }
  facts.emplace_back("agreements", std::to_string(agreements.agreements_size()));
  facts.emplace_back("active", std::to_string(active));
  TS_ASSIGN_OR_RETURN(auto notices, NoticesOf(session, agreements));
  TS_ASSIGN_OR_RETURN(const auto requests, session.matcher.ListRequests());
  int waiting = 0;
  for (const auto& request : requests.requests()) {
    for (const auto& party : request.awaiting()) waiting += party == identity.id() ? 1 : 0;
  }
  facts.emplace_back("requests_waiting_here", std::to_string(waiting));
  for (Notice& it : notices) facts.emplace_back("notice." + it.about, std::move(it.text));
  client::PrintFacts(facts, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunDoctor(const std::filesystem::path& home, OutputForm form) {
  std::vector<Check> checks;
  Result<Session> session = Session::Open(home);
  if (!session.ok()) {
    checks.push_back({"enrol.state", false, session.error().ToString()});
  } else {
    checks.push_back({"enrol.state", true, "enrolled as " + session->home.id()});
    checks.push_back(CheckKeyFiles(home));
    checks.push_back(CheckCertificate(session->home.identity(), session->clock.Now()));
    std::error_code error;
    const auto space = std::filesystem::space(home, error);
    constexpr std::uintmax_t kWanted = std::uintmax_t{1} << 30;
    checks.push_back({"disk.space", !error && space.available >= kWanted,
                      std::to_string(space.available >> 20) + " MiB free in the home"});
    CheckMatcher(*session, checks);
  }
  client::Table table{{"check", "result", "message"}, {}};
  bool all = true;
  for (const Check& check : checks) {
    table.rows.push_back({check.id, check.ok ? "ok" : "fail", check.message});
    all = all && check.ok;
  }
  client::PrintTable(table, form);
  return all ? ExitCode::kOk : ExitCode::kCheckFailed;
}

Result<ExitCode> RunLogVerify(Session& session, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const client::LogAudit audit,
                      client::AuditLog(session.matcher, session.home.identity()));
  client::PrintFacts({{"log", audit.checkpoint.origin},
                      {"entries", std::to_string(audit.entry_count)},
                      {"readable", std::to_string(audit.readable_count)},
                      {"root", audit.checkpoint.root.hex()},
                      {"result", "verified"}},
                     form);
  return ExitCode::kOk;
}

}  // namespace tallystick::agents
