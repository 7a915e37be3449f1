// The part of a file system that storage needs, small enough to be simulated. Tests run the same
// code on a disk that loses what was not synced (tests/support/simulated_file_system.h).
//
// Errors of every implementation:
//   kNotFound     storage.file-missing   no such file or directory
//   kExhausted    storage.disk-full      no space left (ENOSPC, EDQUOT); part may be written
//   kExhausted    storage.file-too-large larger than the given limit
//   kUnavailable  storage.fsync-failed   what was written since the last sync may be lost, now or
//                                        after the next power cut: never try again, stop
//   kUnavailable  storage.io             anything else, with the errno
//
// Thread safety: any thread, any method; one file handle is for one thread at a time, except
// RandomAccessFile, which is for any number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace tallystick::storage {

// WritableFile appends to one file. Closing (destruction) makes nothing durable.
class WritableFile {
 public:
  virtual ~WritableFile() = default;

  // Appends all of `bytes`; after an error any prefix of them may have been appended.
  virtual Status Append(ByteView bytes) = 0;

  // Writes `bytes` over what is at `offset`. REQUIRES: the range exists.
  virtual Status Overwrite(std::uint64_t offset, ByteView bytes) = 0;

  // Cuts the file to `size_bytes`.
  virtual Status Truncate(std::uint64_t size_bytes) = 0;

  // Makes content and size durable (fdatasync), not the file's name: see SyncDirectory.
  virtual Status Sync() = 0;
};

// RandomAccessFile reads one file.
class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;

  // Returns `size_bytes` bytes from `offset`, fewer at the end of the file.
  virtual Result<Bytes> Read(std::uint64_t offset, std::size_t size_bytes) const = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Opens for appending; creates the file (mode 0600) when it is missing.
  virtual Result<std::unique_ptr<WritableFile>> OpenWritable(const std::filesystem::path& path) = 0;
  virtual Result<std::unique_ptr<RandomAccessFile>> OpenRandomAccess(
      const std::filesystem::path& path) const = 0;
  virtual Result<Bytes> ReadFile(const std::filesystem::path& path,
                                 std::uint64_t limit_bytes) const = 0;
  // Reads key material: fails with kPermissionDenied when the file is a link or others may read it.
  virtual Result<Bytes> ReadSecretFile(const std::filesystem::path& path,
                                       std::uint64_t limit_bytes) const = 0;
  virtual Result<std::uint64_t> FileSize(const std::filesystem::path& path) const = 0;
  virtual bool Exists(const std::filesystem::path& path) const = 0;

  // Replaces `to` atomically. Durable after SyncDirectory of the parent.
  virtual Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  // Removes a file. Durable after SyncDirectory of the parent.
  virtual Status Remove(const std::filesystem::path& path) = 0;

  // Creates one directory, mode 0700; present is fine. Durable after SyncDirectory of the parent.
  virtual Status MakeDirectory(const std::filesystem::path& path) = 0;
  // Removes an empty directory.
  virtual Status RemoveDirectory(const std::filesystem::path& path) = 0;
  // Returns the names (not paths) in a directory, sorted.
  virtual Result<std::vector<std::string>> List(const std::filesystem::path& path) const = 0;
  // Makes the names in `path` durable: creations, renames, removals.
  virtual Status SyncDirectory(const std::filesystem::path& path) = 0;

  // Returns the bytes that an unprivileged process can still write below `path`.
  virtual Result<std::uint64_t> FreeBytes(const std::filesystem::path& path) const = 0;
};

// PosixFileSystem is the operating system's. The object lives as long as the process.
FileSystem& PosixFileSystem();

// ReplaceFileDurably writes `path` under a temporary name ("<name>.tmp"), syncs it, renames it and
// syncs the directory. On an error before the rename the old file is untouched; afterwards its
// state is unknown until the next start. Cost: two syncs.
Status ReplaceFileDurably(FileSystem& files, const std::filesystem::path& path, ByteView bytes);

// MakeDirectoryDurably creates `path` (one level) and syncs its parent.
Status MakeDirectoryDurably(FileSystem& files, const std::filesystem::path& path);

}  // namespace tallystick::storage
