#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tallystick::matcher {

// OptimalAssignment returns for each row of the matrix `weights` (row after row, at most as many
// rows as columns) its column, all different, so that the sum of the weights is the largest. Weight
// 0 stands for a pair that must not be used: being assigned to it is being assigned to nothing.
//
// Cost: rows² · columns steps.
std::vector<std::size_t> OptimalAssignment(std::span<const std::uint32_t> weights,
                                           std::size_t row_count, std::size_t column_count);

}  // namespace tallystick::matcher
