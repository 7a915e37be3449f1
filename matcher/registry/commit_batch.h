// What happens to a batch of events: decided, made durable, made visible, in this order and on one
// thread. Registry runs it on a thread of its own; the simulation runs it on a simulated disk.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "matcher/registry/step.h"
#include "storage/commit_log.h"
#include "storage/view.h"

namespace tallystick::matcher {

// Called for each record of a batch, in order, once the log has them all and before the view shows
// any of them: whoever finds a record's effect in the view can then prove the record.
using OnDurable =
    std::function<void(const v1::Record& record, std::uint64_t sequence, ByteView payload)>;

struct CommittedBatch {
  std::vector<Result<Bytes>> answers;        // one for each event, in their order
  std::vector<storage::Mutation> mutations;  // what the view was told
};

// CommitBatch decides `events` one after the other, each seeing what those before it did, fills in
// their sequences, appends what they leave behind to `log` and applies it to `view`, which must be
// reconciled with the log. An event whose record is over the log's limit gets kExhausted
// "registry.record-too-large" and leaves nothing. It fails as a whole with
//   kExhausted     the disk is too full; nothing happened, and it may be tried again
//   anything else  the effect is unknown, or the view is behind the log: end the process
// Cost: the steps, and one fdatasync where there is a record.
Result<CommittedBatch> CommitBatch(storage::CommitLog& log, storage::MutableView& view,
                                   const MatcherIdentity& matcher, std::span<Event> events,
                                   const OnDurable& on_durable);

}  // namespace tallystick::matcher
