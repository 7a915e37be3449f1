#include "client/cli/person_verbs.h"

#include <charconv>
#include <cstdio>
#include <thread>

#include "agreements/policy.h"
#include "agreements/request.h"
#include "base/file.h"
#include "client/enrolment.h"
#include "client/log_follower.h"
#include "client/print.h"
#include "proto/errors.h"

namespace tallystick::client {
namespace {

constexpr std::chrono::milliseconds kWaitPoll{250};

// A request file, parsed for its form, and the agreement it is about.
struct Asked {
  agreements::SignedRequest request;
  agreements::RequestDefinition definition;
  agreements::Agreement terms;
};

Result<Asked> Ask(PersonSession& session, const std::string& file) {
  TS_ASSIGN_OR_RETURN(const Bytes text, ReadFile(file, kMaxRequestFileBytes));
  std::vector<agreements::Diagnostic> diagnostics;
  Result<agreements::RequestDefinition> definition = agreements::ParseRequest(text, &diagnostics);
  for (const agreements::Diagnostic& problem : diagnostics) {
    std::fprintf(stderr, "%s\n", problem.ToString(file).c_str());
  }
  if (!definition.ok()) return std::move(definition).error();
  TS_ASSIGN_OR_RETURN(const v1::AgreementState state,
                      FindAgreement(session.matcher, definition->agreement));
  TS_ASSIGN_OR_RETURN(agreements::Agreement terms, ParseServed(state));
  TS_ASSIGN_OR_RETURN(const auto chain, crypto::Digest::FromBytes(state.chain_digest()));
  auto request = agreements::SignedRequest::Make(
      terms.digest, chain, static_cast<std::uint32_t>(state.epoch()), session.identity.id(), text,
      session.clock.Now(), session.identity.keys().signing);
  return Asked{std::move(request), *std::move(definition), std::move(terms)};
}

std::optional<std::chrono::seconds> ParseSeconds(std::string_view text) {
  std::int64_t scale = 1;
  if (text.ends_with('s')) {
    text.remove_suffix(1);
  } else if (text.ends_with('m')) {
    text.remove_suffix(1);
    scale = 60;
  } else if (text.ends_with('h')) {
    text.remove_suffix(1);
    scale = 3600;
  }
  std::int64_t count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
      count < 0 || count > 1'000'000) {
    return std::nullopt;
  }
  return std::chrono::seconds(count * scale);
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    std::string quoted;
    for (const char c : cell) {
      if (c == '"') quoted.push_back('"');
      quoted.push_back(c);
    }
    line += (line.empty() ? "\"" : ",\"") + quoted + "\"";
  }
  return line + "\n";
}

std::string CsvOf(const Table& table) {
  std::string csv = CsvLine(table.columns);
  for (const auto& row : table.rows) csv += CsvLine(row);
  return csv;
}

// The rule of a refusal, where the entry carries one and commits to it.
std::string RuleOf(const v1::LogEntry& entry) {
  if (entry.detail().empty() ||
      crypto::Sha256(entry.detail()).view() != ByteView(entry.subject())) {
    return "";
  }
  const auto refusal = Parse<v1::RequestRefusal>(entry.detail());
  return refusal.ok() ? refusal->rule() : "";
}

Result<Table> LogTable(PersonSession& session, std::uint64_t since) {
  Table table{{"sequence", "time", "event", "actor", "subject", "agreement", "rule"}, {}};
  for (;;) {
    TS_ASSIGN_OR_RETURN(const v1::LogEntries page, session.matcher.GetEntries(since));
    for (const v1::LogEntry& entry : page.entries()) {
      table.rows.push_back({std::to_string(entry.sequence()),
                            FormatTime(Time(std::chrono::seconds(entry.time()))), entry.event(),
                            entry.actor(), entry.subject_id(), entry.agreement(), RuleOf(entry)});
      since = entry.sequence() + 1;
    }
    if (page.entries_size() == 0 || since >= page.log_size()) return table;
  }
}

}  // namespace

