#include "matcher/cli/verbs.h"

#include <charconv>
#include <cstdio>

#include "base/file.h"
#include "matcher/cli/administration.h"
#include "matcher/cli/matcher_home.h"
#include "matcher/cli/restore.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "matcher/service/matcher_service.h"
#include "storage/file_system.h"
#include "storage/fsck.h"
#include "storage/reconcile.h"

namespace tallystick::matcher {
namespace {

v1::Role ParseRole(std::string_view role) {
  if (role == "institution") return v1::ROLE_INSTITUTION;
  if (role == "researcher") return v1::ROLE_RESEARCHER;
  if (role == "compliance") return v1::ROLE_COMPLIANCE;
  if (role == "convener") return v1::ROLE_CONVENER;
  return v1::ROLE_UNSPECIFIED;
}

Result<std::vector<storage::Mutation>> Decode(const storage::LogRecord& record,
                                              const storage::View&) {
  return MutationsOfPayload(record.payload);
}

// The chunks that the state refers to: those of committed submissions.
Status ListChunks(const storage::View& view, const storage::DataKeys& data_keys,
                  const std::function<void(const storage::ChunkReference&)>& visit) {
  Status status = Ok();
  TS_RETURN_IF_ERROR(ScanStates<v1::SubmissionState>(
      view, "submission/", [&](const v1::SubmissionState& submission) {
        const std::string space = SpaceOf(submission.id());
        const bool kept = submission.phase() == "committed" || submission.phase() == "superseded";
        if (!kept) return true;
        static_cast<void>(data_keys);
        const Result<v1::Manifest> manifest = ManifestOf(submission);
        if (!manifest.ok()) {
          status = manifest.error();
          return false;
        }
        for (const v1::ChunkDescription& chunk : manifest->chunks()) {
          const auto address = crypto::Digest::FromBytes(chunk.address());
          if (address.ok()) visit({space, *address, space});
        }
        return true;
      }));
  return status;
}

// An open store for reading, without the registry on top.
struct BareStore {
  storage::HomeLock lock;
  std::unique_ptr<storage::CommitLog> log;
  std::unique_ptr<storage::MutableView> view;
  std::unique_ptr<storage::ChunkStore> chunks;
  std::unique_ptr<storage::DataKeys> data_keys;
};
Result<BareStore> OpenBareStore(const std::filesystem::path& home, const Config& config) {
  TS_ASSIGN_OR_RETURN(storage::HomeLock lock, storage::HomeLock::Acquire(home));
  storage::FileSystem& files = storage::PosixFileSystem();
  BareStore store{std::move(lock), nullptr, nullptr, nullptr, nullptr};
  TS_ASSIGN_OR_RETURN(store.log, storage::CommitLog::Open(files, LogDirectory(config), {}));
  TS_ASSIGN_OR_RETURN(store.view, OpenView(config));
  TS_ASSIGN_OR_RETURN(store.chunks, storage::ChunkStore::Open(files, ChunkDirectory(config)));
  TS_ASSIGN_OR_RETURN(store.data_keys, OpenKeyStore(home, store.log->next_sequence()));
  return store;
}

Status DumpChunks(const BareStore& store, const std::filesystem::path& out) {
  TS_ASSIGN_OR_RETURN(const std::vector<std::string> spaces, store.chunks->Spaces());
  for (const std::string& space : spaces) {
    const auto data_key = store.data_keys->Get(space);
    if (!data_key.ok()) continue;
    TS_RETURN_IF_ERROR(MakePrivateDirectory(out / "chunks" / space));
    TS_ASSIGN_OR_RETURN(const auto addresses, store.chunks->List(space));
    for (const crypto::Digest& address : addresses) {
      TS_ASSIGN_OR_RETURN(const Bytes plaintext, store.chunks->Get(space, address, *data_key));
      TS_RETURN_IF_ERROR(WriteFileDurably(out / "chunks" / space / address.hex(), plaintext));
    }
  }
  return Ok();
}

}  // namespace

std::optional<std::chrono::seconds> ParseDuration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size() - 1, count);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() - 1 || count <= 0 ||
      count > 1'000'000) {
    return std::nullopt;
  }
  switch (text.back()) {
    case 's':
      return std::chrono::seconds(count);
    case 'm':
      return std::chrono::minutes(count);
    case 'h':
      return std::chrono::hours(count);
    case 'd':
      return std::chrono::days(count);
    default:
      return std::nullopt;
  }
}

