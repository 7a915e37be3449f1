#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "matcher/audit/refusal_counter.h"
#include "matcher/registry/registry.h"
#include "matcher/release/pipeline.h"
#include "storage/chunk_store.h"
#include "storage/data_keys.h"
#include "tests/support/protocol_cast.h"
#include "tests/support/simulated_file_system.h"

namespace tallystick::matcher {

// ReleaseWorld is what the release pipeline works on, on a disk in memory: an active agreement,
// csun's submission 1 and lausd's submission 2 committed with all of their chunks, of kRows rows
// each. No row of one is linked to a row of the other.
//
// Thread safety: none, but the pipeline may run beside it.
class ReleaseWorld {
 public:
  static constexpr std::uint32_t kRows = 240;

  ReleaseWorld();

  static const Cast& TheCast();
  static ManifestFacts FactsOf(std::uint64_t number);

  Result<Bytes> Do(std::string_view actor, decltype(Event::what) what);
  void Must(std::string_view actor, decltype(Event::what) what);

  // pgarcia's request, as it stands then.
  v1::RequestState Ask(std::string_view output, std::string_view nonce,
                       std::string_view filter = "");
  // The same, approved by both.
  v1::RequestState Approved(std::string_view output, std::string_view nonce);
  v1::RequestState Reload(const v1::RequestState& request) const;

  PipelineParts Parts();
  Registry& registry() { return *registry_; }
  storage::ChunkStore& chunks() { return *chunks_; }
  storage::DataKeys& data_keys() { return *data_keys_; }
  ManualClock& clock() { return clock_; }
  RefusalCounter& refusals() { return refusals_; }

 private:
  void Upload(std::uint64_t number);

  ManualClock clock_;
  storage::SimulatedFileSystem disk_;
  std::unique_ptr<storage::ChunkStore> chunks_;
  std::unique_ptr<storage::DataKeys> data_keys_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<DataDestruction> destruction_;
  RefusalCounter refusals_;
};

}  // namespace tallystick::matcher