Result<PersonSession> PersonSession::Open(const std::filesystem::path& home) {
  TS_ASSIGN_OR_RETURN(Identity identity, Identity::Load(home));
  if (identity.role() == v1::ROLE_INSTITUTION) {
    return Error(Code::kFailedPrecondition, "identity.not-a-person",
                 "this home is an institution's: use tallystick-agent");
  }
  const Result<bool> renewed = RenewWhenDue(identity, SystemClock().Now());
  if (renewed.ok() && *renewed) {
    TS_ASSIGN_OR_RETURN(identity, Identity::Load(home));
  }
  TS_ASSIGN_OR_RETURN(MatcherClient matcher, MatcherClient::Connect(identity));
  return PersonSession{std::move(identity), std::move(matcher), SystemClock()};
}

Result<ExitCode> RunAgreements(PersonSession& session, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const v1::AgreementList list, session.matcher.ListAgreements());
  PrintTable(AgreementTable(list), form);
  return ExitCode::kOk;
}

Result<ExitCode> RunAgreementShow(PersonSession& session, const std::string& name,
                                  OutputForm form) {
  TS_ASSIGN_OR_RETURN(const v1::AgreementState state, FindAgreement(session.matcher, name));
  PrintAgreement(state, form);
  if (form == OutputForm::kText) std::printf("\n%s", state.text().c_str());
  return ExitCode::kOk;
}

Result<ExitCode> RunRules(PersonSession& session, const std::string& name, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const v1::AgreementState state, FindAgreement(session.matcher, name));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms, ParseServed(state));
  Table table{{"output", "cohort", "dimensions", "filters", "clause", "allowed"}, {}};
  const auto join = [](const std::vector<agreements::ElementRef>& elements) {
    std::string joined;
    for (const auto& it : elements) joined += (joined.empty() ? "" : " ") + it.ToString();
    return joined;
  };
  for (const agreements::PermittedQuestion& question :
       agreements::Rules(terms, session.identity.id(), DateOf(session.clock.Now()))) {
    std::string allowed = "yes";
    if (!question.allowed.ok()) {
      const auto& refusal = question.allowed.error().refusal();
      allowed = "no" + (refusal ? ": " + std::string(refusal->rule.view()) : std::string());
    }
    table.rows.push_back({question.output->id,
                          std::string(agreements::CohortName(question.output->cohort)),
                          join(question.output->dimensions), join(question.output->filters),
                          question.clause.ToString(), allowed});
  }
  PrintTable(table, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunRequestCheck(PersonSession& session, const std::string& file, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const Asked asked, Ask(session, file));
  TS_RETURN_IF_ERROR(agreements::MayRequest(asked.terms, asked.definition, session.identity.id(),
                                            DateOf(session.clock.Now())));
  v1::EncodedRequest encoded;
  encoded.set_request(asked.request.Encode());
  TS_ASSIGN_OR_RETURN(const v1::RequestCheck check, session.matcher.CheckRequest(encoded));
  if (!check.permitted()) return FromRequestRefusal(check.refusal());
  PrintFacts(
      {{"permitted", "yes"}, {"agreement", asked.terms.id}, {"output", asked.definition.output}},
      form);
  return ExitCode::kOk;
}

Result<ExitCode> RunRequestSubmit(PersonSession& session, const std::string& file,
                                  OutputForm form) {
  // A matcher that shows another history than before is asked nothing.
  TS_RETURN_IF_ERROR(FollowLog(session.matcher, session.identity));
  TS_ASSIGN_OR_RETURN(const Asked asked, Ask(session, file));
  // Not checked here first: the matcher refuses what the agreement does not permit, and the log has
  // an entry for every question that was asked.
  v1::EncodedRequest encoded;
  encoded.set_request(asked.request.Encode());
  TS_ASSIGN_OR_RETURN(const v1::RequestState state, session.matcher.SubmitRequest(encoded));
  if (form == OutputForm::kJson) {
    PrintFacts({{"request", state.id()}, {"state", std::string(PhaseName(state.phase()))}}, form);
  } else {
    std::printf("%s\n", state.id().c_str());
  }
  return ExitCode::kOk;
}

