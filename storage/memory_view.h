#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <shared_mutex>

#include "storage/view.h"

namespace tallystick::storage {

// MemoryView keeps everything in memory: for tests, simulations and fsck's comparison.
//
// Thread safety: any thread. A scan holds a shared lock.
class MemoryView final : public MutableView {
 public:
  MemoryView() = default;

  Result<std::optional<Bytes>> Get(ByteView key) const override;
  Status Scan(ByteView prefix, const Visit& visit) const override;
  Status Apply(std::uint64_t next_sequence, std::span<const Mutation> mutations) override;
  std::uint64_t applied() const override;

 private:
  mutable std::shared_mutex mutex_;
  std::map<Bytes, Bytes, std::less<>> entries_;
  std::uint64_t applied_ = 0;
};

}  // namespace tallystick::storage
