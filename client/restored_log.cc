#include "client/restored_log.h"

#include <algorithm>
#include <cstdio>

#include "base/file.h"
#include "client/log_tree.h"
#include "client/print.h"
#include "client/seen_checkpoints.h"
#include "proto/log_leaf.h"
#include "proto/log_origin.h"

namespace tallystick::client {
namespace {

constexpr std::uint64_t kMaxCheckpointBytes = 16 * 1024;

Error Refuse(Literal id, Literal message) { return Error(Code::kPermissionDenied, id, message); }

Error Forked() {
  return Refuse("log.verify-fork", "the restored log is another history than this home has seen");
}

// The log under the name that it has now, whoever it may be.
struct Found {
  std::string note;
  Checkpoint checkpoint;
  LogOrigin origin;
};
Result<Found> FindRestored(MatcherClient& matcher, const Identity& identity) {
  TS_ASSIGN_OR_RETURN(const crypto::VerifyKey log_key, identity.MatcherKey());
  Found found;
  TS_ASSIGN_OR_RETURN(found.note, matcher.GetCheckpoint());
  TS_ASSIGN_OR_RETURN(found.checkpoint, OpenCheckpoint(found.note, log_key));
  found.origin = ParseLogOrigin(found.checkpoint.origin);
  const std::string& known_name = identity.matcher().log_origin();
  if (found.checkpoint.origin == known_name) {
    return Error(Code::kFailedPrecondition, "log.not-restored",
                 "the log is the one that this home follows: there is nothing to accept");
  }
  const LogOrigin known = ParseLogOrigin(known_name);
  if (found.origin.first != known.first || found.origin.number <= known.number ||
      found.checkpoint.size <= found.origin.size) {
    return Refuse("log.verify-origin", "this is another log than the one enrolled with");
  }
  return found;
}

// The newest state of the log that this home had accepted; none where it never followed it.
Result<std::uint64_t> RememberedSize(const Identity& identity) {
  TS_ASSIGN_OR_RETURN(const crypto::VerifyKey log_key, identity.MatcherKey());
  const Result<Bytes> stored = ReadFile(identity.home() / "checkpoint", kMaxCheckpointBytes);
  if (!stored.ok()) {
    if (stored.error().code() == Code::kNotFound) return std::uint64_t{0};
    return stored.error();
  }
  TS_ASSIGN_OR_RETURN(const Checkpoint remembered, OpenCheckpoint(*stored, log_key));
  return remembered.size;
}

// What the restored log's entries say.
struct Entries {
  std::vector<crypto::Digest> leaves;
  std::vector<std::uint64_t> restores;  // where each restore began, oldest first
};

// The restore, from 1, that lost the entry of a receipt, which was given under `origin`; 0 when the
// log still has it.
std::uint64_t LostIn(const LogOrigin& origin, std::uint64_t index, const Entries& entries) {
  for (std::uint64_t i = origin.number; i < entries.restores.size(); ++i) {
    if (index >= entries.restores[i]) return i + 1;
  }
  return 0;
}

Status CompareReceipts(std::span<const KeptReceipt> receipts, const Identity& identity,
                       const Entries& entries, RestoreReport& report) {
  TS_ASSIGN_OR_RETURN(const crypto::VerifyKey log_key, identity.MatcherKey());
  const LogOrigin known = ParseLogOrigin(identity.matcher().log_origin());
  for (const KeptReceipt& kept : receipts) {
    const std::uint64_t index = kept.receipt.sequence();
    TS_ASSIGN_OR_RETURN(const Checkpoint given, OpenCheckpoint(kept.receipt.checkpoint(), log_key));
    const std::uint64_t lost_in = LostIn(ParseLogOrigin(given.origin), index, entries);
    if (lost_in > known.number) report.lost_receipts.push_back(kept.what);
    if (lost_in > 0) continue;
    TS_ASSIGN_OR_RETURN(const crypto::Digest leaf, LeafHashOfReceipt(kept.receipt));
    if (index >= entries.leaves.size() || leaf != entries.leaves[index]) return Forked();
  }
  return Ok();
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : ", ") + part;
  return joined;
}

Facts FactsOf(const RestoreReport& report) {
  return {{"log", report.current.origin},
          {"restored_entries", std::to_string(report.restored_size)},
          {"seen_entries", std::to_string(report.remembered_size)},
          {"lost_entries", std::to_string(report.lost_count)},
          {"states_compared", std::to_string(report.compared_count)},
          {"receipts_not_covered", Joined(report.lost_receipts)},
          {"checkpoint", report.confirmation()}};
}

}  // namespace

