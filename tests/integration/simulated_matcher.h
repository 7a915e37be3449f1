#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/merkle.h"
#include "matcher/registry/step.h"
#include "storage/chunk_store.h"
#include "storage/commit_log.h"
#include "storage/memory_view.h"
#include "tests/support/simulated_file_system.h"

namespace tallystick::matcher {

// Deliberate faults, to see that the simulation would notice them.
enum class Mutant {
  kNone,
  kAnswersBeforeDurable,  // the answer leaves before the record is in the log
  kForgetsIdempotency,    // a request sent again is decided again
  kSkipsSync,             // fdatasync does nothing: libeatmydata
  kLosesViewMutations,    // a restart takes the view for complete
  kForgetsToSupersede,    // an amendment leaves the version before in force
  kKeepsInvitations,      // an invitation is as good as new after it was used
  kSkipsChunkSync,        // chunks are acknowledged before they are on the disk
  kCommitsWithoutChunks,  // a submission is committed whatever was uploaded
};

// ChunkUpload is a chunk on its way: of which submission, and its plaintext.
struct ChunkUpload {
  std::string submission_id_hex;
  Bytes plaintext;
};

// FlakyView is a view in memory that can fail to follow the log, like one on a disk.
class FlakyView final : public storage::MutableView {
 public:
  void FailNextApply() { fail_next_ = true; }

  Result<std::optional<Bytes>> Get(ByteView key) const override { return memory_.Get(key); }
  Status Scan(ByteView prefix, const Visit& visit) const override {
    return memory_.Scan(prefix, visit);
  }
  Status Apply(std::uint64_t next_sequence, std::span<const storage::Mutation> mutations) override;
  std::uint64_t applied() const override { return memory_.applied(); }

 private:
  storage::MemoryView memory_;
  bool fail_next_ = false;
};

// SimulatedMatcher is the matcher's process around the protocol core: log, view, Merkle tree and
// chunks, on a disk that can lose what was not synced. All chunks have one data key. It can die in
// the middle of anything; Start() is what the real one does when it starts.
//
// Thread safety: none.
class SimulatedMatcher {
 public:
  SimulatedMatcher(std::uint64_t seed, Mutant mutant);
  ~SimulatedMatcher();

  // Opens what the disk has. An error other than a lost disk means that the store is broken.
  Status Start();
  bool running() const { return running_; }

  // kill -9; whether the view (which has its own files) survives is up to the caller.
  enum class ViewFate { kSurvives, kLost };
  void Kill(ViewFate fate);
  void CutPower(ViewFate fate);

  // One chunk of an open submission arrives. nullopt: the process ended itself meanwhile.
  std::optional<Status> PutChunk(const ChunkUpload& upload);

  // Decides a batch, on behalf of the service. nullopt: the process ended itself meanwhile, and
  // nobody gets an answer.
  std::optional<std::vector<Result<Bytes>>> Handle(std::vector<Event> events);

  const storage::CommitLog& log() const { return *log_; }
  const storage::MutableView& view() const { return *view_; }
  const crypto::MerkleTree& tree() const { return tree_; }
  const storage::ChunkStore& chunks() const { return *chunks_; }
  static const crypto::SecretBytes<32>& DataKey();
  storage::SimulatedFileSystem& disk() { return disk_; }
  FlakyView& flaky_view() { return *view_; }

 private:
  std::optional<std::vector<Result<Bytes>>> AnswerBeforeDurable(std::vector<Event> events);
  std::optional<std::vector<Result<Bytes>>> DecideTampered(std::vector<Event> events);
  std::optional<std::vector<Result<Bytes>>> Decide(std::vector<Event> events);
  Status RequireChunks(const Event& event) const;
  bool Loses(const v1::Record& record, const v1::MutationRecord& mutation) const;
  void Stop(ViewFate fate);

  const Mutant mutant_;
  storage::SimulatedFileSystem disk_;
  std::unique_ptr<storage::FileSystem> lying_disk_;  // of kSkipsSync, kSkipsChunkSync
  std::unique_ptr<storage::CommitLog> log_;
  std::unique_ptr<storage::ChunkStore> chunks_;
  std::unique_ptr<FlakyView> view_;
  crypto::MerkleTree tree_;
  std::vector<Bytes> late_payloads_;  // of kAnswersBeforeDurable
  bool running_ = false;
};

}  // namespace tallystick::matcher
