#include "matcher/registry/data_destruction.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "matcher/registry/submissions.h"

namespace tallystick::matcher {

Status DataDestruction::Store(const std::string& id, const crypto::Digest& address,
                              ByteView plaintext) {
  {
    const std::scoped_lock lock(mutex_);
    if (gone_.contains(id)) {
      return Error(Code::kFailedPrecondition, "submission.closed",
                   "this submission was withdrawn or destroyed");
    }
    ++storing_counts_[id];
  }
  const auto store = [&]() -> Status {
    const std::string space = SpaceOf(id);
    TS_RETURN_IF_ERROR(data_keys_.Create(space));
    TS_ASSIGN_OR_RETURN(const auto data_key, data_keys_.Get(space));
    return chunks_.Put(space, address, data_key, plaintext);
  };
  Status stored = store();
  {
    const std::scoped_lock lock(mutex_);
    if (--storing_counts_[id] == 0) storing_counts_.erase(id);
  }
  stored_.notify_all();
  return stored;
}

Status DataDestruction::Destroy(std::span<const std::string> ids) {
  const std::scoped_lock one_at_a_time(destroying_);
  {
    std::unique_lock lock(mutex_);
    gone_.insert(ids.begin(), ids.end());
    stored_.wait(lock, [&] {
      return std::none_of(ids.begin(), ids.end(),
                          [&](const std::string& id) { return storing_counts_.contains(id); });
    });
  }
  std::vector<std::string> spaces;
  for (const std::string& id : ids) {
    std::string space = SpaceOf(id);
    if (data_keys_.Has(space)) spaces.push_back(std::move(space));
  }
  if (!spaces.empty()) TS_RETURN_IF_ERROR(data_keys_.Destroy(spaces));
  for (const std::string& id : ids) {
    Event event;
    event.actor = Actor{std::string(kService), v1::ROLE_UNSPECIFIED};
    event.what = DestroyedEvent{id};
    TS_RETURN_IF_ERROR(registry_.Submit(std::move(event)));
  }
  for (const std::string& id : ids) TS_RETURN_IF_ERROR(chunks_.RemoveSpace(SpaceOf(id)));
  return Ok();
}

}  // namespace tallystick::matcher
