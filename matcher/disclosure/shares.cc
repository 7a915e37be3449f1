#include "matcher/disclosure/shares.h"

#include <algorithm>

namespace tallystick::matcher {

std::optional<int> PublishableShare(std::uint64_t linked, std::uint64_t submitted,
                                    const agreements::DisclosureRules& rules) {
  const auto min_cell = static_cast<std::uint64_t>(rules.min_cell);
  const auto min_denominator = static_cast<std::uint64_t>(rules.min_denominator);
  if (linked > submitted || linked < min_cell || submitted - linked < min_cell ||
      submitted < min_denominator) {
    return std::nullopt;
  }
  const auto percent =
      static_cast<int>(static_cast<double>(linked) / static_cast<double>(submitted) * 100.0 + 0.5);
  return std::clamp(percent, 1, 99);
}

}  // namespace tallystick::matcher
