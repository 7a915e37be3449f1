// The effect of a withdrawal, a revocation or an expiry, and the log entry that certifies it.
#pragma once

#include <mutex>
#include <span>
#include <string>

#include "base/result.h"
#include "matcher/registry/registry.h"
#include "storage/chunk_store.h"
#include "storage/data_keys.h"

namespace tallystick::matcher {

// DataDestruction destroys the data of submissions that are withdrawn or whose agreement is over.
// There is one for a store: two that remove the same chunks would see each other's half done work.
//
// Thread safety: any thread; one call after the other.
class DataDestruction {
 public:
  // All of it outlives the object.
  DataDestruction(Registry& registry, storage::DataKeys& data_keys, storage::ChunkStore& chunks)
      : registry_(registry), data_keys_(data_keys), chunks_(chunks) {}

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
  std::mutex mutex_;
};

}  // namespace tallystick::matcher
