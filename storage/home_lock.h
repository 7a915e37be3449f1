#pragma once

#include <filesystem>

#include "base/result.h"

namespace tallystick::storage {

// HomeLock holds HOME/lock, so that two processes never open one store. The lock (flock) ends with
// the object or the process, however that ends; the file stays.
class HomeLock {
 public:
  // Fails with kUnavailable "storage.home-locked" when another process, or another HomeLock
  // of this one, holds it. Does not wait.
  static Result<HomeLock> Acquire(const std::filesystem::path& home);

  HomeLock(HomeLock&& other) noexcept;
  HomeLock& operator=(HomeLock&& other) noexcept;
  HomeLock(const HomeLock&) = delete;
  HomeLock& operator=(const HomeLock&) = delete;
  ~HomeLock();

 private:
  explicit HomeLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace tallystick::storage
