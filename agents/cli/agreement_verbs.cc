#include "agents/cli/agreement_verbs.h"

#include <algorithm>
#include <cstdio>

#include "agents/approve/ceremony_runner.h"
#include "agreements/fingerprint.h"
#include "agreements/lint.h"
#include "agreements/policy.h"
#include "agreements/skeleton.h"
#include "base/file.h"
#include "client/csv_field.h"
#include "client/print.h"
#include "proto/domains.h"

namespace tallystick::agents {
namespace {

void PrintDiagnostics(const std::vector<agreements::Diagnostic>& diagnostics,
                      const std::string& file, OutputForm form) {
  if (form == OutputForm::kJson) {
    std::string json = "[";
    for (const agreements::Diagnostic& it : diagnostics) {
      json += json.size() == 1 ? "{" : ",{";
      json += "\"file\":" + JsonQuote(file) + ",\"line\":" + std::to_string(it.line) +
              ",\"column\":" + std::to_string(it.column) + ",\"severity\":" +
              (it.severity == agreements::Diagnostic::kError ? "\"error\"" : "\"warning\"") +
              ",\"message\":" + JsonQuote(it.message) + "}";
    }
    std::printf("%s]\n", json.c_str());
    return;
  }
  for (const agreements::Diagnostic& it : diagnostics) {
    std::fprintf(stderr, "%s\n", it.ToString(file).c_str());
  }
}

// The file of this path, or the data error that scripts expect.
Result<Bytes> ReadText(const std::string& file) {
  return ReadFile(file, agreements::kMaxAgreementBytes);
}

// Never overwrites what a person may have edited.
Status WriteNewFile(const std::filesystem::path& path, ByteView text) {
  TS_ASSIGN_OR_RETURN(const bool exists, FileExists(path));
  if (exists) {
    return Error(Code::kConflict, "file.exists", "the file exists already; choose another name");
  }
  const Status written = WriteFileDurably(path, text, FileMode::kShared);
  if (written.ok()) return Ok();
  return Error(Code::kUnavailable, "file.cannot-create", "cannot create the output file");
}

const v1::Member* FindMember(const v1::Directory& directory, std::string_view id) {
  for (const v1::Member& member : directory.members()) {
    if (member.id() == id && !member.revoked()) return &member;
  }
  return nullptr;
}

// A proposal that this institution has not signed can be turned down: revoked, and nothing else.
Result<ActiveAgreement> FindToChange(Session& session, const std::string& name,
                                     agreements::TransitionKind kind) {
  Result<ActiveAgreement> found = FindSigned(session, name);
  if (found.ok() || kind != agreements::TransitionKind::kRevoke ||
      found.error().id() != "agreement.not-signed") {
    return found;
  }
  TS_ASSIGN_OR_RETURN(v1::AgreementState state, client::FindAgreement(session.matcher, name));
  TS_ASSIGN_OR_RETURN(agreements::Agreement terms, client::ParseServed(state));
  std::string digest_hex = terms.digest.hex();
  return ActiveAgreement{std::move(state), std::move(terms), std::move(digest_hex)};
}

// The transitions so far, by their signatures.
Result<agreements::TransitionState> TransitionsOf(const ActiveAgreement& found) {
  agreements::TransitionState transitions;
  for (const v1::PartyBytes& entry : found.state.transitions()) {
    TS_ASSIGN_OR_RETURN(const auto past, agreements::Transition::Decode(entry.bytes()));
    TS_ASSIGN_OR_RETURN(transitions,
                        agreements::ApplyTransition(found.terms, std::move(transitions), past));
  }
  return transitions;
}

std::string RoleName(v1::Role role) {
  switch (role) {
    case v1::ROLE_RESEARCHER:
      return "researcher";
    case v1::ROLE_COMPLIANCE:
      return "compliance";
    case v1::ROLE_CONVENER:
      return "convener";
    default:
      return "institution";
  }
}

}  // namespace

Result<agreements::Agreement> ReadAgreementFile(const std::string& file) {
  TS_ASSIGN_OR_RETURN(const Bytes text, ReadText(file));
  std::vector<agreements::Diagnostic> diagnostics;
  Result<agreements::Agreement> parsed = agreements::ParseAgreement(text, &diagnostics);
  if (!parsed.ok()) PrintDiagnostics(diagnostics, file, OutputForm::kText);
  return parsed;
}

Result<ExitCode> RunAgreementNew(Session& session, const std::vector<std::string>& with,
                                 const std::vector<std::string>& persons, const std::string& out,
                                 OutputForm form) {
  TS_ASSIGN_OR_RETURN(const v1::Directory directory, session.matcher.GetDirectory());
  agreements::Skeleton skeleton;
  const v1::MatcherDescription& matcher = directory.matcher();
  skeleton.matcher = {matcher.id(), matcher.name(), matcher.signing_key(), matcher.sealing_key()};
  skeleton.matcher_url = matcher.url();
  skeleton.today = DateOf(session.clock.Now());
  std::vector<std::string> parties = {session.home.id()};
  parties.insert(parties.end(), with.begin(), with.end());
  for (const std::string& id : parties) {
    const v1::Member* member = FindMember(directory, id);
    if (member == nullptr || member->role() != v1::ROLE_INSTITUTION) {
      return Error(Code::kNotFound, "agreement.party-not-enrolled",
                   "no institution with this id is enrolled")
          .With("party", Name(id));
    }
    skeleton.parties.push_back(
        {member->id(), member->name(), member->signing_key(), member->sealing_key()});
  }
  for (const std::string& id : persons) {
    const v1::Member* member = FindMember(directory, id);
    if (member == nullptr || member->role() == v1::ROLE_INSTITUTION) {
      return Error(Code::kNotFound, "agreement.person-not-enrolled",
                   "no person with this id is enrolled")
          .With("person", Name(id));
    }
    skeleton.persons.push_back(
        {member->id(), RoleName(member->role()), member->signing_key(), member->sealing_key()});
  }
  TS_RETURN_IF_ERROR(WriteNewFile(out, agreements::SkeletonText(skeleton)));
  PrintDone("wrote " + out + "; next: fill it in, then agreement lint " + out, {{"file", out}},
            form);
  return ExitCode::kOk;
}

Result<ExitCode> RunAgreementLint(const std::string& file, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const Bytes text, ReadText(file));
  std::vector<agreements::Diagnostic> diagnostics;
  const auto parsed = agreements::ParseAgreement(text, &diagnostics);
  if (parsed.ok()) {
    for (auto& advice : agreements::Lint(*parsed, DateOf(SystemClock().Now()))) {
      diagnostics.push_back(std::move(advice));
    }
  }
  if (!parsed.ok() && diagnostics.empty()) {
    // A file that is no text at all has no line to blame but its first.
    diagnostics.push_back(
        {agreements::Diagnostic::kError, 1, 1, std::string(parsed.error().message())});
  }
  PrintDiagnostics(diagnostics, file, form);
  if (!parsed.ok()) return ExitCode::kInputBad;
  if (form == OutputForm::kText) {
    std::printf("%s: valid, %zu advice, digest %s\n", file.c_str(), diagnostics.size(),
                parsed->digest.hex().c_str());
  }
  return ExitCode::kOk;
}

