// Linked shares for quality.json, under the same minimums as tables.
#pragma once

#include <cstdint>
#include <optional>

#include "agreements/witness.h"

namespace tallystick::matcher {

// PublishableShare returns linked/submitted in whole percent, 1..99, or nothing when the group or
// its linked or not linked part is too small: "all", "none" and "all but a few" say who matched.
// For a group that is also a margin of a released table, ask only where that margin is published:
// a share bounds its count.
std::optional<int> PublishableShare(std::uint64_t linked, std::uint64_t submitted,
                                    const agreements::DisclosureRules& rules);

}  // namespace tallystick::matcher
