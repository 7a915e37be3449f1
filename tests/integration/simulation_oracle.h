#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/merkle.h"
#include "matcher/registry/step.h"
#include "storage/memory_view.h"
#include "tests/integration/simulated_matcher.h"

namespace tallystick::matcher {

// SimulationOracle remembers what was promised and looks for broken promises. It follows the log
// record by record, keeping its own view and tree, and never trusts the matcher's.
//
//  - what was acknowledged is in the log, once, and stays there
//  - a request that is sent again gets the same bytes
//  - the log only grows: nothing that was in it, or in a checkpoint, changes
//  - the matcher's view is what the log's records add up to
//  - agreements, submissions, requests and members only move along their allowed transitions
//  - one version of an agreement's chain is in force
//  - an acknowledged chunk, and every chunk of a committed submission, can be read
//  - a submission is committed once, a question over the same submissions is released once
//
// Thread safety: none.
class SimulationOracle {
 public:
  // The matcher has committed a batch: reads what is new in its log.
  void Follow(const SimulatedMatcher& matcher);
  // The matcher has started again: the log must go on from what was there, and view and tree must
  // agree with it.
  void CheckRestart(const SimulatedMatcher& matcher);

  // A client got this answer to the request with this id: `effect` must hold from now on, in what
  // the log adds up to.
  using Effect = std::function<bool(const storage::View&)>;
  void Acknowledged(const std::string& client, const std::string& idempotency_id,
                    const Bytes& answer, Effect effect);
  // A client was told that this chunk is there.
  void ChunkAcknowledged(const ChunkUpload& upload);
  // Somebody saw the log's checkpoint.
  void Witnessed(std::uint64_t size, const crypto::Digest& root);

  void Violated(std::string what);
  // The first broken promise, or "".
  const std::string& violation() const { return violation_; }
  std::uint64_t record_count() const { return tree_.size(); }

 private:
  void TakeRecord(const storage::LogRecord& stored);
  void CheckMutation(const v1::Record& record, const v1::MutationRecord& mutation);
  void CheckOnce(const v1::Record& record);
  void CheckVersions();
  void CheckChunks(const storage::ChunkStore& chunks);
  void CompareViews(const storage::View& view);

  std::string violation_;
  storage::MemoryView model_;
  crypto::MerkleTree tree_;
  crypto::Digest head_;                                  // of the log, after the records seen
  std::map<std::string, Bytes> answers_;                 // by client and id, what clients were told
  std::map<std::uint64_t, crypto::Digest> witnessed_;    // roots by size
  std::vector<std::pair<std::string, Effect>> effects_;  // by client and id
  std::set<std::pair<std::string, crypto::Digest>> chunks_;  // acknowledged, by submission
  std::set<std::string> happened_;                           // what may happen once
};

}  // namespace tallystick::matcher
