// The names that a matcher's log has had: one when it began, and another after each restore from a
// backup, so that nobody takes the restored log for the one that went on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tallystick {

// LogOrigin is "<first>", or "<first>/restored-<number>-at-<size>" after a restore.
struct LogOrigin {
  std::string first;         // the name when the log began
  std::uint64_t number = 0;  // how many restores there were
  std::uint64_t size = 0;    // how many entries the last restore brought back; 0 without one

  std::string ToString() const;

  friend bool operator==(const LogOrigin&, const LogOrigin&) = default;
};

// ParseLogOrigin is the inverse. Whatever does not end as above is the name of a log that began.
LogOrigin ParseLogOrigin(std::string_view text);

// The event of a restored log's first entry of its own. Its subject is the SHA-256 of the old
// checkpoint, signed, with the old origin and the size and root that were brought back.
inline constexpr std::string_view kRestoredEvent = "log.restored";

}  // namespace tallystick
