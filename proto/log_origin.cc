#include "proto/log_origin.h"

#include <charconv>
#include <optional>

namespace tallystick {
namespace {

constexpr std::string_view kRestored = "/restored-";
constexpr std::string_view kAt = "-at-";

// Plain digits without leading zeros, so that a name has one spelling.
std::optional<std::uint64_t> Number(std::string_view digits) {
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return number;
}

}  // namespace

std::string LogOrigin::ToString() const {
  if (number == 0) return first;
  return first + std::string(kRestored) + std::to_string(number) + std::string(kAt) +
         std::to_string(size);
}

LogOrigin ParseLogOrigin(std::string_view text) {
  const LogOrigin plain{std::string(text), 0, 0};
  const std::size_t restored = text.rfind(kRestored);
  if (restored == std::string_view::npos) return plain;
  const std::string_view numbers = text.substr(restored + kRestored.size());
  const std::size_t at = numbers.find(kAt);
  if (at == std::string_view::npos) return plain;
  const auto number = Number(numbers.substr(0, at));
  const auto size = Number(numbers.substr(at + kAt.size()));
  if (!number || !size || *number == 0) return plain;
  return {std::string(text.substr(0, restored)), *number, *size};
}

}  // namespace tallystick
