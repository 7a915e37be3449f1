// The ledger of what this agent has opened. It is what a matcher with several versions of a sum, or
// a copy of the agent's home from yesterday, runs against.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "agents/open/opened_sums.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "storage/commit_log.h"
#include "tallystick/v1/ledger.pb.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agents {

// OpeningLedger is an append-only, hash-chained file set (storage/commit_log.h) that maps every
// (job, measure, cell) to the ciphertexts that were opened for it, and keeps the sealed answer: the
// same again gets the same bytes, anything else for a job is refused. A record is durable before
// the answer that it speaks of leaves.
//
// Whoever uses it holds the home's Guard(). Fails with kDataLoss "ledger.corrupt" where a record is
// not what was written (a torn last one, which no answer can have left after, is dropped), with
// kUnavailable "ledger.io" on trouble with the disk.
//
// Thread safety: none.
class OpeningLedger {
 public:
  // What an opening is of.
  struct Subject {
    std::string request_id;
    crypto::Digest agreement;
    crypto::Digest job;
    crypto::Digest release;  // of the body without statistics
  };

  // Opens or creates the ledger in `directory`. Cost: reads all of it.
  static Result<OpeningLedger> Open(const std::filesystem::path& directory);

  // Find returns the opening that was recorded for the job, if there is one. Fails with
  // kPermissionDenied "opening.refused" and rule REL-LEDGER when it is of another release, of other
  // cells, or of another ciphertext for one of them.
  Result<std::optional<v1::Opening>> Find(const Subject& subject,
                                          std::span<const SumToOpen> sums) const;

  // Record makes the opening durable and returns it, as Find() does from then on. The partials are
  // sealed already: they are kept as they will leave. Fails as Find() for a job that is there.
  Result<v1::Opening> Record(const Subject& subject, std::span<const SumToOpen> sums,
                             std::span<const v1::SealedPartials> partials, Time now);

  // RecordResult makes the statistics of an opened job durable before they are signed. Fails with
  // rule REL-LEDGER when it has others, or when the job was not opened here.
  Status RecordResult(const crypto::Digest& job, ByteView statistics);

  // CheckMark compares with what the matcher has of this agent's last opening. Fails with
  // kFailedPrecondition "ledger.rolled-back" and rule REL-LEDGER-ROLLBACK when this ledger is
  // shorter or has another history: it is an old copy. Nothing is to be opened then until a person
  // has called Accept().
  Status CheckMark(const v1::LedgerMark& mark) const;

  // Accept records that a person knows of the gap before `mark`.
  Status Accept(const v1::LedgerMark& mark, Time now);

  std::uint64_t size() const { return log_->next_sequence(); }
  crypto::Digest head() const { return log_->head(); }

 private:
  struct Entry {
    v1::LedgerRecord::Opening opening;
    std::uint64_t size = 0;  // of the ledger with this record
    crypto::Digest head;
    Bytes statistics_digest;  // empty: none yet
  };

  explicit OpeningLedger(std::unique_ptr<storage::CommitLog> log) : log_(std::move(log)) {}

  Status Append(const v1::LedgerRecord& record);
  Status Apply(const v1::LedgerRecord& record, std::uint64_t size, const crypto::Digest& head);

  std::unique_ptr<storage::CommitLog> log_;
  std::map<Bytes, Entry> by_job_;
  std::vector<crypto::Digest> heads_;  // by size, from 0
  std::vector<v1::LedgerMark> accepted_;
};

}  // namespace tallystick::agents
