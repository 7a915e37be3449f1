#include "agents/cli/data_verbs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

#include "agents/submit/destruction_certificate.h"
#include "agents/submit/own_submission.h"
#include "agents/submit/prepared_submission.h"
#include "agents/submit/upload.h"
#include "agreements/policy.h"
#include "base/file.h"
#include "client/print.h"
#include "proto/domains.h"
#include "proto/receipt.h"

namespace tallystick::agents {
namespace {

constexpr std::uint64_t kMaxCertificateBytes = 64 * 1024;

Result<ColumnMapping> MappingOf(const DataArguments& args, const agreements::Dataset& dataset) {
  if (args.mapping.empty()) return ColumnMapping();
  TS_ASSIGN_OR_RETURN(const Bytes text, ReadFile(args.mapping, kMaxMappingBytes));
  std::vector<agreements::Diagnostic> diagnostics;
  Result<ColumnMapping> mapping = ColumnMapping::Parse(text, dataset, &diagnostics);
  for (const agreements::Diagnostic& it : diagnostics) {
    std::fprintf(stderr, "%s\n", it.ToString(args.mapping).c_str());
  }
  return mapping;
}

Result<BuildOptions> OptionsOf(const DataArguments& args, const agreements::Dataset& dataset) {
  BuildOptions options;
  options.file = args.file;
  TS_ASSIGN_OR_RETURN(options.columns.mapping, MappingOf(args, dataset));
  options.columns.ignore_extra = args.ignore_extra;
  options.max_errors = args.max_errors;
  if (args.dedupe == "first") options.dedupe = Dedupe::kFirst;
  if (args.dedupe == "last") options.dedupe = Dedupe::kLast;
  if (::isatty(STDERR_FILENO) == 1) {
    options.progress = [](std::uint64_t done, std::uint64_t total) {
      const auto percent = total == 0 ? 100 : done * 100 / total;
      std::fprintf(stderr, "\rreading %3llu %%", static_cast<unsigned long long>(percent));
      if (done >= total) std::fprintf(stderr, "\n");
    };
  }
  return options;
}

Status RequireFile(const std::string& file) {
  if (::access(file.c_str(), R_OK) == 0) return Ok();
  return Error(Code::kNotFound, "file.missing", "the input file is not there or not readable");
}

// Problems by row, column and rule, never a value.
void PrintFindings(const Findings& findings) {
  const std::string text = findings.ToText();
  std::fwrite(text.data(), 1, text.size(), stderr);
}

// A keyed digest of the file, so that an interrupted submission is recognised without keeping
// anything that could be tested against guesses.
Result<crypto::Digest> FileMark(const AgentHome& home, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error(Code::kNotFound, "file.missing", "the input file cannot be opened");
  crypto::Sha256Hasher hasher;
  const auto mark_key = home.LocalKey("tallystick/v1/file-mark");
  mark_key.Expose([&](ByteView bytes) { hasher.Update(bytes); });
  char buffer[1 << 16];
  while (in.read(buffer, sizeof(buffer)) || in.gcount() > 0) {
    hasher.Update(ByteView(buffer, static_cast<std::size_t>(in.gcount())));
  }
  return hasher.Finish();
}

// How the marks of all submissions of a dataset start.
std::string DatasetMark(const std::string& digest_hex, const std::string& dataset) {
  return digest_hex + "\n" + dataset + "\n";
}

// What a prepared submission was made from: the same work is resumed, not repeated.
std::string WorkMark(const std::string& digest_hex, const std::string& dataset,
                     const crypto::Digest& file_mark, const DataArguments& args) {
  return DatasetMark(digest_hex, dataset) + file_mark.hex() + "\n" + args.dedupe + "\n" +
         (args.ignore_extra ? "1" : "0") + "\n" + std::to_string(args.max_errors) + "\n";
}

struct DatasetHead {
  std::uint64_t committed = 0;
  std::uint64_t sequence = 0;
  Bytes manifest_digest;
};
Result<DatasetHead> HeadOf(Session& session, const std::string& digest_hex,
                           const std::string& dataset) {
  TS_ASSIGN_OR_RETURN(const auto list, session.matcher.ListSubmissions(digest_hex));
  DatasetHead head;
  for (const v1::SubmissionStatus& status : list.submissions()) {
    if (status.party() != session.home.id() || status.dataset() != dataset) continue;
    if (status.committed_time() == 0) continue;
    ++head.committed;
    if (status.sequence() > head.sequence) {
      head.sequence = status.sequence();
      head.manifest_digest = status.manifest_digest();
    }
  }
  return head;
}

// The keys of one agreement, which a BuildContext points to.
struct EncodingKeys {
  agreements::AgreementSecret secret;
  crypto::SecretBytes<32> code_key, pseudonym_key;
  std::optional<crypto::Point> joint_key;  // where the dataset has measures
};
Result<EncodingKeys> KeysOf(const AgentHome& home, const std::string& digest_hex,
                            const agreements::Dataset& dataset) {
  TS_ASSIGN_OR_RETURN(const auto context, home.LoadContext(digest_hex));
  TS_ASSIGN_OR_RETURN(auto secret, home.LoadSecret(digest_hex));
  EncodingKeys keys{std::move(secret), home.CodeKey(context.chain),
                    home.PseudonymKey(context.chain), std::nullopt};
  if (!dataset.measures.empty()) {
    TS_ASSIGN_OR_RETURN(JointShares joint, home.LoadJoint(digest_hex));
    keys.joint_key = std::move(joint.joint_key);
  }
  return keys;
}

Result<BuildContext> ContextFor(Session& session, const ActiveAgreement& found,
                                const agreements::Dataset& dataset, const EncodingKeys& keys,
                                const DatasetHead& head) {
  TS_ASSIGN_OR_RETURN(auto matcher_key,
                      crypto::SealingPublicKey::FromBytes(found.terms.matcher.sealing_key));
  TS_ASSIGN_OR_RETURN(const auto context, session.home.LoadContext(found.digest_hex));
  return BuildContext{&found.terms,        &dataset,
                      &keys.secret,        &keys.code_key,
                      &keys.pseudonym_key, std::move(matcher_key),
                      context.chain,       context.epoch,
                      head.sequence + 1,   head.manifest_digest,
                      session.clock.Now(), keys.joint_key ? &*keys.joint_key : nullptr};
}

void RemoveDirectory(const std::filesystem::path& directory) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

// Encodes the file into HOME/submissions/<id>; returns the id.
Result<std::string> Prepare(Session& session, const ActiveAgreement& found,
                            const agreements::Dataset& dataset, const DataArguments& args,
                            const std::string& mark) {
  TS_ASSIGN_OR_RETURN(const EncodingKeys keys, KeysOf(session.home, found.digest_hex, dataset));
  TS_ASSIGN_OR_RETURN(const DatasetHead head, HeadOf(session, found.digest_hex, dataset.id));
  TS_RETURN_IF_ERROR(agreements::MaySubmit(found.terms, dataset.id, session.home.id(),
                                           head.committed, DateOf(session.clock.Now())));
  TS_ASSIGN_OR_RETURN(const BuildContext context, ContextFor(session, found, dataset, keys, head));
  const auto building = BuildingDirectory(session.home);
  TS_RETURN_IF_ERROR(MakePrivateDirectory(building.parent_path()));
  Findings findings;
  TS_ASSIGN_OR_RETURN(const BuildOptions options, OptionsOf(args, dataset));
  Result<BuiltSubmission> built = BuildSubmission(context, options, building, &findings);
  PrintFindings(findings);
  if (!built.ok()) {
    RemoveDirectory(building);
    return std::move(built).error();
  }
  const std::string id_hex = ToHex(built->manifest.submission_id());
  const Status published = PublishPrepared(
      session.home, id_hex,
      OwnColumns{std::move(built->category_ordinals), std::move(built->observed)},
      session.home.identity().SignAs(kManifestDomain, Serialise(built->manifest)), mark);
  if (!published.ok()) {
    RemoveDirectory(building);
    return published.error();
  }
  if (built->dropped_duplicates > 0) {
    std::fprintf(stderr, "dropped %llu duplicate rows\n",
                 static_cast<unsigned long long>(built->dropped_duplicates));
  }
  return id_hex;
}

void ShowUploadProgress(const UploadProgress& progress) {
  static int last_tenth = -1;
  const int tenth = progress.chunk_count == 0
                        ? 10
                        : static_cast<int>(progress.chunks_done * 10 / progress.chunk_count);
  if (tenth == last_tenth) return;
  last_tenth = tenth;
  std::fprintf(stderr, "sent %u of %u chunks\n", progress.chunks_done, progress.chunk_count);
}

Result<v1::SubmissionStatus> SendPrepared(Session& session, const std::string& id_hex) {
  TS_ASSIGN_OR_RETURN(const v1::Signed manifest, LoadManifest(session.home, id_hex));
  const auto directory = session.home.SubmissionDirectory(id_hex);
  TS_ASSIGN_OR_RETURN(const auto status,
                      Upload(session.home, manifest, directory, ShowUploadProgress));
  TS_RETURN_IF_ERROR(FinishPrepared(session.home, id_hex, ReceiptText(status.receipt())));
  return status;
}

// A prepared submission that the matcher will never take, because others were committed or the
// agreement was amended meanwhile, or because its files or its place at the matcher are gone.
bool IsOutdated(const Error& error) {
  constexpr std::string_view kOutdated[] = {"submission.sequence", "submission.epoch",
                                            "submission.closed", "submission.spool"};
  return std::find(std::begin(kOutdated), std::end(kOutdated), error.id()) != std::end(kOutdated);
}

v1::Signed WithdrawalOf(const Session& session, const Bytes& id) {
  return session.home.identity().SignAs(kWithdrawalDomain, id);
}

// Brings a prepared submission that is not wanted any more to an end. What was committed before the
// interruption stays, with its receipt; anything else goes, here and at the matcher.
Status Settle(Session& session, const std::string& id_hex) {
  const auto status = session.matcher.GetSubmission(id_hex);
  if (!status.ok() && status.error().code() != Code::kNotFound) return status.error();
  if (status.ok() && (status->phase() == "committed" || status->phase() == "superseded")) {
    TS_RETURN_IF_ERROR(SendPrepared(session, id_hex));
    return Ok();
  }
  Bytes id;
  if (status.ok() && status->phase() == "open" && FromHex(id_hex, &id)) {
    TS_RETURN_IF_ERROR(session.matcher.WithdrawSubmission(id_hex, WithdrawalOf(session, id)));
  }
  ForgetPrepared(session.home, id_hex);
  return Ok();
}

// Goes on with what an interruption left; nullopt where that is of no use any more.
Result<std::optional<v1::SubmissionStatus>> Resume(Session& session, const std::string& id_hex) {
  constexpr auto kOfNoUse = std::nullopt;
  std::fprintf(stderr, "resuming submission %s\n", id_hex.c_str());
  Result<v1::SubmissionStatus> status = SendPrepared(session, id_hex);
  if (status.ok()) {
    // Committed before the interruption, and another one since: the file is submitted anew.
    if (status->phase() == "superseded") return std::optional<v1::SubmissionStatus>(kOfNoUse);
    return std::optional<v1::SubmissionStatus>(*std::move(status));
  }
  if (!IsOutdated(status.error())) return std::move(status).error();
  std::fprintf(stderr, "it is outdated (%s): preparing the file anew\n",
               std::string(status.error().id()).c_str());
  TS_RETURN_IF_ERROR(Settle(session, id_hex));
  return std::optional<v1::SubmissionStatus>(kOfNoUse);
}

std::string KindOf(const v1::ColumnDescription& column) {
  switch (column.kind()) {
    case v1::ColumnDescription::KIND_TOKENS:
      return "tokens";
    case v1::ColumnDescription::KIND_CATEGORY:
      return "opaque codes";
    case v1::ColumnDescription::KIND_PSEUDONYM:
      return "pseudonyms";
    case v1::ColumnDescription::KIND_OBSERVED:
      return "observed or not, as opaque codes";
    case v1::ColumnDescription::KIND_MEASURE:
      return "encrypted values";
    case v1::ColumnDescription::KIND_SQUARE:
      return "encrypted squares";
    default:
      return "unknown";
  }
}

// What becomes of the values of measures, which leave as ciphertexts only.
void PrintMeasureNotice() {
  std::printf(
      "Measures leave encrypted under the joint key of all parties, each value differently:\n"
      "  the matcher     sees which rows have a value, as an opaque code that a request's\n"
      "                  approval tells it; never a value: it adds up what it cannot read\n"
      "  the other side  sees no row's value; the parties open sums of groups together, after\n"
      "                  each has checked the release: then both know these sums\n"
      "  researchers     statistics of groups that pass the agreement's minimums\n"
      "  nobody alone    can open anything: it takes the key shares of all parties\n");
}

}  // namespace

Result<ExitCode> RunValidate(Session& session, const DataArguments& args, OutputForm form) {
  TS_RETURN_IF_ERROR(RequireFile(args.file));
  TS_ASSIGN_OR_RETURN(const auto state, client::FindAgreement(session.matcher, args.agreement));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms, client::ParseServed(state));
  TS_ASSIGN_OR_RETURN(const auto* dataset, ChooseDataset(terms, session.home.id(), args.dataset));
  Findings findings;
  TS_ASSIGN_OR_RETURN(const BuildOptions options, OptionsOf(args, *dataset));
  const Result<std::uint64_t> rows = ValidateFile(terms, *dataset, options, &findings);
  if (!args.report.empty()) {
    const Status written = WriteFileDurably(args.report, findings.ToJson(), FileMode::kShared);
    if (!written.ok()) {
      return Error(Code::kUnavailable, "file.cannot-create", "cannot write the report");
    }
  }
  // A program gets one object: the findings, or why there are none.
  const bool read = rows.ok() || rows.error().id() == "validate.errors";
  if (form == OutputForm::kText) {
    PrintFindings(findings);
  } else if (read) {
    std::printf("%s\n", findings.ToJson().c_str());
  }
  if (!rows.ok()) {
    if (!read) return rows.error();
    if (form == OutputForm::kText) {
      std::fprintf(stderr, "%llu errors, %llu warnings\n",
                   static_cast<unsigned long long>(findings.error_count()),
                   static_cast<unsigned long long>(findings.warning_count()));
    }
    return ExitCode::kInputBad;
  }
  if (form == OutputForm::kText) {
    std::printf("%llu rows, no errors, %llu warnings\n", static_cast<unsigned long long>(*rows),
                static_cast<unsigned long long>(findings.warning_count()));
  }
  return ExitCode::kOk;
}

