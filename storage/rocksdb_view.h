#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/result.h"
#include "storage/disk_space.h"
#include "storage/view.h"

namespace tallystick::storage {

struct RocksDbViewOptions {
  // Opening and Apply refuse (storage.disk-floor) while less is free, CheckSpace() while less than
  // twice as much is: Debian's RocksDB may abort the process on a full disk, even while opening.
  std::uint64_t free_floor_bytes = kViewFloorBytes;
};

// OpenRocksDbView opens or creates a view in a RocksDB directory. Writes are not synced: the log
// is the truth, mutations and applied() are written as one, and what a power cut takes is replayed
// by ReconcileView. Closing it cleanly makes everything durable. Fails with
//   kDataLoss storage.view-corrupt  remove it with RemoveRocksDbView and rebuild it from the log
//   kExhausted storage.disk-floor
// The same view must not be opened twice: hold the HomeLock.
Result<std::unique_ptr<MutableView>> OpenRocksDbView(const std::filesystem::path& directory,
                                                     const RocksDbViewOptions& options = {});

// RemoveRocksDbView deletes the directory with everything in it; missing is fine.
Status RemoveRocksDbView(const std::filesystem::path& directory);

}  // namespace tallystick::storage