Result<v1::AgreementState> Propose(Session& session, const agreements::Agreement& agreement) {
  v1::Proposal proposal;
  proposal.set_text(agreement.text);
  return session.matcher.Propose(
      session.home.identity().SignAs(kProposalDomain, Serialise(proposal)));
}

Result<ExitCode> RunAgreementPropose(Session& session, const std::string& file, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const agreements::Agreement agreement, ReadAgreementFile(file));
  TS_ASSIGN_OR_RETURN(const v1::AgreementState state, Propose(session, agreement));
  if (form == OutputForm::kJson) {
    client::PrintFacts({{"digest", agreement.digest.hex()},
                        {"state", std::string(client::PhaseName(state.phase()))}},
                       form);
  } else {
    std::printf("%s\n", agreement.digest.hex().c_str());
  }
  return ExitCode::kOk;
}

Result<ExitCode> RunAgreementExport(Session& session, const std::string& name,
                                    const std::string& out, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto state, client::FindAgreement(session.matcher, name));
  TS_RETURN_IF_ERROR(WriteNewFile(out, state.text()));
  const std::string digest_hex = ToHex(state.digest());
  PrintDone("wrote " + out + ", SHA-256 " + digest_hex, {{"file", out}, {"digest", digest_hex}},
            form);
  return ExitCode::kOk;
}

Result<ExitCode> RunAgreementList(Session& session, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const v1::AgreementList list, session.matcher.ListAgreements());
  client::PrintTable(client::AgreementTable(list), form);
  return ExitCode::kOk;
}

Result<ExitCode> RunAgreementShow(Session& session, const std::string& name, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto state, client::FindAgreement(session.matcher, name));
  client::PrintAgreement(state, form);
  if (form == OutputForm::kText) {
    const std::string digest_hex = ToHex(state.digest());
    TS_ASSIGN_OR_RETURN(const bool has_signed, session.home.HasSigned(digest_hex));
    TS_ASSIGN_OR_RETURN(const bool has_secret, session.home.HasSecret(digest_hex));
    std::printf("signed here %s\nkeys here   %s\n", has_signed ? "yes" : "no",
                has_secret ? "yes" : "no");
  }
  return ExitCode::kOk;
}

