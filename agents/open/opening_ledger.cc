#include "agents/open/opening_ledger.h"

#include <algorithm>
#include <utility>

#include "proto/codec.h"

namespace tallystick::agents {
namespace {

Error Spent(Literal message) {
  return Error(Code::kPermissionDenied, "opening.refused", message)
      .Refused({"REL-LEDGER", std::nullopt, "the sums that were opened before, or a new request"});
}

Error Corrupt() {
  return Error(Code::kDataLoss, "ledger.corrupt",
               "the ledger of openings in this home is damaged: nothing is opened until it is "
               "restored from a backup");
}

// The disk's own words have exit codes of the matcher's service.
Error AsLedgers(const Error& error) {
  if (error.code() == Code::kDataLoss) return Corrupt();
  return Error(Code::kUnavailable, "ledger.io", "the ledger of openings cannot be read or written");
}

crypto::Digest DigestOf(const SumToOpen& sum) {
  Bytes bytes(sum.sum.view());
  if (sum.squares) bytes.append(sum.squares->view());
  return crypto::Sha256(bytes);
}

bool SameCells(const v1::LedgerRecord::Opening& opening, std::span<const SumToOpen> sums) {
  return std::equal(opening.cells().begin(), opening.cells().end(), sums.begin(), sums.end(),
                    [](const v1::OpenedCell& cell, const SumToOpen& sum) {
                      return cell.measure() == sum.measure && cell.cell() == sum.cell &&
                             ByteView(cell.ciphertexts_digest()) == DigestOf(sum).view();
                    });
}

}  // namespace

Result<OpeningLedger> OpeningLedger::Open(const std::filesystem::path& directory) {
  auto log = storage::CommitLog::Open(storage::PosixFileSystem(), directory, {});
  if (!log.ok()) return AsLedgers(log.error());
  OpeningLedger ledger(*std::move(log));
  ledger.heads_.push_back(crypto::Digest());
  const Status read = ledger.log_->ReadRange(
      0, ledger.log_->next_sequence(), [&](const storage::LogRecord& record) -> Status {
        TS_ASSIGN_OR_RETURN(const auto parsed,
                            Parse<v1::LedgerRecord>(record.payload, storage::kMaxRecordBytes));
        return ledger.Apply(parsed, record.sequence + 1,
                            storage::NextHead(record.previous, record.sequence, record.payload));
      });
  if (!read.ok())
    return read.error().code() == Code::kUnavailable ? AsLedgers(read.error()) : Corrupt();
  return ledger;
}

Status OpeningLedger::Apply(const v1::LedgerRecord& record, std::uint64_t size,
                            const crypto::Digest& head) {
  heads_.push_back(head);
  switch (record.what_case()) {
    case v1::LedgerRecord::kOpening:
      by_job_[record.opening().job()] = {record.opening(), size, head, {}};
      return Ok();
    case v1::LedgerRecord::kResult: {
      const auto found = by_job_.find(record.result().job());
      if (found == by_job_.end()) return Corrupt();
      found->second.statistics_digest = record.result().statistics_digest();
      return Ok();
    }
    case v1::LedgerRecord::kAcceptance:
      accepted_.push_back(record.acceptance().mark());
      return Ok();
    default:
      return Corrupt();
  }
}

Status OpeningLedger::Append(const v1::LedgerRecord& record) {
  const Bytes payload = Serialise(record);
  const auto appended = log_->Append(std::span(&payload, 1));
  if (!appended.ok()) return AsLedgers(appended.error());
  return Apply(record, size(), head());
}

Result<std::optional<v1::Opening>> OpeningLedger::Find(const Subject& subject,
                                                       std::span<const SumToOpen> sums) const {
  const auto found = by_job_.find(Bytes(subject.job.view()));
  if (found == by_job_.end()) return std::optional<v1::Opening>();
  const Entry& entry = found->second;
  if (entry.opening.request_id() != subject.request_id ||
      ByteView(entry.opening.agreement_digest()) != subject.agreement.view() ||
      ByteView(entry.opening.release_digest()) != subject.release.view()) {
    return Spent("this agent has opened another table of the same request");
  }
  if (!SameCells(entry.opening, sums)) {
    return Spent("this agent has opened other sums for the same cells");
  }
  v1::Opening opening;
  opening.set_request_id(entry.opening.request_id());
  opening.set_job(entry.opening.job());
  opening.set_release_digest(entry.opening.release_digest());
  *opening.mutable_partials() = entry.opening.partials();
  opening.set_ledger_size(entry.size);
  opening.set_ledger_head(Bytes(entry.head.view()));
  return std::optional<v1::Opening>(std::move(opening));
}

Result<v1::Opening> OpeningLedger::Record(const Subject& subject, std::span<const SumToOpen> sums,
                                          std::span<const v1::SealedPartials> partials, Time now) {
  TS_ASSIGN_OR_RETURN(auto present, Find(subject, sums));
  if (present) return *std::move(present);
  v1::LedgerRecord record;
  v1::LedgerRecord::Opening* opening = record.mutable_opening();
  opening->set_request_id(subject.request_id);
  opening->set_job(Bytes(subject.job.view()));
  opening->set_agreement_digest(Bytes(subject.agreement.view()));
  opening->set_release_digest(Bytes(subject.release.view()));
  for (const SumToOpen& sum : sums) {
    v1::OpenedCell* cell = opening->add_cells();
    cell->set_measure(sum.measure);
    cell->set_cell(sum.cell);
    cell->set_ciphertexts_digest(Bytes(DigestOf(sum).view()));
  }
  for (const v1::SealedPartials& entry : partials) *opening->add_partials() = entry;
  opening->set_time(now.time_since_epoch().count());
  TS_RETURN_IF_ERROR(Append(record));
  TS_ASSIGN_OR_RETURN(present, Find(subject, sums));
  return *std::move(present);
}

Status OpeningLedger::RecordResult(const crypto::Digest& job, ByteView statistics) {
  const auto found = by_job_.find(Bytes(job.view()));
  if (found == by_job_.end()) return Spent("this agent has not opened the sums of this request");
  const crypto::Digest digest = crypto::Sha256(statistics);
  if (!found->second.statistics_digest.empty()) {
    if (ByteView(found->second.statistics_digest) == digest.view()) return Ok();
    return Spent("this agent has read other statistics from the same sums");
  }
  v1::LedgerRecord record;
  record.mutable_result()->set_job(Bytes(job.view()));
  record.mutable_result()->set_statistics_digest(Bytes(digest.view()));
  return Append(record);
}

Status OpeningLedger::CheckMark(const v1::LedgerMark& mark) const {
  if (mark.size() < heads_.size() && ByteView(mark.head()) == heads_[mark.size()].view()) {
    return Ok();
  }
  if (mark.size() == 0 && mark.head().empty()) return Ok();
  for (const v1::LedgerMark& known : accepted_) {
    if (known.size() == mark.size() && known.head() == mark.head()) return Ok();
  }
  return Error(Code::kFailedPrecondition, "ledger.rolled-back",
               "this home's ledger lacks openings that this institution has made: the home is an "
               "old copy, or another one is in use")
      .With("here", size())
      .With("at_the_matcher", mark.size())
      .Refused({"REL-LEDGER-ROLLBACK", std::nullopt,
                "the home that made them; or, when it is lost for good, a person's requests "
                "accept-ledger"});
}

Status OpeningLedger::Accept(const v1::LedgerMark& mark, Time now) {
  if (CheckMark(mark).ok()) return Ok();
  v1::LedgerRecord record;
  *record.mutable_acceptance()->mutable_mark() = mark;
  record.mutable_acceptance()->set_time(now.time_since_epoch().count());
  return Append(record);
}

}  // namespace tallystick::agents
