// A matcher that was restored from a backup (protocol.md, 8): its log goes on under a new origin
// from an older state. Whether a home follows it there is for a person to decide.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/console.h"
#include "base/result.h"
#include "client/identity.h"
#include "client/matcher_client.h"
#include "proto/checkpoint.h"

namespace tallystick::client {

// KeptReceipt is a receipt in this home, and what it is for ("submission 4f…").
struct KeptReceipt {
  std::string what;
  v1::Receipt receipt;
};

struct RestoreReport {
  std::string note;  // the restored log's signed checkpoint now
  Checkpoint current;
  std::uint64_t number = 0;         // which restore it was, from 1
  std::uint64_t restored_size = 0;  // entries that the backup had
  crypto::Digest restored_root;
  std::uint64_t remembered_size = 0;  // entries that this home had seen
  std::uint64_t lost_count = 0;       // those of them that the backup did not have
  std::uint64_t compared_count = 0;   // states that this home remembers and the backup continued
  // What was acknowledged and is no longer in the log, since the restore that this home follows.
  std::vector<std::string> lost_receipts;

  // What people compare on another channel: "<restored size>:<restored root in hex>".
  std::string confirmation() const;
};

// ExamineRestore compares the restored log with everything that this home remembers: recomputes it
// from every entry, and checks that it says where it was restored, that every remembered state up
// to there is part of it, and every receipt up to there. Changes nothing. Fails with
// kFailedPrecondition "log.not-restored" where the log is the one that this home follows, and with
// kPermissionDenied "log.verify-…" where it is anything but a restored form of it.
Result<RestoreReport> ExamineRestore(MatcherClient& matcher, const Identity& identity,
                                     std::span<const KeptReceipt> receipts);

// AcceptRestore makes this home follow the restored log. `confirmed` is what a person was told on
// another channel. The checkpoint before stays, as HOME/checkpoint-before-restore-<number>. Fails
// with kPermissionDenied "log.verify-confirmation"; interrupted, it can be called again.
Status AcceptRestore(const Identity& identity, const RestoreReport& report,
                     std::string_view confirmed);

// The verb `log accept-restore` of both programs: without `confirmed` it reports what was lost and
// ends with 82.
Result<ExitCode> RunAcceptRestore(MatcherClient& matcher, const Identity& identity,
                                  std::span<const KeptReceipt> receipts,
                                  const std::string& confirmed, OutputForm form);

}  // namespace tallystick::client
