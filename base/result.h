// Result<T> holds a T or an Error; Status holds nothing or an Error. A subset of std::expected.
// Reading the wrong side aborts instead of returning garbage.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/error.h"

namespace tallystick {

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    TS_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    TS_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    TS_CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    TS_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    TS_CHECK(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }

  const Error& error() const& {
    TS_CHECK(!ok());
    return *error_;
  }
  Error&& error() && {
    TS_CHECK(!ok());
    return *std::move(error_);
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

inline Status Ok() { return Status(); }

}  // namespace tallystick

#define TS_CONCAT_INNER_(a, b) a##b
#define TS_CONCAT_(a, b) TS_CONCAT_INNER_(a, b)

// TS_RETURN_IF_ERROR(status or result expression) returns its error from the enclosing function.
#define TS_RETURN_IF_ERROR(expression)                           \
  do {                                                           \
    if (auto ts_status_ = (expression); !ts_status_.ok()) {      \
      return ::tallystick::Error(std::move(ts_status_).error()); \
    }                                                            \
  } while (false)

// TS_ASSIGN_OR_RETURN(auto x, expression) declares or assigns, or returns the error.
#define TS_ASSIGN_OR_RETURN(lhs, expression) \
  TS_ASSIGN_OR_RETURN_IMPL_(TS_CONCAT_(ts_result_, __LINE__), lhs, expression)
#define TS_ASSIGN_OR_RETURN_IMPL_(result, lhs, expression)                 \
  auto result = (expression);                                              \
  if (!result.ok()) return ::tallystick::Error(std::move(result).error()); \
  lhs = std::move(result).value()
