#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "storage/file_system.h"

namespace tallystick::storage {

// SimulatedFileSystem is a disk in memory that behaves as badly as POSIX lets one:
//
//  - PowerCut() keeps what was synced and, of the rest, what the seed decides: of each file a
//    prefix of its unsynced operations, the last one torn and with sectors of zeros in it where
//    later sectors were written first; of each directory a prefix of its unsynced names.
//  - A failed sync keeps the data readable and never writes it: the pages are marked clean.
//  - FailAfter(n) ends the power in the middle of the n-th operation from now.
//  - A capacity ends writes with storage.disk-full, after the part that still fits.
//
// Paths are compared as given, so use one spelling. Directories must exist; "/" does.
//
// Thread safety: any thread.
class SimulatedFileSystem final : public FileSystem {
 public:
  explicit SimulatedFileSystem(std::uint64_t seed) : random_(seed) {}

  // Takes the power away and gives it back. Handles opened before fail from now on.
  void PowerCut();

  // Starts the process again after a kill -9: handles opened before fail, but the kernel still has,
  // and shows, what was not synced.
  void Restart();

  // The `operation_count`-th changing operation from now (write, truncation, sync, rename, …) is
  // the last: it happens in part or not at all, and it and all after it fail until PowerCut() or
  // Restart().
  void FailAfter(std::uint64_t operation_count);

  // Changing operations so far.
  std::uint64_t operation_count() const;

  // The next sync of a file or directory fails.
  void FailNextSync();

  // All files together may not become larger; nullopt: no limit.
  void SetCapacity(std::optional<std::uint64_t> capacity_bytes);

  // Tampering, durable at once. FlipBit: bit 0 is the lowest of the byte at `offset`.
  void FlipBit(const std::filesystem::path& path, std::uint64_t offset, unsigned bit);
  void Cut(const std::filesystem::path& path, std::uint64_t size_bytes);
  void Delete(const std::filesystem::path& path);
  void Swap(const std::filesystem::path& a, const std::filesystem::path& b);
  void Put(const std::filesystem::path& path, ByteView content);

  // Every file's content, as an attacker with the disk would see it.
  std::map<std::string, Bytes> Contents() const;

  Result<std::unique_ptr<WritableFile>> OpenWritable(const std::filesystem::path& path) override;
  Result<std::unique_ptr<RandomAccessFile>> OpenRandomAccess(
      const std::filesystem::path& path) const override;
  Result<Bytes> ReadFile(const std::filesystem::path& path,
                         std::uint64_t limit_bytes) const override;
  Result<Bytes> ReadSecretFile(const std::filesystem::path& path,
                               std::uint64_t limit_bytes) const override;
  Result<std::uint64_t> FileSize(const std::filesystem::path& path) const override;
  bool Exists(const std::filesystem::path& path) const override;
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Status Remove(const std::filesystem::path& path) override;
  Status MakeDirectory(const std::filesystem::path& path) override;
  Status RemoveDirectory(const std::filesystem::path& path) override;
  Result<std::vector<std::string>> List(const std::filesystem::path& path) const override;
  Status SyncDirectory(const std::filesystem::path& path) override;
  Result<std::uint64_t> FreeBytes(const std::filesystem::path& path) const override;

 private:
  class OpenFile;
  class OpenReader;

  // One unsynced change of a file: bytes at an offset, or a new size.
  struct Change {
    std::uint64_t offset = 0;
    std::optional<Bytes> bytes;  // nullopt: `offset` is the new size
  };
  struct Inode {
    bool is_directory = false;
    Bytes content;
    Bytes durable;
    std::vector<Change> unsynced;
  };
  using Entries = std::map<std::string, std::shared_ptr<Inode>>;
  // One unsynced change of a directory: `name` becomes `inode`, or goes; a rename does both.
  struct EntryChange {
    std::string name;
    std::shared_ptr<Inode> inode;
    std::string gone;  // empty: nothing goes
  };

  // All of these REQUIRE mutex_.
  Status BeginOperation(bool* dying);
  std::shared_ptr<Inode> Find(const std::string& path) const;
  bool HasDirectory(const std::string& path) const;
  std::uint64_t UsedBytes() const;
  void ChangeEntry(EntryChange change);
  Status WriteInto(Inode& inode, std::uint64_t offset, ByteView bytes);
  void Survive(Inode& inode);
  void StartAgain();
  static void Apply(const Change& change, Bytes& content);
  static void Apply(const EntryChange& change, Entries& entries);

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  Entries entries_;                                           // by full path
  Entries durable_;                                           // by full path
  std::map<std::string, std::vector<EntryChange>> unsynced_;  // by directory
  std::optional<std::uint64_t> capacity_bytes_;
  std::optional<std::uint64_t> operations_left_;
  std::uint64_t operation_count_ = 0;
  std::uint64_t generation_ = 0;  // of power; handles of an older one are dead
  bool power_ = true;
  bool fail_next_sync_ = false;
};

}  // namespace tallystick::storage
