#include "tests/integration/simulation_oracle.h"

#include <utility>

#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "proto/log_leaf.h"

namespace tallystick::matcher {
namespace {

bool MayFollow(v1::AgreementPhase before, v1::AgreementPhase after) {
  if (before == after) return true;
  switch (before) {
    case v1::AGREEMENT_PHASE_UNSPECIFIED:
      return after == v1::AGREEMENT_PHASE_PROPOSED;
    case v1::AGREEMENT_PHASE_PROPOSED:
      return after == v1::AGREEMENT_PHASE_COMMITTED || after == v1::AGREEMENT_PHASE_REVOKED ||
             after == v1::AGREEMENT_PHASE_EXPIRED;
    case v1::AGREEMENT_PHASE_COMMITTED:
      return after == v1::AGREEMENT_PHASE_REVEALED || after == v1::AGREEMENT_PHASE_REVOKED ||
             after == v1::AGREEMENT_PHASE_EXPIRED;
    case v1::AGREEMENT_PHASE_REVEALED:
      return after == v1::AGREEMENT_PHASE_ACTIVE || after == v1::AGREEMENT_PHASE_REVOKED ||
             after == v1::AGREEMENT_PHASE_EXPIRED;
    case v1::AGREEMENT_PHASE_ACTIVE:
      return after == v1::AGREEMENT_PHASE_SUSPENDED || after == v1::AGREEMENT_PHASE_REVOKED ||
             after == v1::AGREEMENT_PHASE_EXPIRED || after == v1::AGREEMENT_PHASE_SUPERSEDED;
    case v1::AGREEMENT_PHASE_SUSPENDED:
      return after == v1::AGREEMENT_PHASE_ACTIVE || after == v1::AGREEMENT_PHASE_REVOKED ||
             after == v1::AGREEMENT_PHASE_EXPIRED || after == v1::AGREEMENT_PHASE_SUPERSEDED;
    case v1::AGREEMENT_PHASE_EXPIRED:
      return after == v1::AGREEMENT_PHASE_SUPERSEDED;
    default:
      return false;
  }
}

bool MayFollow(v1::RequestPhase before, v1::RequestPhase after) {
  if (before == after) return true;
  switch (before) {
    case v1::REQUEST_PHASE_UNSPECIFIED:
      return after == v1::REQUEST_PHASE_SUBMITTED || after == v1::REQUEST_PHASE_RELEASED;
    case v1::REQUEST_PHASE_SUBMITTED:
      return after == v1::REQUEST_PHASE_APPROVED || after == v1::REQUEST_PHASE_REFUSED;
    case v1::REQUEST_PHASE_APPROVED:
      return after == v1::REQUEST_PHASE_PROTECTED || after == v1::REQUEST_PHASE_REFUSED ||
             after == v1::REQUEST_PHASE_RELEASED;
    case v1::REQUEST_PHASE_PROTECTED:
      if (after == v1::REQUEST_PHASE_OPENED) return true;
      [[fallthrough]];
    case v1::REQUEST_PHASE_OPENED:
      return after == v1::REQUEST_PHASE_RELEASED || after == v1::REQUEST_PHASE_REFUSED;
    default:
      return false;
  }
}

bool MaySubmissionFollow(std::string_view before, std::string_view after) {
  if (before == after) return true;
  if (before.empty()) return after == "open";
  if (before == "open") {
    return after == "committed" || after == "withdrawn" || after == "destroyed";
  }
  if (before == "committed") {
    return after == "superseded" || after == "withdrawn" || after == "destroyed";
  }
  return before == "superseded" && (after == "withdrawn" || after == "destroyed");
}

// The state before and after a mutation; before is empty where there was none.
template <class State>
struct Change {
  State before, after;
};
template <class State>
Change<State> ChangeOf(const storage::View& view, const v1::MutationRecord& mutation) {
  Change<State> change;
  auto before = FindState<State>(view, mutation.key());
  if (before.ok() && *before) change.before = **std::move(before);
  auto after = Parse<State>(mutation.value(), kMaxStateBytes);
  if (after.ok()) change.after = *std::move(after);
  return change;
}

std::map<Bytes, Bytes> EntriesOf(const storage::View& view) {
  std::map<Bytes, Bytes> entries;
  const Status scanned = view.Scan("", [&](ByteView key, ByteView value) {
    entries.emplace(key, value);
    return true;
  });
  return scanned.ok() ? entries : std::map<Bytes, Bytes>();
}

}  // namespace

void SimulationOracle::Violated(std::string what) {
  if (violation_.empty()) violation_ = std::move(what);
}

void SimulationOracle::Follow(const SimulatedMatcher& matcher) {
  const Status read = matcher.log().ReadRange(tree_.size(), matcher.log().next_sequence(),
                                              [this](const storage::LogRecord& stored) -> Status {
                                                TakeRecord(stored);
                                                return Ok();
                                              });
  if (!read.ok()) Violated("the log cannot be read: " + read.error().ToString());
}

void SimulationOracle::CheckRestart(const SimulatedMatcher& matcher) {
  const storage::CommitLog& log = matcher.log();
  if (log.next_sequence() < tree_.size()) {
    return Violated("the log lost " + std::to_string(tree_.size() - log.next_sequence()) +
                    " records that it had");
  }
  const bool same = log.next_sequence() == tree_.size();
  const auto next =
      same ? Result<storage::LogRecord>(storage::LogRecord()) : log.Read(tree_.size());
  if (!next.ok() || (same ? log.head() : next->previous) != head_) {
    return Violated("the log has another history than before the restart");
  }
  Follow(matcher);
  CompareViews(matcher.view());
  CheckChunks(matcher.chunks());
  for (const auto& [what, effect] : effects_) {
    if (!effect(model_)) return Violated("acknowledged and lost: " + what);
  }
  if (matcher.tree().size() != tree_.size() || matcher.tree().Root() != tree_.Root()) {
    Violated("the matcher's tree is not that of the log");
  }
  for (const auto& [size, root] : witnessed_) {
    if (size > matcher.tree().size() || matcher.tree().RootAt(size) != root) {
      return Violated("a witnessed checkpoint of size " + std::to_string(size) +
                      " is not in the log any more");
    }
  }
  if (!witnessed_.empty()) {
    const auto& [size, root] = *witnessed_.rbegin();
    const auto proof = matcher.tree().ConsistencyProof(size, tree_.size());
    if (size > 0 &&
        !crypto::VerifyConsistency(size, root, tree_.size(), tree_.Root(), proof).ok()) {
      Violated("the log cannot prove that it extends what was witnessed");
    }
  }
}

void SimulationOracle::Acknowledged(const std::string& client, const std::string& idempotency_id,
                                    const Bytes& answer, Effect effect) {
  const auto [known, first] = answers_.emplace(client + " " + idempotency_id, answer);
  if (known->second != answer) Violated("a request sent again by " + client + " got other bytes");
  const auto stored = FindState<v1::Answer>(model_, AnswerViewKey(client, idempotency_id));
  if (stored.ok() && *stored && (*stored)->body() != answer) {
    Violated("the answer in the log is another than " + client + " got");
  }
  if (!first) return;
  if (!effect(model_)) return Violated("acknowledged to " + client + " and not in the log");
  effects_.emplace_back(known->first, std::move(effect));
}

void SimulationOracle::Witnessed(std::uint64_t size, const crypto::Digest& root) {
  const auto [known, first] = witnessed_.emplace(size, root);
  if (known->second != root) Violated("two checkpoints of one size differ");
  if (size != witnessed_.rbegin()->first) Violated("the log shrank");
}

void SimulationOracle::TakeRecord(const storage::LogRecord& stored) {
  if (stored.sequence != tree_.size() || stored.previous != head_) {
    return Violated("the records of the log are not chained");
  }
  const auto record = Parse<v1::Record>(stored.payload, kMaxStateBytes);
  if (!record.ok()) return Violated("a record cannot be parsed");
  CheckOnce(*record);
  for (const v1::MutationRecord& mutation : record->mutations()) CheckMutation(*record, mutation);
  const Status applied = model_.Apply(stored.sequence + 1, MutationsOf(*record));
  if (!applied.ok()) Violated("the model cannot follow");
  if (record->event().starts_with("agreement.")) CheckVersions();
  tree_.Append(LeafHashOfRecord(*record, stored.sequence, stored.payload));
  head_ = storage::NextHead(head_, stored.sequence, stored.payload);
}

void SimulationOracle::CheckOnce(const v1::Record& record) {
  std::string what;
  for (const std::string_view once :
       {"member.enrolled", "member.invited", "agreement.proposed", "agreement.activated",
        "agreement.revoked", "submission.opened", "submission.committed", "submission.withdrawn",
        "submission.destroyed", "request.submitted", "request.protected", "release.published"}) {
    if (record.event() == once) what = record.event() + " " + record.subject_id();
  }
  for (const std::string_view once :
       {"agreement.signed", "agreement.revealed", "agreement.confirmed", "request.approved",
        "request.denied", "release.signed"}) {
    if (record.event() == once) {
      what = record.event() + " " + record.subject_id() + " by " + record.actor();
    }
  }
  // A member may be invited again, but not with the same secret.
  if (record.event() == "member.invited") what += " with " + ToHex(record.subject());
  if (!what.empty() && !happened_.insert(what).second) Violated("happened twice: " + what);
}

void SimulationOracle::CheckMutation(const v1::Record& record, const v1::MutationRecord& mutation) {
  const ByteView key = mutation.key();
  const std::string what = record.event() + " of " + std::string(key) + ": ";
  if (key.starts_with("answer/") || key.starts_with("definition/") || key.starts_with("refused/")) {
    const auto before = model_.Get(key);
    if (before.ok() && *before) Violated(what + "it is set a second time");
  } else if (key.starts_with("agreement/")) {
    const auto change = ChangeOf<v1::AgreementState>(model_, mutation);
    if (!MayFollow(change.before.phase(), change.after.phase())) {
      Violated(what + v1::AgreementPhase_Name(change.before.phase()) + " to " +
               v1::AgreementPhase_Name(change.after.phase()));
    }
    if (change.before.transitions_size() > change.after.transitions_size() ||
        change.before.commitments_size() > change.after.commitments_size()) {
      Violated(what + "messages are gone");
    }
  } else if (key.starts_with("request/")) {
    const auto change = ChangeOf<v1::RequestState>(model_, mutation);
    if (!MayFollow(change.before.phase(), change.after.phase())) {
      Violated(what + v1::RequestPhase_Name(change.before.phase()) + " to " +
               v1::RequestPhase_Name(change.after.phase()));
    }
    if (record.event() == "release.published" && change.after.release_sequence() != tree_.size()) {
      Violated(what + "it names another place in the log");
    }
  } else if (key.starts_with("submission/")) {
    const auto change = ChangeOf<v1::SubmissionState>(model_, mutation);
    if (!MaySubmissionFollow(change.before.phase(), change.after.phase())) {
      Violated(what + change.before.phase() + " to " + change.after.phase());
    }
    if (!change.before.destruction().empty() &&
        change.after.destruction() != change.before.destruction()) {
      Violated(what + "its certificate changes");
    }
    if (record.event() == "submission.committed" && change.after.phase() == "committed" &&
        change.after.commit_sequence() != tree_.size()) {
      Violated(what + "it names another place in the log");
    }
  } else if (key.starts_with("invitation/")) {
    const auto change = ChangeOf<v1::InvitationState>(model_, mutation);
    if (change.before.used() && !change.after.used()) Violated(what + "it is fresh again");
  }
}

void SimulationOracle::ChunkAcknowledged(const ChunkUpload& upload) {
  chunks_.emplace(upload.submission_id_hex, crypto::Sha256(upload.plaintext));
}

void SimulationOracle::CheckVersions() {
  std::set<std::string> chains;
  const Status scanned = ScanStates<v1::AgreementState>(
      model_, "agreement/", [&](const v1::AgreementState& agreement) {
        const bool in_force = agreement.phase() == v1::AGREEMENT_PHASE_ACTIVE ||
                              agreement.phase() == v1::AGREEMENT_PHASE_SUSPENDED;
        if (in_force && !chains.insert(agreement.chain_digest()).second) {
          Violated("two versions of an agreement are in force");
        }
        return true;
      });
  if (!scanned.ok()) Violated("the model cannot be read");
}

void SimulationOracle::CheckChunks(const storage::ChunkStore& chunks) {
  auto expected = chunks_;
  const Status scanned = ScanStates<v1::SubmissionState>(
      model_, "submission/", [&](const v1::SubmissionState& submission) {
        if (submission.committed() == 0) return true;
        const auto manifest = ManifestOf(submission);
        if (!manifest.ok()) return true;
        for (const v1::ChunkDescription& chunk : manifest->chunks()) {
          expected.emplace(submission.id(), crypto::Digest::FromBytes(chunk.address()).value());
        }
        return true;
      });
  if (!scanned.ok()) Violated("the model cannot be read");
  for (const auto& [id, address] : expected) {
    if (!chunks.Get(SpaceOf(id), address, SimulatedMatcher::DataKey()).ok()) {
      return Violated("a chunk of submission " + id + " is lost");
    }
  }
}

void SimulationOracle::CompareViews(const storage::View& view) {
  const std::map<Bytes, Bytes> expected = EntriesOf(model_);
  const std::map<Bytes, Bytes> actual = EntriesOf(view);
  if (expected == actual) return;
  for (const auto& [key, value] : expected) {
    const auto found = actual.find(key);
    if (found == actual.end()) return Violated("the view lacks " + key);
    if (found->second != value) return Violated("the view has another value at " + key);
  }
  Violated("the view has entries that the log does not explain");
}

}  // namespace tallystick::matcher
