// TS_CHECK is for programming errors, never for input. It stays on in release builds.
#pragma once

namespace tallystick::internal {

// CheckFailed writes where and which condition to stderr and aborts. It prints no values.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace tallystick::internal

#define TS_CHECK(condition)     \
  (static_cast<bool>(condition) \
       ? static_cast<void>(0)   \
       : ::tallystick::internal::CheckFailed(#condition, __FILE__, __LINE__))