Result<ExitCode> RunPreview(Session& session, const DataArguments& args, OutputForm form) {
  TS_RETURN_IF_ERROR(RequireFile(args.file));
  TS_ASSIGN_OR_RETURN(const ActiveAgreement found, RequireUsable(session, args.agreement));
  TS_ASSIGN_OR_RETURN(const auto* dataset,
                      ChooseDataset(found.terms, session.home.id(), args.dataset));
  TS_ASSIGN_OR_RETURN(const EncodingKeys keys, KeysOf(session.home, found.digest_hex, *dataset));
  TS_ASSIGN_OR_RETURN(const BuildContext context,
                      ContextFor(session, found, *dataset, keys, DatasetHead{}));
  TS_ASSIGN_OR_RETURN(const BuildOptions options, OptionsOf(args, *dataset));
  RemoveAbandoned(session.home);
  const auto spool = BuildingDirectory(session.home);
  TS_RETURN_IF_ERROR(MakePrivateDirectory(spool.parent_path()));
  Findings findings;
  const Result<BuiltSubmission> built = BuildSubmission(context, options, spool, &findings);
  RemoveDirectory(spool);
  PrintFindings(findings);
  if (!built.ok()) return built.error();
  const v1::Manifest& manifest = built->manifest;
  client::Table columns{{"column", "what_leaves", "entries", "chunks", "bytes", "first_chunk_hash"},
                        {}};
  std::uint64_t total_bytes = 0;
  for (const v1::ColumnDescription& column : manifest.columns()) {
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i < column.chunk_count(); ++i) {
      bytes += manifest.chunks(static_cast<int>(column.first_chunk() + i)).sealed_bytes();
    }
    total_bytes += bytes;
    columns.rows.push_back(
        {column.name(), KindOf(column), std::to_string(column.entry_count()),
         std::to_string(column.chunk_count()), std::to_string(bytes),
         ToHex(manifest.chunks(static_cast<int>(column.first_chunk())).address()).substr(0, 16)});
  }
  client::PrintTable(columns, form);
  if (form == OutputForm::kText) {
    std::printf(
        "\n%llu rows in shuffled order, %llu bytes in all; root %s (another each time)\n\n"
        "What each party learns about people who did not match:\n"
        "  the matcher     that some opaque rows have no partner, and their opaque codes;\n"
        "                  no name, no label, no identifier\n"
        "  the other side  nothing: it does not see rows, and no table tells who matched\n"
        "  researchers     counts of groups that pass the agreement's minimums, nothing else\n"
        "Filters of a request name labels in clear: the matcher learns the codes of those.\n",
        static_cast<unsigned long long>(manifest.row_count()),
        static_cast<unsigned long long>(total_bytes), ToHex(manifest.root()).c_str());
    if (!dataset->measures.empty()) PrintMeasureNotice();
  }
  return ExitCode::kOk;
}

