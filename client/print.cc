#include "client/print.h"

#include <algorithm>
#include <cstdio>

#include "agreements/request.h"
#include "base/clock.h"
#include "proto/codec.h"

namespace tallystick::client {
namespace {

std::string JoinParties(const google::protobuf::RepeatedPtrField<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : " ") + name;
  return joined;
}

std::string TimeText(std::int64_t seconds) {
  return seconds == 0 ? "" : FormatTime(Time(std::chrono::seconds(seconds)));
}

// On one line, and nothing that a terminal would obey.
std::string OneLine(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return line;
}

// The question and its filters, from the bytes that the person signed.
void AddQuestion(const v1::RequestState& state, Facts& facts) {
  const auto request = agreements::SignedRequest::Decode(state.request());
  if (!request.ok()) return;
  const auto definition = agreements::ParseRequest(request->file, nullptr);
  if (!definition.ok()) return;
  facts.emplace_back("question", OneLine(definition->question));
  for (const agreements::FilterTerm& term : definition->filter) {
    std::string values;
    for (const std::string& value : term.values) values += (values.empty() ? "" : " | ") + value;
    facts.emplace_back("only " + term.element.ToString(), OneLine(values));
  }
}

// What the parties that deny it say.
void AddReasons(const v1::RequestState& request, Facts& facts) {
  for (const v1::PartyMessage& given : request.verdicts()) {
    const auto verdict = Parse<v1::Verdict>(given.message().body());
    if (!verdict.ok() || verdict->approve() || verdict->reason().empty()) continue;
    facts.emplace_back(given.party() + " says", OneLine(verdict->reason()));
  }
}

}  // namespace

void PrintTable(const Table& table, OutputForm form) {
  if (form == OutputForm::kJson) {
    std::string json = "[";
    for (const auto& row : table.rows) {
      json += json.size() == 1 ? "{" : ",{";
      for (std::size_t i = 0; i < row.size(); ++i) {
        json += (i == 0 ? "" : ",") + JsonQuote(table.columns[i]) + ":" + JsonQuote(row[i]);
      }
      json += "}";
    }
    std::printf("%s]\n", json.c_str());
    return;
  }
  if (table.rows.empty()) {
    std::printf("(none)\n");
    return;
  }
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    std::size_t width = table.columns[i].size();
    for (const auto& row : table.rows) width = std::max(width, row[i].size());
    widths.push_back(width);
  }
  const auto print = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line += cells[i];
      if (i + 1 < cells.size()) line.append(widths[i] - cells[i].size() + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  };
  print(table.columns);
  for (const auto& row : table.rows) print(row);
}

void PrintFacts(const Facts& facts, OutputForm form) {
  if (form == OutputForm::kJson) {
    std::printf("%s\n", FactsJson(facts).c_str());
    return;
  }
  std::size_t width = 0;
  for (const auto& [name, value] : facts) width = std::max(width, name.size());
  for (const auto& [name, value] : facts) {
    std::printf("%-*s  %s\n", static_cast<int>(width), name.c_str(), value.c_str());
  }
}

void PrintEnrolled(const Identity& identity, OutputForm form) {
  const v1::MatcherDescription& matcher = identity.matcher();
  PrintDone("enrolled " + identity.id() + " with " + matcher.name() + " at " + matcher.url(),
            {{"id", identity.id()}, {"matcher", matcher.name()}, {"url", matcher.url()}}, form);
}

void PrintAgreement(const v1::AgreementState& state, OutputForm form) {
  const auto signers = [](const auto& list) {
    std::string joined;
    for (const auto& entry : list) joined += (joined.empty() ? "" : " ") + entry.party();
    return joined;
  };
  PrintFacts({{"agreement", state.id()},
              {"version", std::to_string(state.version())},
              {"title", state.title()},
              {"digest", ToHex(state.digest())},
              {"chain", ToHex(state.chain_digest())},
              {"epoch", std::to_string(state.epoch())},
              {"state", std::string(PhaseName(state.phase()))},
              {"parties", JoinParties(state.parties())},
              {"persons", JoinParties(state.persons())},
              {"signed_by", signers(state.commitments())},
              {"confirmed_by", signers(state.confirmations())},
              {"suspended_by", JoinParties(state.suspended_by())}},
             form);
}

Table AgreementTable(const v1::AgreementList& list) {
  Table table{{"id", "version", "state", "parties", "digest", "title"}, {}};
  for (const v1::AgreementState& state : list.agreements()) {
    table.rows.push_back({state.id(), std::to_string(state.version()),
                          std::string(PhaseName(state.phase())), JoinParties(state.parties()),
                          ToHex(state.digest()), state.title()});
  }
  return table;
}

Table RequestTable(const v1::RequestList& list, bool released_only) {
  Table table{{"request", "agreement", "output", "person", "state", "waits_for", "submitted"}, {}};
  for (const v1::RequestState& request : list.requests()) {
    if (released_only && request.phase() != v1::REQUEST_PHASE_RELEASED) continue;
    table.rows.push_back({request.id(), request.agreement_id(), request.output(), request.person(),
                          std::string(PhaseName(request.phase())), JoinParties(request.awaiting()),
                          TimeText(request.submitted_time())});
  }
  return table;
}

void PrintWaiting(const v1::RequestState& request, OutputForm form) {
  PrintFacts({{"request", request.id()},
              {"state", std::string(PhaseName(request.phase()))},
              {"waits_for", JoinParties(request.awaiting())}},
             form);
}

void PrintRequest(const v1::RequestState& request, const Facts& more, OutputForm form) {
  Facts facts = {
      {"request", request.id()},
      {"agreement", request.agreement_id()},
      {"output", request.output()},
      {"person", request.person()},
      {"state", std::string(PhaseName(request.phase()))},
      {"submitted", TimeText(request.submitted_time())},
      {"waits_for", JoinParties(request.awaiting())},
      {"job", ToHex(request.job())},
  };
  AddQuestion(request, facts);
  if (request.phase() == v1::REQUEST_PHASE_REFUSED) {
    const v1::RequestRefusal& refusal = request.refusal();
    facts.emplace_back("refused_by", OneLine(refusal.whose()));
    facts.emplace_back("rule", OneLine(refusal.rule()));
    facts.emplace_back("reason", OneLine(refusal.message()));
    if (!refusal.clause_agreement().empty()) {
      facts.emplace_back("clause", "agreement " + OneLine(refusal.clause_agreement()) + " line " +
                                       std::to_string(refusal.clause_line()));
    }
    facts.emplace_back("would_pass", OneLine(refusal.would_pass()));
    AddReasons(request, facts);
  }
  if (!request.release_digest().empty()) {
    facts.emplace_back("release_digest", ToHex(request.release_digest()));
  }
  facts.insert(facts.end(), more.begin(), more.end());
  PrintFacts(facts, form);
}

}  // namespace tallystick::client
