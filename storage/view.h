// The materialised view: what the records of the commit log add up to, as an ordered key-value
// map. Keys are compared as unsigned bytes. A view can always be thrown away and rebuilt.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace tallystick::storage {

struct Mutation {
  Bytes key;
  std::optional<Bytes> value;  // nullopt erases

  friend bool operator==(const Mutation&, const Mutation&) = default;
};

// View reads. Thread safety: any thread.
class View {
 public:
  // Gets an entry; false ends the scan.
  using Visit = std::function<bool(ByteView key, ByteView value)>;

  virtual ~View() = default;

  // Returns the value or nullopt. Fails with kDataLoss "storage.view-corrupt".
  virtual Result<std::optional<Bytes>> Get(ByteView key) const = 0;

  // Calls `visit` for the entries whose key starts with `prefix`, in the order of keys, as of one
  // moment. The views given to it end with the call. `visit` must not change the view.
  virtual Status Scan(ByteView prefix, const Visit& visit) const = 0;
};

// MutableView is a view that follows a log. Thread safety: any thread; Apply by one at a time.
class MutableView : public View {
 public:
  // Applies the mutations in order, all or none, together with the fact that the records below
  // `next_sequence` are now applied. REQUIRES: next_sequence >= applied() (checked, aborts).
  virtual Status Apply(std::uint64_t next_sequence, std::span<const Mutation> mutations) = 0;

  // Asked before a record is appended to the log, so that no view falls behind because of a disk
  // that was too full already. Fails with kExhausted "storage.disk-floor".
  virtual Status CheckSpace() const { return Ok(); }

  // The records of the log below this one are in the view.
  virtual std::uint64_t applied() const = 0;
};

}  // namespace tallystick::storage