Result<ExitCode> RunInvite(const std::filesystem::path& home, std::string_view role,
                           const std::string& id, const std::string& name, std::string_view ttl,
                           OutputForm form) {
  const auto duration = ParseDuration(ttl);
  if (!duration) return Error(Code::kInvalidArgument, "usage.ttl", "--ttl is a time such as 72h");
  v1::AdminRequest request;
  request.mutable_invite()->set_role(ParseRole(role));
  request.mutable_invite()->set_id(id);
  request.mutable_invite()->set_name(name);
  request.mutable_invite()->set_ttl_seconds(duration->count());
  TS_ASSIGN_OR_RETURN(const v1::AdminAnswer answer, AskMatcher(home, request));
  if (form == OutputForm::kJson) {
    std::printf("{\"invitation\":%s,\"id\":%s}\n", JsonQuote(answer.invitation_code()).c_str(),
                JsonQuote(id).c_str());
  } else {
    std::printf("%s\n", answer.invitation_code().c_str());
  }
  return ExitCode::kOk;
}

Result<ExitCode> RunStatus(const std::filesystem::path& home, OutputForm form) {
  v1::AdminRequest request;
  request.set_status(true);
  TS_ASSIGN_OR_RETURN(const v1::AdminAnswer answer, AskMatcher(home, request));
  const v1::MatcherStatus& status = answer.status();
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  const std::pair<const char*, std::string> rows[] = {
      {"serving", status.serving() ? "true" : "false"},
      {"log_entries", number(status.log_size())},
      {"institutions", number(status.institutions())},
      {"persons", number(status.persons())},
      {"agreements", number(status.agreements())},
      {"active_agreements", number(status.active_agreements())},
      {"submissions", number(status.submissions())},
      {"requests_waiting", number(status.requests_waiting())},
      {"releases", number(status.releases())},
      {"free_bytes", number(status.free_bytes())},
  };
  if (form == OutputForm::kJson) {
    std::string json = "{\"version\":" + JsonQuote(status.version()) +
                       ",\"matcher\":" + JsonQuote(status.id()) +
                       ",\"url\":" + JsonQuote(status.url());
    for (const auto& [name, value] : rows) json += "," + JsonQuote(name) + ":" + value;
    std::printf("%s}\n", json.c_str());
    return ExitCode::kOk;
  }
  std::printf("matcher            %s (version %s)\nurl                %s\n", status.id().c_str(),
              status.version().c_str(), status.url().c_str());
  for (const auto& [name, value] : rows) std::printf("%-18s %s\n", name, value.c_str());
  return ExitCode::kOk;
}

