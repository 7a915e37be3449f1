#include "matcher/cli/restore.h"

#include <unistd.h>

#include <utility>

#include "base/file.h"
#include "crypto/merkle.h"
#include "crypto/random.h"
#include "matcher/registry/step.h"
#include "matcher/registry/view_keys.h"
#include "proto/codec.h"
#include "proto/log_leaf.h"
#include "proto/log_origin.h"
#include "storage/backup.h"
#include "storage/commit_log.h"
#include "storage/file_system.h"
#include "storage/home_lock.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::string_view kMemberPrefix = "member/";

Error CopyFailed() { return Error(Code::kUnavailable, "file.io", "the backup cannot be copied"); }

// What the backup's log says about itself.
struct OldLog {
  crypto::MerkleTree tree;
  LogOrigin origin;
  std::vector<std::string> members;  // who may read about the restore, possibly twice
};

Result<OldLog> ReadOldLog(const storage::CommitLog& log, std::string first_origin) {
  OldLog old;
  old.origin.first = std::move(first_origin);
  const auto visit = [&](const storage::LogRecord& stored) -> Status {
    TS_ASSIGN_OR_RETURN(const v1::Record record,
                        Parse<v1::Record>(stored.payload, storage::kMaxRecordBytes));
    old.tree.Append(LeafHashOfRecord(record, stored.sequence, stored.payload));
    if (record.event() == kRestoredEvent) {
      ++old.origin.number;
      old.origin.size = stored.sequence;
    }
    for (const v1::MutationRecord& mutation : record.mutations()) {
      const std::string_view key = mutation.key();
      if (key.starts_with(kMemberPrefix)) {
        old.members.emplace_back(key.substr(kMemberPrefix.size()));
      }
    }
    return Ok();
  };
  TS_RETURN_IF_ERROR(log.ReadRange(0, log.next_sequence(), visit));
  return old;
}

// The entry that says where the new origin comes from.
v1::Record RestoredRecord(const OldLog& old, const Checkpoint& checkpoint, const LogOrigin& origin,
                          const MatcherKeys& keys, Time now) {
  v1::Record record;
  record.set_event(std::string(kRestoredEvent));
  record.set_time(now.time_since_epoch().count());
  record.set_actor(std::string(kOperator));
  record.set_subject_id(checkpoint.origin);
  record.set_detail(SignCheckpoint(checkpoint, keys.signing));
  record.set_subject(Bytes(crypto::Sha256(record.detail()).view()));
  record.set_salt(crypto::RandomBytes(kSaltBytes));
  for (const std::string& member : old.members) record.add_concerned(member);
  v1::MutationRecord* mutation = record.add_mutations();
  mutation->set_key(LogOriginViewKey());
  mutation->set_value(origin.ToString());
  return record;
}

// Adds the entry to the copied log.
Result<RestoreFacts> BeginNewOrigin(const std::filesystem::path& log_directory,
                                    const Config& config, const MatcherKeys& keys, Time now) {
  TS_ASSIGN_OR_RETURN(const auto log,
                      storage::CommitLog::Open(storage::PosixFileSystem(), log_directory, {}));
  TS_ASSIGN_OR_RETURN(const OldLog old,
                      ReadOldLog(*log, DescribeMatcher(config, keys).log_origin()));
  RestoreFacts facts;
  facts.restored = {old.origin.ToString(), old.tree.size(), old.tree.Root()};
  const LogOrigin origin{old.origin.first, old.origin.number + 1, old.tree.size()};
  facts.origin = origin.ToString();
  const std::vector<Bytes> payloads = {
      Serialise(RestoredRecord(old, facts.restored, origin, keys, now))};
  TS_RETURN_IF_ERROR(log->Append(payloads));
  return facts;
}

}  // namespace

Result<RestoreFacts> RestoreBackup(const std::filesystem::path& home, const Config& config,
                                   const MatcherKeys& keys, const std::filesystem::path& from,
                                   const Clock& clock) {
  TS_ASSIGN_OR_RETURN(const auto backup, storage::CheckBackup(storage::PosixFileSystem(), from));
  RestoreFacts facts;
  {
    TS_ASSIGN_OR_RETURN(const storage::HomeLock lock, storage::HomeLock::Acquire(home));
    const std::filesystem::path log_directory = LogDirectory(config);
    if (std::filesystem::exists(log_directory) && !std::filesystem::is_empty(log_directory)) {
      return Error(Code::kFailedPrecondition, "restore.not-empty",
                   "this home has a log: move it away first, a restore never overwrites one");
    }
    const auto recursive = std::filesystem::copy_options::recursive;
    const auto again = recursive | std::filesystem::copy_options::overwrite_existing;
    const std::filesystem::path copied = log_directory.parent_path() / "log.restoring";
    std::error_code error;
    TS_RETURN_IF_ERROR(MakePrivateDirectory(ChunkDirectory(config)));
    std::filesystem::copy(from / "chunks", ChunkDirectory(config), again, error);
    if (error) return CopyFailed();
    std::filesystem::remove_all(copied, error);
    TS_RETURN_IF_ERROR(MakePrivateDirectory(copied));
    std::filesystem::copy(from / "log", copied, recursive, error);
    if (error) return CopyFailed();
    TS_ASSIGN_OR_RETURN(facts, BeginNewOrigin(copied, config, keys, clock.Now()));
    ::sync();
    std::filesystem::rename(copied, log_directory, error);
    if (error) return CopyFailed();
    TS_RETURN_IF_ERROR(SyncDirectory(log_directory.parent_path()));
  }
  facts.chunk_count = backup.chunk_count;
  TS_RETURN_IF_ERROR(RebuildView(home, config));
  return facts;
}

}  // namespace tallystick::matcher
