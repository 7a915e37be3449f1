// Reads our own binary encodings from hostile bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agreements/internal/table_reader.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/hash.h"

namespace tallystick::agreements {

// WireReader takes fields from the front. The first field that is not there makes every later one
// empty; check Finished() once, at the end.
//
// Thread safety: external.
class WireReader {
 public:
  explicit WireReader(ByteView bytes) : rest_(bytes) {}

  Bytes Fixed(std::size_t size) {
    if (failed_ || rest_.size() < size) {
      failed_ = true;
      return "";
    }
    Bytes taken(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return taken;
  }
  std::uint8_t U8() {
    const Bytes bytes = Fixed(1);
    return failed_ ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes[0]);
  }
  std::uint32_t U32() {
    const Bytes bytes = Fixed(4);
    return failed_ ? 0 : ReadU32(bytes, 0);
  }
  std::uint64_t U64() {
    const Bytes bytes = Fixed(8);
    return failed_ ? 0 : ReadU64(bytes, 0);
  }
  // lp(x) with x of at most `max` bytes.
  Bytes Lp(std::size_t max) {
    const std::uint32_t size = U32();
    if (size > max) failed_ = true;
    return Fixed(size);
  }
  // lp(x) with x an id of an institution or person.
  std::string Id() {
    std::string id = Lp(32);
    if (!IsId(id)) failed_ = true;
    return id;
  }
  crypto::Digest Hash() {
    const Bytes bytes = Fixed(crypto::Digest::kSize);
    return failed_ ? crypto::Digest() : crypto::Digest::FromBytes(bytes).value();
  }
  // Seconds since 1970; a time after the year 9999 fails.
  Time Moment() {
    const std::uint64_t seconds = U64();
    if (seconds > 253'402'300'799u) failed_ = true;
    return failed_ ? Time{} : Time(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
  }
  void Fail() { failed_ = true; }

  // All fields were there, and nothing follows them.
  bool Finished() const { return !failed_ && rest_.empty(); }
  bool failed() const { return failed_; }

 private:
  ByteView rest_;
  bool failed_ = false;
};

inline void AppendMoment(Bytes& out, Time time) {
  AppendU64(out, static_cast<std::uint64_t>(time.time_since_epoch().count()));
}

}  // namespace tallystick::agreements