Result<ExitCode> RunAgreementFingerprint(Session& session, const std::string& name,
                                         OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto state, client::FindAgreement(session.matcher, name));
  const crypto::Digest digest = crypto::Sha256(state.text());
  const std::string fingerprint = agreements::Fingerprint(digest);
  PrintDone(fingerprint, {{"digest", digest.hex()}, {"fingerprint", fingerprint}}, form);
  return ExitCode::kOk;
}

Status CheckSignable(const Session& session, const agreements::Agreement& agreement) {
  TS_RETURN_IF_ERROR(
      agreements::MaySign(agreement, session.home.id(), DateOf(session.clock.Now())));
  const agreements::Party* self = agreement.FindParty(session.home.id());
  const client::MemberKeys& keys = session.home.identity().keys();
  if (self->signing_key != keys.signing.verify_key().view() ||
      self->sealing_key != keys.sealing.public_key().view()) {
    return Error(Code::kPermissionDenied, "agreement.own-keys",
                 "the agreement names other keys for this institution than it has")
        .Refused({"AGR-OWN-KEYS", agreements::ClauseFor(agreement, self->line),
                  "the keys of this home: agreement new and agreement rotate fill them in"});
  }
  // Uploads are sealed to these keys, and releases verified with them: they are the enrolment's.
  const v1::MatcherDescription& matcher = session.home.identity().matcher();
  if (agreement.matcher.signing_key != matcher.signing_key() ||
      agreement.matcher.sealing_key != matcher.sealing_key()) {
    return Error(Code::kPermissionDenied, "agreement.matcher-keys",
                 "the agreement names other keys for the matcher than this home enrolled with")
        .Refused({"AGR-MATCHER-KEYS", agreements::ClauseFor(agreement, agreement.matcher.line),
                  "the matcher's keys: agreement new fills them in"});
  }
  return Ok();
}

