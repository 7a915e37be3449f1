#include "storage/memory_view.h"

#include <mutex>

namespace tallystick::storage {

Result<std::optional<Bytes>> MemoryView::Get(ByteView key) const {
  const std::shared_lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::optional<Bytes>();
  return std::optional<Bytes>(found->second);
}

Status MemoryView::Scan(ByteView prefix, const Visit& visit) const {
  const std::shared_lock lock(mutex_);
  for (auto entry = entries_.lower_bound(prefix);
       entry != entries_.end() && entry->first.starts_with(prefix); ++entry) {
    if (!visit(entry->first, entry->second)) break;
  }
  return Ok();
}

Status MemoryView::Apply(std::uint64_t next_sequence, std::span<const Mutation> mutations) {
  const std::unique_lock lock(mutex_);
  TS_CHECK(next_sequence >= applied_);
  for (const Mutation& mutation : mutations) {
    if (mutation.value) {
      entries_.insert_or_assign(mutation.key, *mutation.value);
    } else {
      entries_.erase(mutation.key);
    }
  }
  applied_ = next_sequence;
  return Ok();
}

std::uint64_t MemoryView::applied() const {
  const std::shared_lock lock(mutex_);
  return applied_;
}

}  // namespace tallystick::storage
