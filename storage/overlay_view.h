#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "storage/view.h"

namespace tallystick::storage {

// OverlayView shows a base view as it will be once pending mutations are applied. With it a batch
// of requests is decided before the first of them is durable: each sees what those before it
// will have done, and nothing changes when the batch fails.
//
// The base must outlive it and must not change meanwhile. Thread safety: none.
class OverlayView final : public View {
 public:
  explicit OverlayView(const View& base) : base_(base) {}

  // Adds mutations, the later ones over the earlier.
  void Add(std::span<const Mutation> mutations);

  // All that was added: one mutation for each key, in the order of keys.
  std::vector<Mutation> Pending() const;

  Result<std::optional<Bytes>> Get(ByteView key) const override;
  Status Scan(ByteView prefix, const Visit& visit) const override;

 private:
  const View& base_;
  std::map<Bytes, std::optional<Bytes>, std::less<>> pending_;
};

}  // namespace tallystick::storage
