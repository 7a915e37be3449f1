// Bringing a backup into a home (protocol.md, 8).
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/clock.h"
#include "base/result.h"
#include "matcher/cli/config.h"
#include "matcher/cli/matcher_home.h"
#include "proto/checkpoint.h"

namespace tallystick::matcher {

struct RestoreFacts {
  Checkpoint restored;  // what the backup's log had, under the name that it had
  std::string origin;   // its name from now on
  std::uint64_t chunk_count = 0;
};

// RestoreBackup brings `from`, which backup wrote, into a home that has matcher.toml and keys but
// no log, and builds the view. The log goes on under a new origin (proto/log_origin.h), and its
// first new entry, log.restored, names the old checkpoint: a member that has seen the old log asks
// a person before it follows. Interrupted, it can be called again: the log is put in place last.
// Fails with kFailedPrecondition "restore.not-empty", and as storage::CheckBackup.
Result<RestoreFacts> RestoreBackup(const std::filesystem::path& home, const Config& config,
                                   const MatcherKeys& keys, const std::filesystem::path& from,
                                   const Clock& clock);

}  // namespace tallystick::matcher