Result<ExitCode> RunSubmit(Session& session, const DataArguments& args, OutputForm form) {
  TS_RETURN_IF_ERROR(RequireFile(args.file));
  TS_ASSIGN_OR_RETURN(const ActiveAgreement found, RequireUsable(session, args.agreement));
  TS_ASSIGN_OR_RETURN(const auto* dataset,
                      ChooseDataset(found.terms, session.home.id(), args.dataset));
  TS_ASSIGN_OR_RETURN(crypto::Digest file_mark, FileMark(session.home, args.file));
  if (!args.mapping.empty()) {
    TS_ASSIGN_OR_RETURN(const crypto::Digest mapping, FileMark(session.home, args.mapping));
    file_mark = crypto::Sha256(Bytes(file_mark.view()) + Bytes(mapping.view()));
  }
  const std::string mark = WorkMark(found.digest_hex, dataset->id, file_mark, args);
  RemoveAbandoned(session.home);
  std::optional<v1::SubmissionStatus> status;
  std::vector<std::string> prepared = FindPrepared(session.home, mark);
  if (!prepared.empty() && !args.dry_run) {
    TS_ASSIGN_OR_RETURN(status, Resume(session, prepared.front()));
    if (!status) prepared.clear();
  }
  if (prepared.empty()) {
    TS_ASSIGN_OR_RETURN(std::string id_hex, Prepare(session, found, *dataset, args, mark));
    prepared.push_back(std::move(id_hex));
  }
  if (args.dry_run) {
    PrintDone(prepared.front() + " (prepared, not sent)",
              {{"submission", prepared.front()}, {"state", "prepared"}}, form);
    return ExitCode::kOk;
  }
  if (!status) {
    TS_ASSIGN_OR_RETURN(status, SendPrepared(session, prepared.front()));
  }
  // Those of other files that were interrupted can no longer follow the one before them. What
  // fails here is done after the next submission: this one is acknowledged.
  for (const std::string& other :
       FindPrepared(session.home, DatasetMark(found.digest_hex, dataset->id))) {
    static_cast<void>(Settle(session, other));
  }
  if (form == OutputForm::kJson) {
    client::PrintFacts({{"submission", status->id()},
                        {"rows", std::to_string(status->row_count())},
                        {"root", ToHex(status->root())}},
                       form);
  } else {
    std::printf("%s\n", status->id().c_str());
  }
  return ExitCode::kOk;
}