Result<ExitCode> RunRequestList(PersonSession& session, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const v1::RequestList list, session.matcher.ListRequests());
  PrintTable(RequestTable(list, false), form);
  return ExitCode::kOk;
}

Result<ExitCode> RunRequestShow(PersonSession& session, const std::string& id, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const v1::RequestState state, session.matcher.GetRequest(id));
  PrintRequest(state, {}, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunRequestWait(PersonSession& session, const std::string& id,
                                const std::string& timeout, OutputForm form) {
  const auto limit = ParseSeconds(timeout);
  if (!limit) {
    return Error(Code::kInvalidArgument, "usage.timeout", "--timeout is a time such as 60s");
  }
  const auto deadline = std::chrono::steady_clock::now() + *limit;
  for (;;) {
    TS_ASSIGN_OR_RETURN(const v1::RequestState state, session.matcher.GetRequest(id));
    if (state.phase() == v1::REQUEST_PHASE_RELEASED) {
      PrintFacts({{"request", state.id()}, {"state", "released"}}, form);
      return ExitCode::kOk;
    }
    if (state.phase() == v1::REQUEST_PHASE_REFUSED) return FromRequestRefusal(state.refusal());
    if (std::chrono::steady_clock::now() >= deadline) {
      PrintWaiting(state, form);
      return ExitCode::kWaiting;
    }
    std::this_thread::sleep_for(kWaitPoll);
  }
}

Result<ExitCode> RunReleaseList(PersonSession& session, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const v1::RequestList list, session.matcher.ListRequests());
  PrintTable(RequestTable(list, true), form);
  return ExitCode::kOk;
}

Result<ExitCode> RunLogVerify(PersonSession& session, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const LogAudit audit, AuditLog(session.matcher, session.identity));
  PrintFacts({{"log", audit.checkpoint.origin},
              {"entries", std::to_string(audit.entry_count)},
              {"readable", std::to_string(audit.readable_count)},
              {"root", audit.checkpoint.root.hex()},
              {"result", "verified"}},
             form);
  return ExitCode::kOk;
}

Result<ExitCode> RunLogEntries(PersonSession& session, std::uint64_t since, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const Table table, LogTable(session, since));
  PrintTable(table, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunReport(PersonSession& session, const std::string& name, const std::string& out,
                           OutputForm form) {
  TS_ASSIGN_OR_RETURN(const v1::AgreementState state, FindAgreement(session.matcher, name));
  TS_RETURN_IF_ERROR(AuditLog(session.matcher, session.identity));
  TS_ASSIGN_OR_RETURN(const v1::RequestList requests, session.matcher.ListRequests());
  v1::RequestList own;
  for (const v1::RequestState& request : requests.requests()) {
    if (request.agreement_digest() == state.digest()) *own.add_requests() = request;
  }
  TS_ASSIGN_OR_RETURN(Table log, LogTable(session, 0));
  const std::string digest_hex = ToHex(state.digest());
  std::erase_if(log.rows, [&](const auto& row) { return row[5] != digest_hex; });
  const std::filesystem::path directory(out);
  std::error_code error;
  if (std::filesystem::exists(directory, error) && !std::filesystem::is_empty(directory, error)) {
    return Error(Code::kConflict, "file.exists", "the output directory is not empty");
  }
  std::filesystem::create_directories(directory, error);
  const std::pair<const char*, std::string> files[] = {
      {"agreement.toml", state.text()},
      {"requests.csv", CsvOf(RequestTable(own, false))},
      {"log.csv", CsvOf(log)},
  };
  for (const auto& [file, text] : files) {
    if (!WriteFileDurably(directory / file, text, FileMode::kShared).ok()) {
      return Error(Code::kUnavailable, "file.cannot-create", "cannot write the report");
    }
  }
  const std::string entries = std::to_string(log.rows.size());
  PrintDone("wrote " + out + ": the log verified, " + entries + " entries under the agreement",
            {{"directory", out}, {"log_entries", entries}, {"log", "verified"}}, form);
  return ExitCode::kOk;
}

}  // namespace tallystick::client
