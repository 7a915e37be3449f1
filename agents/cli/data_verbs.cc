#include "agents/cli/data_verbs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "agents/submit/own_submission.h"
#include "agents/submit/upload.h"
#include "agreements/policy.h"
#include "base/file.h"
#include "client/print.h"
#include "crypto/hkdf.h"
#include "proto/domains.h"
#include "proto/receipt.h"

namespace tallystick::agents {
namespace {

BuildOptions OptionsOf(const DataArguments& args) {
  BuildOptions options;
  options.file = args.file;
  options.ignore_extra = args.ignore_extra;
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
  const auto mark_key = crypto::HkdfExpand(home.code_key(), "tallystick/v1/file-mark");
  mark_key.Expose([&](ByteView bytes) { hasher.Update(bytes); });
  char buffer[1 << 16];
  while (in.read(buffer, sizeof(buffer)) || in.gcount() > 0) {
    hasher.Update(ByteView(buffer, static_cast<std::size_t>(in.gcount())));
  }
  return hasher.Finish();
}

// What "pending" in a submission's directory holds: the same work is resumed, not repeated.
std::string PendingMark(const std::string& digest_hex, const std::string& dataset,
                        const crypto::Digest& file_mark, const DataArguments& args) {
  return digest_hex + "\n" + dataset + "\n" + file_mark.hex() + "\n" + args.dedupe + "\n" +
         (args.ignore_extra ? "1" : "0") + "\n" + std::to_string(args.max_errors) + "\n";
}

std::optional<std::string> FindPending(const AgentHome& home, const std::string& mark) {
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(home.path() / "submissions", error)) {
    const auto pending = ReadFile(entry.path() / "pending", 4096);
    if (pending.ok() && *pending == mark) return entry.path().filename().string();
  }
  return std::nullopt;
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

Result<BuildContext> ContextFor(Session& session, const ActiveAgreement& found,
                                const agreements::Dataset& dataset,
                                const agreements::AgreementSecret& secret,
                                const DatasetHead& head) {
  TS_ASSIGN_OR_RETURN(auto matcher_key,
                      crypto::SealingPublicKey::FromBytes(found.terms.matcher.sealing_key));
  TS_ASSIGN_OR_RETURN(const auto context, session.home.LoadContext(found.digest_hex));
  return BuildContext{&found.terms,
                      &dataset,
                      &secret,
                      &session.home.code_key(),
                      &session.home.pseudonym_key(),
                      std::move(matcher_key),
                      context.chain,
                      context.epoch,
                      head.sequence + 1,
                      head.manifest_digest,
                      session.clock.Now()};
}

// Encodes the file into HOME/submissions/<id>; returns the id.
Result<std::string> Prepare(Session& session, const ActiveAgreement& found,
                            const agreements::Dataset& dataset, const DataArguments& args,
                            const std::string& mark) {
  TS_ASSIGN_OR_RETURN(const auto secret, session.home.LoadSecret(found.digest_hex));
  TS_ASSIGN_OR_RETURN(const DatasetHead head, HeadOf(session, found.digest_hex, dataset.id));
  TS_RETURN_IF_ERROR(agreements::MaySubmit(found.terms, dataset.id, session.home.id(),
                                           head.committed, DateOf(session.clock.Now())));
  TS_ASSIGN_OR_RETURN(const BuildContext context,
                      ContextFor(session, found, dataset, secret, head));
  const auto building = session.home.path() / "submissions" /
                        (".building-" + std::to_string(::getpid()));
  TS_RETURN_IF_ERROR(MakePrivateDirectory(building.parent_path()));
  Findings findings;
  Result<BuiltSubmission> built =
      BuildSubmission(context, OptionsOf(args), building, &findings);
  PrintFindings(findings);
  if (!built.ok()) {
    std::error_code ignored;
    std::filesystem::remove_all(building, ignored);
    return std::move(built).error();
  }
  const std::string id_hex = ToHex(built->manifest.submission_id());
  std::error_code error;
  std::filesystem::rename(building, session.home.SubmissionDirectory(id_hex), error);
  if (error) return Error(Code::kUnavailable, "file.io", "cannot move the prepared submission");
  OwnColumns columns{std::move(built->category_ordinals)};
  TS_RETURN_IF_ERROR(KeepOwnColumns(session.home, id_hex, columns));
  TS_RETURN_IF_ERROR(
      KeepManifest(session.home, id_hex,
                   session.home.identity().SignAs(kManifestDomain, Serialise(built->manifest))));
  // Last: from here on the same command resumes instead of encoding anew.
  TS_RETURN_IF_ERROR(
      WriteFileDurably(session.home.SubmissionDirectory(id_hex) / "pending", mark));
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
  TS_RETURN_IF_ERROR(
      WriteFileDurably(directory / "receipt.tlog-proof", ReceiptText(status.receipt())));
  std::error_code ignored;
  std::filesystem::remove(directory / "pending", ignored);
  std::filesystem::remove_all(directory / "chunks", ignored);
  return status;
}

std::string KindOf(const v1::ColumnDescription& column) {
  switch (column.kind()) {
    case v1::ColumnDescription::KIND_TOKENS: return "tokens";
    case v1::ColumnDescription::KIND_CATEGORY: return "opaque codes";
    case v1::ColumnDescription::KIND_PSEUDONYM: return "pseudonyms";
    default: return "unknown";
  }
}

}  // namespace

Result<ExitCode> RunValidate(Session& session, const DataArguments& args, OutputForm form) {
  TS_RETURN_IF_ERROR(RequireFile(args.file));
  TS_ASSIGN_OR_RETURN(const auto state, client::FindAgreement(session.matcher, args.agreement));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms, client::ParseServed(state));
  TS_ASSIGN_OR_RETURN(const auto* dataset, ChooseDataset(terms, session.home.id(), args.dataset));
  Findings findings;
  const Result<std::uint64_t> rows = ValidateFile(terms, *dataset, OptionsOf(args), &findings);
  if (!args.report.empty()) {
    const Status written = WriteFileDurably(args.report, findings.ToJson(), FileMode::kShared);
    if (!written.ok()) {
      return Error(Code::kUnavailable, "file.cannot-create", "cannot write the report");
    }
  }
  if (form == OutputForm::kJson) {
    std::printf("%s\n", findings.ToJson().c_str());
  } else {
    PrintFindings(findings);
  }
  if (!rows.ok()) {
    if (rows.error().id() != "validate.errors") return rows.error();
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
  TS_ASSIGN_OR_RETURN(const auto secret, session.home.LoadSecret(found.digest_hex));
  TS_ASSIGN_OR_RETURN(const BuildContext context,
                      ContextFor(session, found, *dataset, secret, DatasetHead{}));
  const auto spool =
      session.home.path() / ("preview-" + std::to_string(::getpid()));
  Findings findings;
  const Result<BuiltSubmission> built =
      BuildSubmission(context, OptionsOf(args), spool, &findings);
  std::error_code ignored;
  std::filesystem::remove_all(spool, ignored);
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
  }
  return ExitCode::kOk;
}

