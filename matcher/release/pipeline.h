// The release pipeline: link, tally, protect. It takes requests that every party has approved and
// turns each into a table that waits for signatures, or into a refusal.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "matcher/audit/refusal_counter.h"
#include "matcher/registry/data_destruction.h"
#include "matcher/registry/registry.h"
#include "storage/chunk_store.h"
#include "storage/data_keys.h"

namespace tallystick::matcher {

struct PipelineLimits {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
  unsigned thread_count = 0;  // 0: every core
  std::chrono::milliseconds disclosure_time{60'000};
};

// All of it outlives the pipeline.
struct PipelineParts {
  Registry* registry = nullptr;
  storage::ChunkStore* chunks = nullptr;
  storage::DataKeys* data_keys = nullptr;
  DataDestruction* destruction = nullptr;
  const Clock* clock = nullptr;
  RefusalCounter* refusals = nullptr;
  PipelineLimits limits;
};

// Pipeline works on a thread of its own, one request after the other; what it does is recomputed
// from durable state after a crash. Linkages are kept in memory for the last few pairs of
// submissions. It also records, once a minute, agreements whose term is over and who was refused,
// and destroys the data of what was withdrawn or revoked.
//
// Thread safety: Wake() from any thread.
class Pipeline {
 public:
  explicit Pipeline(const PipelineParts& parts);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Tells it that there may be work.
  void Wake();
  // Cancels what runs and waits for it, then records who was refused since the last minute. Nothing
  // is left half done.
  void Stop();

 private:
  class Worker;

  void Loop(std::stop_token stop);

  PipelineParts parts_;
  std::unique_ptr<Worker> worker_;
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool work_ = true;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace tallystick::matcher
