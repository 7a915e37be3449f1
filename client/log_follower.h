// Following the audit log: every member remembers the last state it accepted and refuses a log
// that shrank or forked.
#pragma once

#include "base/result.h"
#include "client/identity.h"
#include "client/matcher_client.h"
#include "proto/checkpoint.h"

namespace tallystick::client {

// FollowLog fetches the checkpoint, checks its signature and that it continues the remembered one,
// and remembers it (HOME/checkpoint and the list of client/seen_checkpoints.h, durable). Fails with
// kPermissionDenied:
//   log.verify-origin     another log than this member enrolled with
//   log.verify-restored   the log of a matcher restored from a backup (client/restored_log.h)
//   log.verify-shrank     fewer entries than were there before
//   log.verify-fork       the remembered entries are no longer a prefix
// and nothing is remembered then.
Result<Checkpoint> FollowLog(MatcherClient& matcher, const Identity& identity);

struct LogAudit {
  Checkpoint checkpoint;
  std::uint64_t entry_count = 0;
  std::uint64_t readable_count = 0;  // entries whose bodies concern this member
};

// AuditLog is FollowLog, and recomputes the Merkle root from every entry. Cost: one hash and about
// 150 bytes an entry.
Result<LogAudit> AuditLog(MatcherClient& matcher, const Identity& identity);

}  // namespace tallystick::client
