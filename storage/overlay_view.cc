#include "storage/overlay_view.h"

namespace tallystick::storage {

void OverlayView::Add(std::span<const Mutation> mutations) {
  for (const Mutation& mutation : mutations) {
    pending_.insert_or_assign(mutation.key, mutation.value);
  }
}

std::vector<Mutation> OverlayView::Pending() const {
  std::vector<Mutation> mutations;
  mutations.reserve(pending_.size());
  for (const auto& [key, value] : pending_) mutations.push_back({.key = key, .value = value});
  return mutations;
}

Result<std::optional<Bytes>> OverlayView::Get(ByteView key) const {
  if (const auto found = pending_.find(key); found != pending_.end()) return found->second;
  return base_.Get(key);
}

// A merge of two sorted runs, in which a pending entry hides the base's of the same key.
Status OverlayView::Scan(ByteView prefix, const Visit& visit) const {
  auto next = pending_.lower_bound(prefix);
  const auto has_next = [&] { return next != pending_.end() && next->first.starts_with(prefix); };
  bool wanted = true;
  const auto visit_pending_before = [&](ByteView key) {
    for (; wanted && has_next() && next->first < key; ++next) {
      if (next->second) wanted = visit(next->first, *next->second);
    }
  };
  TS_RETURN_IF_ERROR(base_.Scan(prefix, [&](ByteView key, ByteView value) {
    visit_pending_before(key);
    if (wanted && !(has_next() && next->first == key)) wanted = visit(key, value);
    return wanted;
  }));
  for (; wanted && has_next(); ++next) {
    if (next->second) wanted = visit(next->first, *next->second);
  }
  return Ok();
}

}  // namespace tallystick::storage
