#include "client/log_follower.h"

#include "base/file.h"
#include "client/log_tree.h"
#include "client/seen_checkpoints.h"
#include "crypto/merkle.h"
#include "proto/log_origin.h"

namespace tallystick::client {
namespace {

constexpr std::uint64_t kMaxCheckpointBytes = 16 * 1024;

Error Refuse(Literal id, Literal message) { return Error(Code::kPermissionDenied, id, message); }

Error Forked() {
  return Refuse("log.verify-fork", "the log shows another history than it showed before");
}

Status CheckContinues(MatcherClient& matcher, const Checkpoint& remembered,
                      const Checkpoint& current) {
  if (current.size < remembered.size) {
    return Refuse("log.verify-shrank", "the log has fewer entries than it had before");
  }
  if (current.size == remembered.size) {
    return current.root == remembered.root ? Ok() : Status(Forked());
  }
  if (remembered.size == 0) return Ok();
  TS_ASSIGN_OR_RETURN(const v1::ConsistencyProof proof,
                      matcher.GetConsistency(remembered.size, current.size));
  std::vector<crypto::Digest> hashes;
  for (const Bytes& hash : proof.hashes()) {
    const auto digest = crypto::Digest::FromBytes(hash);
    if (!digest.ok()) return Forked();
    hashes.push_back(*digest);
  }
  const Status consistent = crypto::VerifyConsistency(remembered.size, remembered.root,
                                                      current.size, current.root, hashes);
  return consistent.ok() ? Ok() : Status(Forked());
}

// A restored log has another name, which only a person accepts.
Status CheckOrigin(const std::string& known_name, const std::string& name) {
  if (name == known_name) return Ok();
  const LogOrigin known = ParseLogOrigin(known_name);
  const LogOrigin current = ParseLogOrigin(name);
  if (current.first != known.first || current.number <= known.number) {
    return Refuse("log.verify-origin", "this is another log than the one enrolled with");
  }
  return Error(Code::kPermissionDenied, "log.verify-restored",
               "the matcher was restored from a backup, and its log goes on from an older state: "
               "log accept-restore says what is lost, and asks for a person's consent")
      .With("restored_entries", current.size);
}

}  // namespace

Result<Checkpoint> FollowLog(MatcherClient& matcher, const Identity& identity) {
  TS_ASSIGN_OR_RETURN(const crypto::VerifyKey log_key, identity.MatcherKey());
  // Read before asking: two programs may share a home, and what the other one sees meanwhile is
  // newer than this answer.
  const std::filesystem::path path = identity.home() / "checkpoint";
  const Result<Bytes> stored = ReadFile(path, kMaxCheckpointBytes);
  TS_ASSIGN_OR_RETURN(const std::string note, matcher.GetCheckpoint());
  TS_ASSIGN_OR_RETURN(const Checkpoint current, OpenCheckpoint(note, log_key));
  TS_RETURN_IF_ERROR(CheckOrigin(identity.matcher().log_origin(), current.origin));
  if (stored.ok()) {
    TS_ASSIGN_OR_RETURN(const Checkpoint remembered, OpenCheckpoint(*stored, log_key));
    TS_RETURN_IF_ERROR(CheckContinues(matcher, remembered, current));
    if (remembered == current) return current;
  } else if (stored.error().code() != Code::kNotFound) {
    return stored.error();
  }
  TS_RETURN_IF_ERROR(WriteFileDurably(path, note));
  std::vector<SeenCheckpoint> seen = LoadSeenCheckpoints(identity.home());
  seen.push_back({current.size, current.root});
  TS_RETURN_IF_ERROR(StoreSeenCheckpoints(identity.home(), std::move(seen)));
  return current;
}

Result<LogAudit> AuditLog(MatcherClient& matcher, const Identity& identity) {
  LogAudit audit;
  TS_ASSIGN_OR_RETURN(audit.checkpoint, FollowLog(matcher, identity));
  const auto visit = [&](const v1::LogEntry& entry, const crypto::Digest&) {
    if (!entry.salt().empty()) ++audit.readable_count;
  };
  TS_ASSIGN_OR_RETURN(const crypto::MerkleTree tree, ReadLogTree(matcher, audit.checkpoint, visit));
  audit.entry_count = tree.size();
  return audit;
}

}  // namespace tallystick::client
