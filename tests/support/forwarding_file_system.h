#pragma once

#include <memory>
#include <utility>

#include "storage/file_system.h"

namespace tallystick::storage {

// ForwardingFileSystem passes everything on to another file system, except that syncs ask first:
// for tests that count them, hold them up, or let them do nothing.
//
// Thread safety: that of the other, and of BeforeSync().
class ForwardingFileSystem : public FileSystem {
 public:
  explicit ForwardingFileSystem(FileSystem& other) : other_(other) {}

  // What to do with a sync of a file or a directory.
  enum class SyncFate { kHappens, kPretended };
  virtual SyncFate BeforeSync() = 0;

  Result<std::unique_ptr<WritableFile>> OpenWritable(const std::filesystem::path& path) override {
    TS_ASSIGN_OR_RETURN(auto file, other_.OpenWritable(path));
    return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, std::move(file)));
  }
  Result<std::unique_ptr<RandomAccessFile>> OpenRandomAccess(
      const std::filesystem::path& path) const override {
    return other_.OpenRandomAccess(path);
  }
  Result<Bytes> ReadFile(const std::filesystem::path& path,
                         std::uint64_t limit_bytes) const override {
    return other_.ReadFile(path, limit_bytes);
  }
  Result<Bytes> ReadSecretFile(const std::filesystem::path& path,
                               std::uint64_t limit_bytes) const override {
    return other_.ReadSecretFile(path, limit_bytes);
  }
  Result<std::uint64_t> FileSize(const std::filesystem::path& path) const override {
    return other_.FileSize(path);
  }
  bool Exists(const std::filesystem::path& path) const override { return other_.Exists(path); }
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return other_.Rename(from, to);
  }
  Status Remove(const std::filesystem::path& path) override { return other_.Remove(path); }
  Status MakeDirectory(const std::filesystem::path& path) override {
    return other_.MakeDirectory(path);
  }
  Status RemoveDirectory(const std::filesystem::path& path) override {
    return other_.RemoveDirectory(path);
  }
  Result<std::vector<std::string>> List(const std::filesystem::path& path) const override {
    return other_.List(path);
  }
  Status SyncDirectory(const std::filesystem::path& path) override {
    return BeforeSync() == SyncFate::kHappens ? other_.SyncDirectory(path) : Ok();
  }
  Result<std::uint64_t> FreeBytes(const std::filesystem::path& path) const override {
    return other_.FreeBytes(path);
  }

 private:
  class File final : public WritableFile {
   public:
    File(ForwardingFileSystem& owner, std::unique_ptr<WritableFile> file)
        : owner_(owner), file_(std::move(file)) {}

    Status Append(ByteView bytes) override { return file_->Append(bytes); }
    Status Overwrite(std::uint64_t offset, ByteView bytes) override {
      return file_->Overwrite(offset, bytes);
    }
    Status Truncate(std::uint64_t size_bytes) override { return file_->Truncate(size_bytes); }
    Status Sync() override {
      return owner_.BeforeSync() == SyncFate::kHappens ? file_->Sync() : Ok();
    }

   private:
    ForwardingFileSystem& owner_;
    std::unique_ptr<WritableFile> file_;
  };

  FileSystem& other_;
};

}  // namespace tallystick::storage
