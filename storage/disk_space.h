// Floors of free disk space. A full disk is met early, while everything can still be written down:
// uploads stop first, then the commit log, and the view last, because Debian's RocksDB may abort
// the process when it meets ENOSPC.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "storage/file_system.h"

namespace tallystick::storage {

inline constexpr std::uint64_t kUploadFloorBytes = std::uint64_t{512} << 20;
inline constexpr std::uint64_t kLogFloorBytes = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kViewFloorBytes = std::uint64_t{32} << 20;

// CheckDiskFloor fails with kExhausted "storage.disk-floor" when less than `floor_bytes` are free
// below `path`. A floor of 0 always passes. Cost: one statvfs, about 1 µs.
Status CheckDiskFloor(const FileSystem& files, const std::filesystem::path& path,
                      std::uint64_t floor_bytes);

}  // namespace tallystick::storage
