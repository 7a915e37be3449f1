#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace tallystick {

// NearestName returns the one of `known` that a person most likely meant by `unknown`: at edit
// distance 2 or less, and at most half its length. For did-you-mean.
std::optional<std::string_view> NearestName(std::string_view unknown,
                                            std::span<const std::string_view> known);

}  // namespace tallystick