Result<ExitCode> RunAgreementSign(Session& session, const std::string& name,
                                  const std::string& fingerprint, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto state, client::FindAgreement(session.matcher, name));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement agreement, client::ParseServed(state));
  TS_RETURN_IF_ERROR(agreements::CheckFingerprint(agreement.digest, fingerprint));
  TS_RETURN_IF_ERROR(CheckSignable(session, agreement));
  TS_RETURN_IF_ERROR(SignAgreement(session.home, session.matcher, agreement, state));
  const std::string digest_hex = agreement.digest.hex();
  PrintDone("signed " + agreement.id + " (" + digest_hex + ")",
            {{"agreement", agreement.id}, {"digest", digest_hex}}, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunAgreementTransition(Session& session, const std::string& name,
                                        const StandingChange& change, OutputForm form) {
  using agreements::TransitionKind;
  const TransitionKind kind = change.kind;
  TS_ASSIGN_OR_RETURN(const ActiveAgreement found, FindToChange(session, name, kind));
  TS_ASSIGN_OR_RETURN(const Standing before, session.home.LoadStanding(found.digest_hex));
  TS_ASSIGN_OR_RETURN(auto transitions, TransitionsOf(found));
  if (kind == TransitionKind::kResume && before == Standing::kSuspended &&
      !transitions.suspended_by.contains(session.home.id())) {
    // An interrupted suspend: it never reached the matcher.
    TS_RETURN_IF_ERROR(session.home.KeepStanding(found.digest_hex, Standing::kUsable));
    PrintDone(found.terms.id + " was suspended in this home alone, and no longer is",
              {{"agreement", found.terms.id},
               {"state", std::string(client::PhaseName(found.state.phase()))}},
              form);
    return ExitCode::kOk;
  }
  agreements::Transition transition;
  transition.kind = kind;
  transition.digest = found.terms.digest;
  transition.party = session.home.id();
  transition.sequence = transitions.NextSequence(session.home.id());
  transition.reason = change.reason;
  transition.time = session.clock.Now();
  transition.Sign(session.home.identity().keys().signing);
  TS_RETURN_IF_ERROR(agreements::ApplyTransition(found.terms, std::move(transitions), transition));
  // What stops this agent holds from here on, whether or not the matcher hears of it.
  TS_ASSIGN_OR_RETURN(const bool signed_here, session.home.HasSigned(found.digest_hex));
  if (signed_here && kind != TransitionKind::kResume && before != Standing::kRevoked) {
    const bool revoke = kind == TransitionKind::kRevoke;
    TS_RETURN_IF_ERROR(session.home.KeepStanding(
        found.digest_hex, revoke ? Standing::kRevoked : Standing::kSuspended));
  }
  v1::AgreementStep step;
  step.set_kind(v1::AgreementStep::KIND_TRANSITION);
  step.set_message(transition.Encode());
  const Result<v1::AgreementState> state = session.matcher.Advance(found.digest_hex, step);
  if (!state.ok()) {
    const bool refused = state.error().code() != Code::kUnavailable;
    if (kind == TransitionKind::kSuspend && refused) {
      TS_RETURN_IF_ERROR(session.home.KeepStanding(found.digest_hex, before));
    }
    return state.error();
  }
  if (kind == TransitionKind::kResume && before == Standing::kSuspended) {
    TS_RETURN_IF_ERROR(session.home.KeepStanding(found.digest_hex, Standing::kUsable));
  }
  if (kind == TransitionKind::kRevoke) {
    TS_RETURN_IF_ERROR(session.home.EraseSecret(found.digest_hex));
  }
  const std::string phase(client::PhaseName(state->phase()));
  PrintDone(found.terms.id + " is " + phase, {{"agreement", found.terms.id}, {"state", phase}},
            form);
  return ExitCode::kOk;
}

namespace {

// One line of the data dictionary.
std::string DictionaryLine(std::string_view name, std::string_view kind, bool required,
                           std::string_view ceds, std::string_view values) {
  std::string line;
  for (const std::string_view field :
       {name, kind, std::string_view(required ? "yes" : "no"), ceds, values}) {
    line += (line.empty() ? "" : ",") + client::CsvField(field);
  }
  return line + "\n";
}

std::string JoinValues(const std::vector<std::string>& values) {
  std::string joined;
  for (const std::string& value : values) joined += (joined.empty() ? "" : " | ") + value;
  return joined;
}

Status WriteTemplate(const agreements::Agreement& terms, const agreements::Dataset& dataset,
                     const std::filesystem::path& out) {
  std::string header;
  std::string dictionary = "column,kind,required,ceds,values\n";
  std::string mapping = "# Which column of your file holds which element of " + terms.id +
                        ", dataset " + dataset.id +
                        ".\n# Left: the agreement's name. Right: your column's name.\n\n";
  const auto add = [&](const std::string& name) {
    header += (header.empty() ? "" : ",") + client::CsvField(name);
    mapping += name + " = \"" + name + "\"\n";
  };
  for (const agreements::Identifier& it : dataset.identifiers) {
    add(it.name);
    dictionary += DictionaryLine(it.name, agreements::KindName(it.kind), it.required, it.ceds, "");
  }
  for (const agreements::Category& it : dataset.categories) {
    add(it.name);
    dictionary += DictionaryLine(it.name, "category", true, it.ceds, JoinValues(it.values));
  }
  for (const agreements::Measure& it : dataset.measures) {
    add(it.name);
    char range[160];
    std::snprintf(range, sizeof(range),
                  "%.15g to %.15g, kept in steps of %.15g; empty: not observed", it.min, it.max,
                  1 / it.scale);
    dictionary += DictionaryLine(it.name, "measure", false, it.ceds, range);
  }
  TS_RETURN_IF_ERROR(WriteNewFile(out / (dataset.id + ".csv"), header + "\n"));
  TS_RETURN_IF_ERROR(WriteNewFile(out / (dataset.id + "-dictionary.csv"), dictionary));
  return WriteNewFile(out / (dataset.id + "-mapping.toml"), mapping);
}

}  // namespace

Result<ExitCode> RunTemplate(Session& session, const std::string& name, const std::string& dataset,
                             const std::string& out, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto state, client::FindAgreement(session.matcher, name));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms, client::ParseServed(state));
  std::vector<const agreements::Dataset*> datasets = terms.DatasetsOf(session.home.id());
  if (!dataset.empty()) {
    TS_ASSIGN_OR_RETURN(const auto* chosen, ChooseDataset(terms, session.home.id(), dataset));
    datasets = {chosen};
  }
  TS_RETURN_IF_ERROR(MakePrivateDirectory(out));
  client::Table written{{"dataset", "table", "dictionary", "mapping"}, {}};
  for (const agreements::Dataset* it : datasets) {
    TS_RETURN_IF_ERROR(WriteTemplate(terms, *it, out));
    const std::string stem = (std::filesystem::path(out) / it->id).string();
    written.rows.push_back(
        {it->id, stem + ".csv", stem + "-dictionary.csv", stem + "-mapping.toml"});
    if (form == OutputForm::kText) {
      std::printf("wrote %s.csv, its dictionary and a mapping to fill in\n", stem.c_str());
    }
  }
  if (form == OutputForm::kJson) client::PrintTable(written, form);
  return ExitCode::kOk;
}

}  // namespace tallystick::agents
