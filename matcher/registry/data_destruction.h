// The chunks of submissions, until a withdrawal, a revocation or an expiry destroys them, and the
// log entry that certifies it.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>

#include "base/result.h"
#include "crypto/hash.h"
#include "matcher/registry/registry.h"
#include "storage/chunk_store.h"
#include "storage/data_keys.h"

namespace tallystick::matcher {

// DataDestruction destroys the data of submissions that are withdrawn or whose agreement is over,
// and is the only way to add to them: an upload that was under way when its submission was
// withdrawn must not bring back what was certified as destroyed. There is one for a store.
//
// Thread safety: any thread. One Destroy() waits for the other, and for those Store() of its
// submissions that began before it.
class DataDestruction {
 public:
  // All of it outlives the object.
  DataDestruction(Registry& registry, storage::DataKeys& data_keys, storage::ChunkStore& chunks)
      : registry_(registry), data_keys_(data_keys), chunks_(chunks) {}

  // Store stores a chunk of the submission `id` (hex) under its data key, which it makes where
  // there is none. Fails as DataKeys::Create and ChunkStore::Put, and with kFailedPrecondition
  // "submission.closed" once Destroy() was called for the submission.
  Status Store(const std::string& id, const crypto::Digest& address, ByteView plaintext);

  // Destroy destroys the data keys of submissions, then records each destruction in the log
  // (DestroyedEvent), then removes their chunks, which nobody can read any more. Repeating it is
  // fine: a key that is gone stays gone, and each submission has one record. After an error it must
  // be called again for the same submissions; what was done until then stays done.
  //
  // REQUIRES: `ids` (hex) are submissions that are IsGone() in the registry's view, durably.
  // Cost: one rewrite of the key store, and one fdatasync a submission.
  Status Destroy(std::span<const std::string> ids);

 private:
  Registry& registry_;
  storage::DataKeys& data_keys_;
  storage::ChunkStore& chunks_;
  std::mutex destroying_;  // held for as long as it takes, before mutex_

  std::mutex mutex_;
  std::condition_variable stored_;
  std::map<std::string, int> storing_counts_;  // by submission, of those under way
  std::set<std::string> gone_;                 // since the process began: about 100 bytes each
};

}  // namespace tallystick::matcher