Result<ExitCode> RunSubmissionsList(Session& session, const std::string& agreement,
                                    OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto state, client::FindAgreement(session.matcher, agreement));
  TS_ASSIGN_OR_RETURN(const auto list, session.matcher.ListSubmissions(ToHex(state.digest())));
  client::Table table{{"submission", "party", "dataset", "sequence", "state", "rows", "committed"},
                      {}};
  for (const v1::SubmissionStatus& status : list.submissions()) {
    const bool own = status.party() == session.home.id();
    // Of another version: stored, and not counted.
    const bool counts = status.agreement() == ToHex(state.digest());
    const std::string phase =
        counts || status.phase() != "committed" ? status.phase() : "of-another-version";
    table.rows.push_back({status.id(), status.party(), status.dataset(),
                          std::to_string(status.sequence()), phase,
                          own ? std::to_string(status.row_count()) : "",
                          status.committed_time() == 0
                              ? ""
                              : FormatTime(Time(std::chrono::seconds(status.committed_time())))});
  }
  client::PrintTable(table, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunSubmissionsWithdraw(Session& session, const std::string& submission,
                                        OutputForm form) {
  Bytes id;
  if (!IsSubmissionId(submission) || !FromHex(submission, &id)) {
    return Error(Code::kInvalidArgument, "usage.submission", "a submission id is 32 hex digits");
  }
  // Before it is sent: from now on this agent signs nothing over it, whatever the matcher does.
  const auto directory = session.home.SubmissionDirectory(submission);
  TS_ASSIGN_OR_RETURN(const bool made_here, FileExists(directory));
  if (made_here) {
    TS_RETURN_IF_ERROR(WriteFileDurably(directory / "withdrawn", ""));
  }
  TS_ASSIGN_OR_RETURN(const auto status,
                      session.matcher.WithdrawSubmission(submission, WithdrawalOf(session, id)));
  std::error_code ignored;
  std::filesystem::remove(directory / "pending", ignored);
  RemoveDirectory(directory / "chunks");
  TS_RETURN_IF_ERROR(KeepCertificate(session.home, submission, status));
  const auto certificate = CertificatePath(session.home, submission);
  TS_ASSIGN_OR_RETURN(const Bytes text, ReadFile(certificate, kMaxCertificateBytes));
  if (form == OutputForm::kJson) {
    client::PrintFacts({{"submission", submission},
                        {"state", status.phase()},
                        {"certificate", certificate.string()},
                        {"certificate_text", text}},
                       form);
    return ExitCode::kOk;
  }
  std::printf("%s is %s: its data key at the matcher is destroyed\ncertificate: %s\n",
              submission.c_str(), status.phase().c_str(), certificate.c_str());
  return ExitCode::kOk;
}

Result<ExitCode> RunSubmissionsCertificate(Session& session, const std::string& file,
                                           OutputForm form) {
  TS_ASSIGN_OR_RETURN(const Bytes text, ReadFile(file, kMaxCertificateBytes));
  TS_ASSIGN_OR_RETURN(const Destruction destruction, CheckCertificate(session.home, text));
  client::PrintFacts({{"submission", destruction.submission},
                      {"agreement", destruction.agreement},
                      {"party", destruction.party},
                      {"dataset", destruction.dataset},
                      {"manifest", destruction.manifest.hex()},
                      {"cause", destruction.cause},
                      {"destroyed", FormatTime(destruction.time)},
                      {"result", "verified"}},
                     form);
  return ExitCode::kOk;
}

}  // namespace tallystick::agents
