#include "matcher/registry/commit_batch.h"

#include <iterator>
#include <utility>

#include "base/log.h"
#include "proto/codec.h"
#include "storage/overlay_view.h"

namespace tallystick::matcher {
namespace {

Error TooLarge(std::size_t size_bytes) {
  return Error(Code::kExhausted, "registry.record-too-large",
               "what this would leave in the log is over the limit of a record")
      .With("size_bytes", size_bytes)
      .With("limit_bytes", storage::kMaxRecordBytes);
}

}  // namespace

Result<CommittedBatch> CommitBatch(storage::CommitLog& log, storage::MutableView& view,
                                   const MatcherIdentity& matcher, std::span<Event> events,
                                   const OnDurable& on_durable) {
  CommittedBatch batch;
  std::vector<Bytes> payloads;
  std::vector<v1::Record> records;
  storage::OverlayView overlay(view);
  for (Event& event : events) {
    event.sequence = log.next_sequence() + payloads.size();
    Result<Outcome> outcome = Step(overlay, matcher, event);
    if (!outcome.ok()) {
      batch.answers.emplace_back(std::move(outcome).error());
      continue;
    }
    if (outcome->record) {
      Bytes payload = Serialise(*outcome->record);
      if (payload.size() > storage::kMaxRecordBytes) {
        batch.answers.emplace_back(TooLarge(payload.size()));
        continue;
      }
      std::vector<storage::Mutation> effects = MutationsOf(*outcome->record);
      overlay.Add(effects);
      std::move(effects.begin(), effects.end(), std::back_inserter(batch.mutations));
      payloads.push_back(std::move(payload));
      records.push_back(*std::move(outcome->record));
    }
    if (outcome->refused) {
      batch.answers.emplace_back(*std::move(outcome->refused));
    } else {
      batch.answers.emplace_back(std::move(outcome->answer));
    }
  }
  if (payloads.empty()) return batch;

  TS_RETURN_IF_ERROR(view.CheckSpace());
  TS_ASSIGN_OR_RETURN(const std::uint64_t first, log.Append(payloads));
  for (std::size_t i = 0; i < records.size(); ++i) on_durable(records[i], first + i, payloads[i]);
  const Status applied = view.Apply(first + payloads.size(), batch.mutations);
  if (!applied.ok()) {
    // Never kExhausted: the records are durable, and the next start replays them.
    LogError(Level::kError, "registry.view-failed", applied.error());
    return Error(Code::kUnavailable, "registry.view-failed", "the view could not follow the log");
  }
  return batch;
}

}  // namespace tallystick::matcher
