#include "storage/home_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tallystick::storage {

Result<HomeLock> HomeLock::Acquire(const std::filesystem::path& home) {
  const std::filesystem::path path = home / "lock";
  HomeLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.descriptor_ < 0) {
    return Error(Code::kUnavailable, "storage.io", "cannot open the lock file")
        .With("errno", static_cast<std::uint64_t>(errno));
  }
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Error(Code::kUnavailable, "storage.home-locked",
                   "another program is using this home: stop it, or wait until it is done, and "
                   "try again");
    }
    return Error(Code::kUnavailable, "storage.io", "cannot lock the home")
        .With("errno", static_cast<std::uint64_t>(errno));
  }
  return lock;
}

HomeLock::HomeLock(HomeLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

HomeLock& HomeLock::operator=(HomeLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

HomeLock::~HomeLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tallystick::storage
