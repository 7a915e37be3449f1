#include "tests/integration/simulated_matcher.h"

#include <utility>

#include "matcher/registry/commit_batch.h"
#include "matcher/registry/registry.h"
#include "matcher/registry/state_reader.h"
#include "proto/log_leaf.h"
#include "storage/reconcile.h"
#include "tests/support/forwarding_file_system.h"
#include "tests/support/protocol_cast.h"

namespace tallystick::matcher {
namespace {

constexpr std::string_view kLogDirectory = "/log";

// Small, so that a run crosses several segments.
storage::CommitLogOptions LogOptions() {
  storage::CommitLogOptions options;
  options.segment_bytes = 256 * 1024;
  return options;
}

// Says yes to every sync and does nothing.
class UnsyncedFileSystem final : public storage::ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;
  SyncFate BeforeSync() override { return SyncFate::kPretended; }
};

Result<std::vector<storage::Mutation>> Decode(const storage::LogRecord& record,
                                              const storage::View&) {
  return MutationsOfPayload(record.payload);
}

}  // namespace

Status FlakyView::Apply(std::uint64_t next_sequence, std::span<const storage::Mutation> mutations) {
  if (std::exchange(fail_next_, false)) {
    return Error(Code::kUnavailable, "storage.io", "the simulated view cannot be written");
  }
  return memory_.Apply(next_sequence, mutations);
}

SimulatedMatcher::SimulatedMatcher(std::uint64_t seed, Mutant mutant)
    : mutant_(mutant), disk_(seed) {
  if (mutant_ == Mutant::kSkipsSync) lying_disk_ = std::make_unique<UnsyncedFileSystem>(disk_);
}

SimulatedMatcher::~SimulatedMatcher() = default;

Status SimulatedMatcher::Start() {
  storage::FileSystem& files = lying_disk_ ? *lying_disk_ : disk_;
  TS_ASSIGN_OR_RETURN(log_, storage::CommitLog::Open(files, kLogDirectory, LogOptions()));
  if (view_ == nullptr) view_ = std::make_unique<FlakyView>();
  if (mutant_ == Mutant::kLosesViewMutations && view_->applied() > 0) {
    TS_RETURN_IF_ERROR(view_->Apply(std::max(view_->applied(), log_->next_sequence()), {}));
  } else {
    TS_RETURN_IF_ERROR(storage::ReconcileView(*log_, *view_, Decode));
  }
  tree_ = crypto::MerkleTree();
  TS_RETURN_IF_ERROR(
      log_->ReadRange(0, log_->next_sequence(), [this](const storage::LogRecord& stored) -> Status {
        TS_ASSIGN_OR_RETURN(const auto record, Parse<v1::Record>(stored.payload, kMaxStateBytes));
        tree_.Append(LeafHashOfRecord(record, stored.sequence, stored.payload));
        return Ok();
      }));
  running_ = true;
  return Ok();
}

void SimulatedMatcher::Stop(ViewFate fate) {
  running_ = false;
  log_.reset();
  late_payloads_.clear();
  if (fate == ViewFate::kLost) view_.reset();
}

void SimulatedMatcher::Kill(ViewFate fate) {
  disk_.Restart();
  Stop(fate);
}

void SimulatedMatcher::CutPower(ViewFate fate) {
  disk_.PowerCut();
  Stop(fate);
}

std::optional<std::vector<Result<Bytes>>> SimulatedMatcher::Handle(std::vector<Event> events) {
  if (mutant_ == Mutant::kForgetsIdempotency) {
    for (Event& event : events) event.idempotency_id.clear();
  }
  if (mutant_ == Mutant::kAnswersBeforeDurable) return AnswerBeforeDurable(std::move(events));
  const auto append_leaf = [this](const v1::Record& record, std::uint64_t sequence,
                                  ByteView payload) {
    tree_.Append(LeafHashOfRecord(record, sequence, payload));
  };
  Result<CommittedBatch> batch = CommitBatch(*log_, *view_, Cast::Matcher(), events, append_leaf);
  if (batch.ok()) return std::move(batch->answers);
  if (batch.error().code() != Code::kExhausted) {
    running_ = false;
    return std::nullopt;
  }
  return std::vector<Result<Bytes>>(events.size(), Result<Bytes>(Error(batch.error())));
}

std::optional<std::vector<Result<Bytes>>> SimulatedMatcher::AnswerBeforeDurable(
    std::vector<Event> events) {
  if (!late_payloads_.empty() && !log_->Append(std::exchange(late_payloads_, {})).ok()) {
    running_ = false;
    return std::nullopt;
  }
  std::vector<Result<Bytes>> answers;
  for (Event& event : events) {
    event.sequence = log_->next_sequence() + late_payloads_.size();
    Result<Outcome> outcome = Step(*view_, Cast::Matcher(), event);
    if (outcome.ok() && outcome->record) {
      late_payloads_.push_back(Serialise(*outcome->record));
      if (!view_->Apply(event.sequence + 1, MutationsOf(*outcome->record)).ok()) {
        running_ = false;
        return std::nullopt;
      }
      tree_.Append(LeafHashOfRecord(*outcome->record, event.sequence, late_payloads_.back()));
    }
    answers.push_back(outcome.ok() ? Result<Bytes>(std::move(outcome->answer))
                                   : Result<Bytes>(std::move(outcome).error()));
  }
  return answers;
}

}  // namespace tallystick::matcher
