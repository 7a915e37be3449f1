#include "client/log_follower.h"

#include "base/file.h"
#include "crypto/merkle.h"
#include "proto/log_leaf.h"

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

}  // namespace

Result<Checkpoint> FollowLog(MatcherClient& matcher, const Identity& identity) {
  TS_ASSIGN_OR_RETURN(const crypto::VerifyKey log_key, identity.MatcherKey());
  // Read before asking: two programs may share a home, and what the other one sees meanwhile is
  // newer than this answer.
  const std::filesystem::path path = identity.home() / "checkpoint";
  const Result<Bytes> stored = ReadFile(path, kMaxCheckpointBytes);
  TS_ASSIGN_OR_RETURN(const std::string note, matcher.GetCheckpoint());
  TS_ASSIGN_OR_RETURN(const Checkpoint current, OpenCheckpoint(note, log_key));
  if (current.origin != identity.matcher().log_origin()) {
    return Refuse("log.verify-origin", "this is another log than the one enrolled with");
  }
  if (stored.ok()) {
    TS_ASSIGN_OR_RETURN(const Checkpoint remembered, OpenCheckpoint(*stored, log_key));
    TS_RETURN_IF_ERROR(CheckContinues(matcher, remembered, current));
    if (remembered == current) return current;
  } else if (stored.error().code() != Code::kNotFound) {
    return stored.error();
  }
  TS_RETURN_IF_ERROR(WriteFileDurably(path, note));
  return current;
}

Result<LogAudit> AuditLog(MatcherClient& matcher, const Identity& identity) {
  LogAudit audit;
  TS_ASSIGN_OR_RETURN(audit.checkpoint, FollowLog(matcher, identity));
  crypto::MerkleTree tree;
  while (tree.size() < audit.checkpoint.size) {
    TS_ASSIGN_OR_RETURN(const v1::LogEntries page, matcher.GetEntries(tree.size()));
    if (page.entries_size() == 0) {
      return Refuse("log.verify-missing", "the log does not serve all of its entries");
    }
    for (const v1::LogEntry& entry : page.entries()) {
      if (tree.size() == audit.checkpoint.size) break;
      if (entry.sequence() != tree.size()) {
        return Refuse("log.verify-sequence", "the log's entries are not in sequence");
      }
      const auto leaf = LeafHashOfEntry(entry);
      if (!leaf.ok()) return Refuse("log.verify-entry", "an entry of the log is malformed");
      if (!entry.salt().empty()) {
        ++audit.readable_count;
        const crypto::Digest opened =
            LeafCommitment(entry.salt(), entry.subject(), entry.payload_digest());
        if (opened.view() != ByteView(entry.commitment())) {
          return Refuse("log.verify-body", "an entry's body is not the one the log commits to");
        }
      }
      tree.Append(*leaf);
    }
  }
  audit.entry_count = tree.size();
  if (tree.Root() != audit.checkpoint.root) {
    return Refuse("log.verify-root", "the entries do not add up to the checkpoint");
  }
  return audit;
}

}  // namespace tallystick::client
