#pragma once

#include <map>
#include <optional>
#include <shared_mutex>
#include <string>

#include "base/result.h"
#include "storage/view.h"
#include "tallystick/v1/state.pb.h"

namespace tallystick::matcher {

// MemberTable holds every member in memory, so that each request can be authenticated on the I/O
// thread without touching the disk. It follows the view.
//
// Thread safety: any thread.
class MemberTable {
 public:
  // Load reads all members of `view`.
  Status Load(const storage::View& view);

  // Follow takes over what a durable mutation says about members; others are ignored.
  void Follow(const storage::Mutation& mutation);

  std::optional<v1::MemberState> Find(std::string_view id) const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, v1::MemberState, std::less<>> members_;  // guarded by mutex_
};

}  // namespace tallystick::matcher
