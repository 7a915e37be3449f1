#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>

namespace tallystick {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error IoError(Literal message, int error_number) {
  if (error_number == ENOSPC || error_number == EDQUOT) {
    return Error(Code::kExhausted, "file.disk-full",
                 "no space is left on the disk: nothing was changed; make room and repeat");
  }
  return Error(Code::kUnavailable, "file.io", message)
      .With("errno", static_cast<std::uint64_t>(error_number));
}

Result<Bytes> ReadAll(const FileDescriptor& file, std::uint64_t limit_bytes) {
  Bytes bytes;
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(file.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return IoError("cannot read the file", errno);
    if (n == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(n));
    if (bytes.size() > limit_bytes) {
      return Error(Code::kExhausted, "file.too-large", "the file is larger than its limit")
          .With("limit_bytes", limit_bytes);
    }
  }
}

Result<Bytes> OpenAndRead(const std::filesystem::path& path, int extra_flags, bool secret,
                          std::uint64_t limit_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | extra_flags));
  if (!file.valid()) {
    if (errno == ENOENT) return Error(Code::kNotFound, "file.missing", "no such file");
    if (errno == ELOOP) {
      return Error(Code::kPermissionDenied, "file.link", "a secret file must not be a link");
    }
    return IoError("cannot open the file", errno);
  }
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return IoError("cannot stat the file", errno);
  if (S_ISDIR(facts.st_mode)) {
    return Error(Code::kInvalidArgument, "file.is-directory", "a directory, not a file");
  }
  if (secret && (!S_ISREG(facts.st_mode) || (facts.st_mode & 077) != 0)) {
    return Error(Code::kPermissionDenied, "file.readable-by-others",
                 "a secret file must be a plain file with mode 0600");
  }
  return ReadAll(file, limit_bytes);
}

// Creates a new file beside `path`. A process that was killed leaves its own behind, and in a
// container the next one has the same process id: what is there is passed over.
int OpenTemporary(const std::filesystem::path& path, mode_t bits,
                  std::filesystem::path* temporary) {
  static std::atomic<unsigned> counter{0};
  constexpr int kAttempts = 1000;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    *temporary = path;
    *temporary += ".tmp" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
    const int fd = ::open(temporary->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, bits);
    if (fd >= 0 || errno != EEXIST) return fd;
  }
  return -1;
}

}  // namespace

Result<Bytes> ReadFile(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  return OpenAndRead(path, 0, false, limit_bytes);
}

Result<Bytes> ReadSecretFile(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  // O_NONBLOCK: opening a pipe that stands in for a secret must not wait for a writer.
  return OpenAndRead(path, O_NOFOLLOW | O_NONBLOCK, true, limit_bytes);
}

Result<bool> FileExists(const std::filesystem::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0) return true;
  if (errno == ENOENT) return false;
  return IoError("cannot look for the file", errno);
}

Status WriteFileDurably(const std::filesystem::path& path, ByteView bytes, FileMode mode) {
  const std::filesystem::path directory =
      path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::filesystem::path temporary;
  const mode_t bits = mode == FileMode::kPrivate ? 0600 : 0644;
  {
    const FileDescriptor file(OpenTemporary(path, bits, &temporary));
    if (!file.valid()) return IoError("cannot create the file", errno);
    while (!bytes.empty()) {
      const ssize_t n = ::write(file.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        const int error_number = errno;
        ::unlink(temporary.c_str());
        return IoError("cannot write the file", error_number);
      }
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fdatasync(file.get()) != 0) {
      const int error_number = errno;
      ::unlink(temporary.c_str());
      return IoError("cannot make the file durable", error_number);
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error_number = errno;
    ::unlink(temporary.c_str());
    return IoError("cannot rename the file", error_number);
  }
  return SyncDirectory(directory);
}

Status MakePrivateDirectory(const std::filesystem::path& path) {
  std::filesystem::path prefix;
  for (const auto& part : path) {
    prefix /= part;
    if (::mkdir(prefix.c_str(), 0700) != 0 && errno != EEXIST) {
      return IoError("cannot create the directory", errno);
    }
  }
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return Error(Code::kInvalidArgument, "file.not-a-directory", "not a directory");
  }
  return Ok();
}

Status SyncDirectory(const std::filesystem::path& path) {
  const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return IoError("cannot open the directory", errno);
  if (::fsync(directory.get()) != 0) return IoError("cannot sync the directory", errno);
  return Ok();
}

}  // namespace tallystick