Result<ExitCode> RunRevokeMember(const std::filesystem::path& home, const std::string& id,
                                 OutputForm form) {
  v1::AdminRequest request;
  request.set_revoke_member(id);
  TS_RETURN_IF_ERROR(AskMatcher(home, request));
  PrintDone("revoked " + id, {{"revoked", id}}, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunBackup(const std::filesystem::path& home, const std::filesystem::path& to,
                           OutputForm form) {
  v1::AdminRequest request;
  request.set_backup_to(std::filesystem::absolute(to).string());
  TS_RETURN_IF_ERROR(AskMatcher(home, request));
  PrintDone("backup written to " + to.string() + " (without the key store, by design)",
            {{"directory", to.string()}}, form);
  return ExitCode::kOk;
}

Result<ExitCode> RunRestore(const std::filesystem::path& home, const std::filesystem::path& from,
                            OutputForm form) {
  TS_ASSIGN_OR_RETURN(const Config config, LoadConfig(home));
  TS_ASSIGN_OR_RETURN(const MatcherKeys keys, LoadMatcherKeys(home));
  TS_ASSIGN_OR_RETURN(const RestoreFacts facts,
                      RestoreBackup(home, config, keys, from, SystemClock()));
  const std::string entries = std::to_string(facts.restored.size);
  const std::string chunks = std::to_string(facts.chunk_count);
  const std::string checkpoint = entries + ":" + facts.restored.root.hex();
  PrintDone("restored " + entries + " log entries and " + chunks + " chunks; the log goes on as " +
                facts.origin +
                "\ntell every member this checkpoint, which its log accept-restore " +
                "asks for:\n" + checkpoint,
            {{"log_entries", entries},
             {"chunks", chunks},
             {"log", facts.origin},
             {"checkpoint", checkpoint}},
            form);
  return ExitCode::kOk;
}

Result<ExitCode> RunFsck(const std::filesystem::path& home, const FsckChoices& choices,
                         OutputForm form) {
  TS_ASSIGN_OR_RETURN(const Config config, LoadConfig(home));
  if (choices.new_keystore) TS_RETURN_IF_ERROR(RenewKeyStore(home));
  if (choices.rebuild) TS_RETURN_IF_ERROR(RebuildView(home, config));
  TS_ASSIGN_OR_RETURN(const BareStore store, OpenBareStore(home, config));
  storage::FsckOptions options;
  options.decode = Decode;
  options.list_chunks = [&](const auto& visit) {
    return ListChunks(*store.view, *store.data_keys, visit);
  };
  const storage::FsckReport report =
      storage::CheckStore(*store.log, *store.view, *store.chunks, *store.data_keys, options);
  const auto count = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  if (form == OutputForm::kJson) {
    std::string problems;
    for (const Error& problem : report.problems) {
      problems += (problems.empty() ? "" : ",") + JsonQuote(problem.ToString());
    }
    std::printf(
        "{\"log_entries\":%llu,\"chunks\":%llu,\"unreferenced_chunks\":%llu,"
        "\"problem_count\":%llu,\"problems\":[%s]}\n",
        count(report.record_count), count(report.chunk_count),
        count(report.unreferenced_chunk_count), count(report.problem_count), problems.c_str());
  } else {
    for (const Error& problem : report.problems) std::printf("%s\n", problem.ToString().c_str());
    std::printf("%llu log entries, %llu chunks, %llu problems\n", count(report.record_count),
                count(report.chunk_count), count(report.problem_count));
  }
  if (report.ok()) return ExitCode::kOk;
  for (const Error& problem : report.problems) {
    if (problem.id() == "storage.rollback") return ExitCode::kRollback;
  }
  return ExitCode::kCorruption;
}

Result<ExitCode> RunDump(const std::filesystem::path& home, const std::filesystem::path& out,
                         OutputForm form) {
  TS_ASSIGN_OR_RETURN(const Config config, LoadConfig(home));
  TS_ASSIGN_OR_RETURN(const BareStore store, OpenBareStore(home, config));
  TS_RETURN_IF_ERROR(MakePrivateDirectory(out / "records"));
  TS_RETURN_IF_ERROR(
      store.log->ReadRange(0, store.log->next_sequence(), [&](const storage::LogRecord& record) {
        return WriteFileDurably(out / "records" / std::to_string(record.sequence), record.payload);
      }));
  Bytes view_dump;
  TS_RETURN_IF_ERROR(store.view->Scan("", [&](ByteView key, ByteView value) {
    AppendLp(view_dump, key);
    AppendLp(view_dump, value);
    return true;
  }));
  TS_RETURN_IF_ERROR(WriteFileDurably(out / "view", view_dump));
  TS_RETURN_IF_ERROR(DumpChunks(store, out));
  PrintDone("dumped to " + out.string(), {{"directory", out.string()}}, form);
  return ExitCode::kOk;
}

}  // namespace tallystick::matcher
