#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace tallystick::matcher {

// BodyBudget bounds the memory of all request bodies together. A Lease gives its part back when it
// goes.
//
// Thread safety: any thread.
class BodyBudget {
 public:
  class Lease {
   public:
    Lease(BodyBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    Lease(Lease&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (budget_ != nullptr) budget_->used_bytes_.fetch_sub(bytes_);
    }

   private:
    BodyBudget* budget_;
    std::uint64_t bytes_;
  };

  explicit BodyBudget(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  // nullopt when too much is taken already.
  std::optional<Lease> Acquire(std::uint64_t bytes) {
    std::uint64_t used = used_bytes_.load();
    do {
      if (bytes > limit_bytes_ || used > limit_bytes_ - bytes) return std::nullopt;
    } while (!used_bytes_.compare_exchange_weak(used, used + bytes));
    return std::optional<Lease>(std::in_place, *this, bytes);
  }

 private:
  const std::uint64_t limit_bytes_;
  std::atomic<std::uint64_t> used_bytes_{0};
};

}  // namespace tallystick::matcher
