#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace tallystick::matcher {

// RefusalCounter counts who was turned away, by reason, until the log takes the counts: once a
// minute, so that a flood of failures is one entry and not a flood of entries.
//
// Thread safety: any thread.
class RefusalCounter {
 public:
  using Counts = std::map<std::string, std::uint64_t, std::less<>>;

  void Count(std::string_view reason);

  // Take returns the counts since the last call.
  Counts Take();

 private:
  static constexpr std::size_t kMaxReasons = 256;

  std::mutex mutex_;
  Counts counts_;  // guarded by mutex_
};

}  // namespace tallystick::matcher
