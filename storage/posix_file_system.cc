#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "storage/file_system.h"

namespace tallystick::storage {
namespace {

namespace fs = std::filesystem;

Error ErrorOf(Literal message, int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return Error(Code::kNotFound, "storage.file-missing", message);
    case ENOSPC:
    case EDQUOT:
      return Error(Code::kExhausted, "storage.disk-full", message);
    default:
      return Error(Code::kUnavailable, "storage.io", message)
          .With("errno", static_cast<std::uint64_t>(error_number));
  }
}

// Whatever the reason: after a failed sync the kernel has dropped the pages or marked them clean,
// so even ENOSPC is not one that can be tried again.
Error SyncError(int error_number) {
  return Error(Code::kUnavailable, "storage.fsync-failed", "cannot make written data durable")
      .With("errno", static_cast<std::uint64_t>(error_number));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

Status WriteAt(int fd, std::uint64_t offset, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrorOf("cannot write the file", errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return Ok();
}

Result<std::uint64_t> SizeOf(int fd) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return ErrorOf("cannot stat the file", errno);
  return static_cast<std::uint64_t>(facts.st_size);
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(Descriptor file, std::uint64_t end) : file_(std::move(file)), end_(end) {}

  // Not O_APPEND, under which Linux lets pwrite append wherever it was told to write.
  Status Append(ByteView bytes) override {
    const Status status = WriteAt(file_.get(), end_, bytes);
    if (status.ok()) {
      end_ += bytes.size();
    } else if (auto size = SizeOf(file_.get()); size.ok()) {
      end_ = *size;
    }
    return status;
  }

  Status Overwrite(std::uint64_t offset, ByteView bytes) override {
    TS_CHECK(offset <= end_ && bytes.size() <= end_ - offset);
    return WriteAt(file_.get(), offset, bytes);
  }

  Status Truncate(std::uint64_t size_bytes) override {
    if (::ftruncate(file_.get(), static_cast<off_t>(size_bytes)) != 0) {
      return ErrorOf("cannot truncate the file", errno);
    }
    end_ = size_bytes;
    return Ok();
  }

  Status Sync() override {
    if (::fdatasync(file_.get()) != 0) return SyncError(errno);
    return Ok();
  }

 private:
  const Descriptor file_;
  std::uint64_t end_;
};

class PosixRandomAccessFile final : public RandomAccessFile {
 public:
  explicit PosixRandomAccessFile(Descriptor file) : file_(std::move(file)) {}

  Result<Bytes> Read(std::uint64_t offset, std::size_t size_bytes) const override {
    Bytes bytes(size_bytes, '\0');
    std::size_t done = 0;
    while (done < size_bytes) {
      const ssize_t n = ::pread(file_.get(), bytes.data() + done, size_bytes - done,
                                static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return ErrorOf("cannot read the file", errno);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    bytes.resize(done);
    return bytes;
  }

 private:
  const Descriptor file_;
};

class PosixFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> OpenWritable(const fs::path& path) override {
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.valid()) return ErrorOf("cannot open the file for writing", errno);
    TS_ASSIGN_OR_RETURN(const std::uint64_t size, SizeOf(file.get()));
    return std::unique_ptr<WritableFile>(new PosixWritableFile(std::move(file), size));
  }

  Result<std::unique_ptr<RandomAccessFile>> OpenRandomAccess(const fs::path& path) const override {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return ErrorOf("cannot open the file", errno);
    return std::unique_ptr<RandomAccessFile>(new PosixRandomAccessFile(std::move(file)));
  }

  Result<Bytes> ReadFile(const fs::path& path, std::uint64_t limit_bytes) const override {
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return ErrorOf("cannot open the file", errno);
    TS_ASSIGN_OR_RETURN(const std::uint64_t size, SizeOf(file.get()));
    if (size > limit_bytes) {
      return Error(Code::kExhausted, "storage.file-too-large", "the file is larger than its limit")
          .With("limit_bytes", limit_bytes);
    }
    return PosixRandomAccessFile(std::move(file)).Read(0, static_cast<std::size_t>(size));
  }

  Result<Bytes> ReadSecretFile(const fs::path& path, std::uint64_t limit_bytes) const override {
    return tallystick::ReadSecretFile(path, limit_bytes);
  }

  Result<std::uint64_t> FileSize(const fs::path& path) const override {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return ErrorOf("cannot stat the file", errno);
    return static_cast<std::uint64_t>(facts.st_size);
  }

  bool Exists(const fs::path& path) const override { return ::access(path.c_str(), F_OK) == 0; }

  Status Rename(const fs::path& from, const fs::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return ErrorOf("cannot rename the file", errno);
    return Ok();
  }

  Status Remove(const fs::path& path) override {
    if (::unlink(path.c_str()) != 0) return ErrorOf("cannot remove the file", errno);
    return Ok();
  }

  Status MakeDirectory(const fs::path& path) override {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
      return ErrorOf("cannot create the directory", errno);
    }
    return Ok();
  }

  Status RemoveDirectory(const fs::path& path) override {
    if (::rmdir(path.c_str()) != 0) return ErrorOf("cannot remove the directory", errno);
    return Ok();
  }

  Result<std::vector<std::string>> List(const fs::path& path) const override {
    DIR* directory = ::opendir(path.c_str());
    if (directory == nullptr) return ErrorOf("cannot open the directory", errno);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(directory)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int error_number = errno;
    ::closedir(directory);
    if (error_number != 0) return ErrorOf("cannot read the directory", error_number);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status SyncDirectory(const fs::path& path) override {
    const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) return ErrorOf("cannot open the directory", errno);
    if (::fsync(directory.get()) != 0) return SyncError(errno);
    return Ok();
  }

  Result<std::uint64_t> FreeBytes(const fs::path& path) const override {
    struct statvfs facts {};
    if (::statvfs(path.c_str(), &facts) != 0) return ErrorOf("cannot ask for free space", errno);
    return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
  }
};

}  // namespace

FileSystem& PosixFileSystem() {
  static PosixFiles* const files = new PosixFiles();  // never destroyed: used by static objects
  return *files;
}

}  // namespace tallystick::storage
