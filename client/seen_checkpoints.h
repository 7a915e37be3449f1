// The states of the log that a home has accepted, oldest first: what a restored log is compared
// with. HOME/checkpoint holds the newest of them, signed; HOME/checkpoints is a plain list.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "crypto/hash.h"

namespace tallystick::client {

struct SeenCheckpoint {
  std::uint64_t size = 0;
  crypto::Digest root;

  friend bool operator==(const SeenCheckpoint&, const SeenCheckpoint&) = default;
};

// At most this many are kept; then every second one of the older half goes.
inline constexpr std::size_t kMaxSeenCheckpoints = 256;

// Lines that are no checkpoint are skipped; a missing file is empty.
std::vector<SeenCheckpoint> LoadSeenCheckpoints(const std::filesystem::path& home);

// Durable on return.
Status StoreSeenCheckpoints(const std::filesystem::path& home, std::vector<SeenCheckpoint> seen);

}  // namespace tallystick::client
