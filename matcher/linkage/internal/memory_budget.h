#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace tallystick::matcher {

// MemoryBudget is the memory one run of linkage may still take. What takes some holds a
// MemoryCharge.
//
// Thread safety: any thread.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : left_(bytes) {}

  bool Take(std::uint64_t bytes) {
    std::uint64_t left = left_.load();
    do {
      if (left < bytes) return false;
    } while (!left_.compare_exchange_weak(left, left - bytes));
    return true;
  }
  void GiveBack(std::uint64_t bytes) { left_ += bytes; }

 private:
  std::atomic<std::uint64_t> left_;
};

// MemoryCharge gives back on destruction what it took. The budget must outlive it.
class MemoryCharge {
 public:
  explicit MemoryCharge(MemoryBudget& budget) : budget_(&budget) {}
  MemoryCharge(MemoryCharge&& other) noexcept
      : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryCharge& operator=(MemoryCharge&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryCharge() { budget_->GiveBack(bytes_); }

  // Takes more; false and no change when that much is not left.
  bool Add(std::uint64_t bytes) {
    if (!budget_->Take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }

 private:
  MemoryBudget* budget_;
  std::uint64_t bytes_ = 0;
};

}  // namespace tallystick::matcher
