#include "storage/file_system.h"

namespace tallystick::storage {
namespace {

std::filesystem::path ParentOf(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

Status ReplaceFileDurably(FileSystem& files, const std::filesystem::path& path, ByteView bytes) {
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  const auto write = [&]() -> Status {
    TS_ASSIGN_OR_RETURN(const auto file, files.OpenWritable(temporary));
    TS_RETURN_IF_ERROR(file->Truncate(0));
    TS_RETURN_IF_ERROR(file->Append(bytes));
    return file->Sync();
  };
  if (Status status = write(); !status.ok()) {
    // Best effort: the next attempt truncates what is left.
    static_cast<void>(files.Remove(temporary));
    return status;
  }
  TS_RETURN_IF_ERROR(files.Rename(temporary, path));
  return files.SyncDirectory(ParentOf(path));
}

Status MakeDirectoryDurably(FileSystem& files, const std::filesystem::path& path) {
  TS_RETURN_IF_ERROR(files.MakeDirectory(path));
  return files.SyncDirectory(ParentOf(path));
}

}  // namespace tallystick::storage