std::string RestoreReport::confirmation() const {
  return std::to_string(restored_size) + ":" + restored_root.hex();
}

Result<RestoreReport> ExamineRestore(MatcherClient& matcher, const Identity& identity,
                                     std::span<const KeptReceipt> receipts) {
  TS_ASSIGN_OR_RETURN(const Found found, FindRestored(matcher, identity));
  RestoreReport report;
  report.note = found.note;
  report.current = found.checkpoint;
  report.number = found.origin.number;
  report.restored_size = found.origin.size;
  TS_ASSIGN_OR_RETURN(report.remembered_size, RememberedSize(identity));
  report.lost_count =
      report.remembered_size - std::min(report.remembered_size, report.restored_size);
  Entries entries;
  const auto visit = [&](const v1::LogEntry& entry, const crypto::Digest& leaf) {
    if (entry.event() == kRestoredEvent) entries.restores.push_back(entry.sequence());
    entries.leaves.push_back(leaf);
  };
  TS_ASSIGN_OR_RETURN(const crypto::MerkleTree tree, ReadLogTree(matcher, found.checkpoint, visit));
  if (entries.restores.size() != report.number || entries.restores.back() != report.restored_size) {
    return Refuse("log.verify-restore", "the log's entries do not say where it was restored");
  }
  report.restored_root = tree.RootAt(report.restored_size);
  for (const SeenCheckpoint& seen : LoadSeenCheckpoints(identity.home())) {
    if (seen.size > report.restored_size) continue;
    if (tree.RootAt(seen.size) != seen.root) return Forked();
    ++report.compared_count;
  }
  TS_RETURN_IF_ERROR(CompareReceipts(receipts, identity, entries, report));
  return report;
}

Status AcceptRestore(const Identity& identity, const RestoreReport& report,
                     std::string_view confirmed) {
  if (confirmed != report.confirmation()) {
    return Refuse("log.verify-confirmation",
                  "this is not the checkpoint that the matcher's log was restored at: compare it "
                  "with the convener again");
  }
  const std::filesystem::path& home = identity.home();
  const std::filesystem::path evidence =
      home / ("checkpoint-before-restore-" + std::to_string(report.number));
  const Result<Bytes> before = ReadFile(home / "checkpoint", kMaxCheckpointBytes);
  TS_ASSIGN_OR_RETURN(const bool kept, FileExists(evidence));
  if (before.ok() && !kept) {
    TS_RETURN_IF_ERROR(WriteFileDurably(evidence, *before));
  }
  std::vector<SeenCheckpoint> seen = LoadSeenCheckpoints(home);
  std::erase_if(seen, [&](const SeenCheckpoint& it) { return it.size > report.restored_size; });
  seen.push_back({report.current.size, report.current.root});
  TS_RETURN_IF_ERROR(StoreSeenCheckpoints(home, std::move(seen)));
  TS_RETURN_IF_ERROR(WriteFileDurably(home / "checkpoint", report.note));
  // Last: until then the home refuses the restored log, and this can be called again.
  v1::Member member;
  member.set_id(identity.id());
  member.set_name(identity.name());
  member.set_role(identity.role());
  v1::Enrolled enrolled;
  enrolled.set_certificate_pem(identity.certificate_pem());
  enrolled.set_ca_pem(identity.ca_pem());
  *enrolled.mutable_matcher() = identity.matcher();
  enrolled.mutable_matcher()->set_log_origin(report.current.origin);
  return Identity::Store(home, member, enrolled);
}

Result<ExitCode> RunAcceptRestore(MatcherClient& matcher, const Identity& identity,
                                  std::span<const KeptReceipt> receipts,
                                  const std::string& confirmed, OutputForm form) {
  TS_ASSIGN_OR_RETURN(const RestoreReport report, ExamineRestore(matcher, identity, receipts));
  Facts facts = FactsOf(report);
  if (confirmed.empty()) {
    facts.emplace_back("accepted", "no");
    PrintFacts(facts, form);
    if (form == OutputForm::kText) {
      std::fprintf(stderr,
                   "compare the checkpoint with the convener on another channel, then: "
                   "log accept-restore --checkpoint %s\n",
                   report.confirmation().c_str());
    }
    return ExitCode::kLogVerificationFailed;
  }
  TS_RETURN_IF_ERROR(AcceptRestore(identity, report, confirmed));
  facts.emplace_back("accepted", "yes");
  PrintFacts(facts, form);
  return ExitCode::kOk;
}

}  // namespace tallystick::client
