#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace tallystick {

// Tagged<Tag, T> is a T that does not mix with other Ts: explicit in, value() out.
//
//   using PartyId = Tagged<struct PartyIdTag, std::string>;
template <class Tag, class T>
class Tagged {
 public:
  Tagged() = default;
  explicit Tagged(T value) : value_(std::move(value)) {}

  const T& value() const { return value_; }

  friend bool operator==(const Tagged&, const Tagged&) = default;
  friend auto operator<=>(const Tagged&, const Tagged&) = default;

 private:
  T value_{};
};

}  // namespace tallystick

template <class Tag, class T>
struct std::hash<tallystick::Tagged<Tag, T>> {
  std::size_t operator()(const tallystick::Tagged<Tag, T>& tagged) const {
    return std::hash<T>()(tagged.value());
  }
};
