#include "tests/integration/simulated_matcher.h"

#include <utility>

#include "matcher/registry/commit_batch.h"
#include "matcher/registry/registry.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "matcher/registry/view_keys.h"
#include "proto/log_leaf.h"
#include "storage/reconcile.h"
#include "tests/support/forwarding_file_system.h"
#include "tests/support/protocol_cast.h"

namespace tallystick::matcher {
namespace {

constexpr std::string_view kLogDirectory = "/log";
constexpr std::string_view kChunkDirectory = "/chunks";

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

// What whoever sent the event is told.
Result<Bytes> AnswerOf(Result<Outcome> outcome) {
  if (!outcome.ok()) return std::move(outcome).error();
  if (outcome->refused) return *std::move(outcome->refused);
  return std::move(outcome->answer);
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
  if (mutant_ == Mutant::kSkipsSync || mutant_ == Mutant::kSkipsChunkSync)
    lying_disk_ = std::make_unique<UnsyncedFileSystem>(disk_);
}

SimulatedMatcher::~SimulatedMatcher() = default;

Status SimulatedMatcher::Start() {
  storage::FileSystem& honest = disk_;
  storage::FileSystem& log_files = mutant_ == Mutant::kSkipsSync ? *lying_disk_ : honest;
  storage::FileSystem& chunk_files = lying_disk_ ? *lying_disk_ : honest;
  TS_ASSIGN_OR_RETURN(log_, storage::CommitLog::Open(log_files, kLogDirectory, LogOptions()));
  TS_ASSIGN_OR_RETURN(chunks_, storage::ChunkStore::Open(chunk_files, kChunkDirectory));
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
  chunks_.reset();
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

const crypto::SecretBytes<32>& SimulatedMatcher::DataKey() {
  static const auto* const key =
      new crypto::SecretBytes<32>(crypto::SecretBytes<32>::FromBytes(Bytes(32, 'k')).value());
  return *key;
}

std::optional<Status> SimulatedMatcher::PutChunk(const ChunkUpload& upload) {
  const crypto::Digest address = crypto::Sha256(upload.plaintext);
  const Status put =
      chunks_->Put(SpaceOf(upload.submission_id_hex), address, DataKey(), upload.plaintext);
  if (put.ok() || put.error().code() == Code::kExhausted) return put;
  running_ = false;
  return std::nullopt;
}

// As the service does before it lets a commit into the protocol core.
Status SimulatedMatcher::RequireChunks(const Event& event) const {
  const auto* commit = std::get_if<CommitSubmissionEvent>(&event.what);
  if (commit == nullptr || mutant_ == Mutant::kCommitsWithoutChunks) return Ok();
  TS_ASSIGN_OR_RETURN(const auto submission,
                      FindState<v1::SubmissionState>(*view_, SubmissionViewKey(commit->id_hex)));
  // It may be opened in this very batch: nothing of it can be there.
  if (!submission) return Error(Code::kNotFound, "submission.unknown", "no such submission");
  // What is no longer open is the core's to answer.
  if (submission->phase() != "open") return Ok();
  TS_ASSIGN_OR_RETURN(const v1::Manifest manifest, ManifestOf(*submission));
  for (const v1::ChunkDescription& chunk : manifest.chunks()) {
    TS_ASSIGN_OR_RETURN(const auto address, crypto::Digest::FromBytes(chunk.address()));
    if (chunks_->Has(SpaceOf(commit->id_hex), address)) continue;
    return Error(Code::kFailedPrecondition, "submission.incomplete", "chunks are missing");
  }
  return Ok();
}

std::optional<std::vector<Result<Bytes>>> SimulatedMatcher::Handle(std::vector<Event> events) {
  std::vector<Result<Bytes>> answers;
  std::vector<Event> complete;
  std::vector<std::size_t> places;  // of `complete` in `answers`
  for (Event& event : events) {
    const Status there = RequireChunks(event);
    if (there.ok()) {
      places.push_back(answers.size());
      answers.emplace_back(Bytes());
      complete.push_back(std::move(event));
    } else {
      answers.emplace_back(there.error());
    }
  }
  auto decided = Decide(std::move(complete));
  if (!decided) return std::nullopt;
  for (std::size_t i = 0; i < places.size(); ++i) answers[places[i]] = std::move((*decided)[i]);
  return answers;
}

std::optional<std::vector<Result<Bytes>>> SimulatedMatcher::Decide(std::vector<Event> events) {
  if (mutant_ == Mutant::kForgetsIdempotency) {
    for (Event& event : events) event.idempotency_id.clear();
  }
  if (mutant_ == Mutant::kAnswersBeforeDurable) return AnswerBeforeDurable(std::move(events));
  if (mutant_ == Mutant::kForgetsToSupersede || mutant_ == Mutant::kKeepsInvitations) {
    return DecideTampered(std::move(events));
  }
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
    answers.push_back(AnswerOf(std::move(outcome)));
  }
  return answers;
}

// Whether the mutant loses this change of a record.
bool SimulatedMatcher::Loses(const v1::Record& record, const v1::MutationRecord& mutation) const {
  if (mutant_ == Mutant::kKeepsInvitations) {
    return record.event().starts_with("member.enrolled") &&
           mutation.key().starts_with("invitation/");
  }
  if (!mutation.key().starts_with("agreement/")) return false;
  const auto agreement = Parse<v1::AgreementState>(mutation.value(), kMaxStateBytes);
  return agreement.ok() && agreement->phase() == v1::AGREEMENT_PHASE_SUPERSEDED;
}

std::optional<std::vector<Result<Bytes>>> SimulatedMatcher::DecideTampered(
    std::vector<Event> events) {
  std::vector<Result<Bytes>> answers;
  for (Event& event : events) {
    event.sequence = log_->next_sequence();
    Result<Outcome> outcome = Step(*view_, Cast::Matcher(), event);
    if (outcome.ok() && outcome->record) {
      v1::Record record = *outcome->record;
      record.clear_mutations();
      for (const v1::MutationRecord& mutation : outcome->record->mutations()) {
        if (!Loses(record, mutation)) *record.add_mutations() = mutation;
      }
      const Bytes payload = Serialise(record);
      const auto appended = log_->Append(std::vector<Bytes>{payload});
      if (!appended.ok() && appended.error().code() == Code::kExhausted) {
        answers.emplace_back(appended.error());
        continue;
      }
      if (!appended.ok() || !view_->Apply(event.sequence + 1, MutationsOf(record)).ok()) {
        running_ = false;
        return std::nullopt;
      }
      tree_.Append(LeafHashOfRecord(record, event.sequence, payload));
    }
    answers.push_back(AnswerOf(std::move(outcome)));
  }
  return answers;
}

}  // namespace tallystick::matcher
