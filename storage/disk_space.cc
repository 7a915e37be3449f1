#include "storage/disk_space.h"

namespace tallystick::storage {

Status CheckDiskFloor(const FileSystem& files, const std::filesystem::path& path,
                      std::uint64_t floor_bytes) {
  if (floor_bytes == 0) return Ok();
  TS_ASSIGN_OR_RETURN(const std::uint64_t free_bytes, files.FreeBytes(path));
  if (free_bytes < floor_bytes) {
    return Error(Code::kExhausted, "storage.disk-floor", "too little free disk space")
        .With("free_bytes", free_bytes)
        .With("floor_bytes", floor_bytes);
  }
  return Ok();
}

}  // namespace tallystick::storage
