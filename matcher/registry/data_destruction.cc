#include "matcher/registry/data_destruction.h"

#include <utility>
#include <vector>

#include "matcher/registry/submissions.h"

namespace tallystick::matcher {

Status DataDestruction::Destroy(std::span<const std::string> ids) {
  const std::scoped_lock lock(mutex_);
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