Result<ExitCode> RunSubmit(Session& session, const DataArguments& args, OutputForm form) {
  TS_RETURN_IF_ERROR(RequireFile(args.file));
  TS_ASSIGN_OR_RETURN(const ActiveAgreement found, RequireUsable(session, args.agreement));
  TS_ASSIGN_OR_RETURN(const auto* dataset,
                      ChooseDataset(found.terms, session.home.id(), args.dataset));
  TS_ASSIGN_OR_RETURN(const crypto::Digest file_mark, FileMark(session.home, args.file));
  const std::string mark = PendingMark(found.digest_hex, dataset->id, file_mark, args);
  std::optional<std::string> id_hex = FindPending(session.home, mark);
  if (id_hex) {
    std::fprintf(stderr, "resuming submission %s\n", id_hex->c_str());
  } else {
    TS_ASSIGN_OR_RETURN(id_hex, Prepare(session, found, *dataset, args, mark));
  }
  if (args.dry_run) {
    std::printf("%s (prepared, not sent)\n", id_hex->c_str());
    return ExitCode::kOk;
  }
  TS_ASSIGN_OR_RETURN(const auto status, SendPrepared(session, *id_hex));
  if (form == OutputForm::kJson) {
    client::PrintFacts({{"submission", status.id()},
                        {"rows", std::to_string(status.row_count())},
                        {"root", ToHex(status.root())}},
                       form);
  } else {
    std::printf("%s\n", status.id().c_str());
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
    table.rows.push_back(
        {status.id(), status.party(), status.dataset(), std::to_string(status.sequence()),
         status.phase(), own ? std::to_string(status.row_count()) : "",
         status.committed_time() == 0
             ? ""
             : FormatTime(Time(std::chrono::seconds(status.committed_time())))});
  }
  client::PrintTable(table, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunSubmissionsWithdraw(Session& session, const std::string& submission) {
  Bytes id;
  if (!FromHex(submission, &id)) {
    return Error(Code::kInvalidArgument, "usage.submission", "a submission id is 32 hex digits");
  }
  TS_ASSIGN_OR_RETURN(
      const auto status,
      session.matcher.WithdrawSubmission(
          submission, session.home.identity().SignAs(kWithdrawalDomain, id)));
  std::error_code ignored;
  std::filesystem::remove_all(session.home.SubmissionDirectory(submission) / "chunks", ignored);
  std::filesystem::remove(session.home.SubmissionDirectory(submission) / "pending", ignored);
  std::printf("%s is %s: its data key at the matcher is destroyed\n", status.id().c_str(),
              status.phase().c_str());
  return ExitCode::kOk;
}

}  // namespace tallystick::agents
