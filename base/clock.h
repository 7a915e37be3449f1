#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tallystick {

// Time is whole seconds of UTC; agreements reckon in days of UTC.
using Time = std::chrono::sys_seconds;
using Date = std::chrono::sys_days;

// Clock tells the time. Everything that decides by date takes one, so that tests set it.
//
// Thread safety: Now() may be called from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

// SystemClock reads CLOCK_REALTIME.
class SystemClock final : public Clock {
 public:
  Time Now() const override;
};

// ManualClock stands still until told. Thread safety: external.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time now) : now_(now) {}
  Time Now() const override { return now_; }
  void Set(Time now) { now_ = now; }
  void Advance(std::chrono::seconds by) { now_ += by; }

 private:
  Time now_;
};

Date DateOf(Time time);

// "2026-01-15"; years 0001 to 9999.
std::string FormatDate(Date date);
// "2026-01-15T08:00:00Z"
std::string FormatTime(Time time);
// Parses exactly YYYY-MM-DD of a day that exists.
std::optional<Date> ParseDate(std::string_view text);
// Parses exactly YYYY-MM-DDTHH:MM:SSZ.
std::optional<Time> ParseTime(std::string_view text);

}  // namespace tallystick
