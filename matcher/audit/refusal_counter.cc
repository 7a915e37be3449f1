#include "matcher/audit/refusal_counter.h"

#include <utility>

namespace tallystick::matcher {

void RefusalCounter::Count(std::string_view reason) {
  const std::scoped_lock lock(mutex_);
  const auto found = counts_.find(reason);
  if (found != counts_.end()) {
    ++found->second;
  } else if (counts_.size() < kMaxReasons) {
    counts_.emplace(reason, 1);
  }
}

RefusalCounter::Counts RefusalCounter::Take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(counts_, {});
}

}  // namespace tallystick::matcher
