#include "matcher/linkage/internal/optimal_assignment.h"

#include <limits>

#include "base/check.h"

namespace tallystick::matcher {

// Rows are added one by one. Each time a shortest path, by costs reduced by the potentials, leads
// from the new row over assigned ones to a free column, and every row on it moves on by one. Row 0
// and column 0 stand for "none".
std::vector<std::size_t> OptimalAssignment(std::span<const std::uint32_t> weights,
                                           std::size_t row_count, std::size_t column_count) {
  TS_CHECK(row_count <= column_count && weights.size() == row_count * column_count);
  constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> row_potential(row_count + 1, 0), column_potential(column_count + 1, 0);
  std::vector<std::size_t> row_of(column_count + 1, 0), came_from(column_count + 1, 0);
  std::vector<std::int64_t> distance(column_count + 1);
  std::vector<char> reached(column_count + 1);
  for (std::size_t row = 1; row <= row_count; ++row) {
    distance.assign(column_count + 1, kFar);
    reached.assign(column_count + 1, 0);
    row_of[0] = row;
    std::size_t column = 0;
    do {
      reached[column] = 1;
      const std::size_t from = row_of[column];
      const std::uint32_t* weight = weights.data() + (from - 1) * column_count;
      std::int64_t step = kFar;
      std::size_t next = 0;
      for (std::size_t c = 1; c <= column_count; ++c) {
        if (reached[c] != 0) continue;
        const std::int64_t cost =
            -std::int64_t{weight[c - 1]} - row_potential[from] - column_potential[c];
        if (cost < distance[c]) {
          distance[c] = cost;
          came_from[c] = column;
        }
        if (distance[c] < step) {
          step = distance[c];
          next = c;
        }
      }
      for (std::size_t c = 0; c <= column_count; ++c) {
        if (reached[c] != 0) {
          row_potential[row_of[c]] += step;
          column_potential[c] -= step;
        } else if (distance[c] != kFar) {
          distance[c] -= step;
        }
      }
      column = next;
    } while (row_of[column] != 0);
    while (column != 0) {
      row_of[column] = row_of[came_from[column]];
      column = came_from[column];
    }
  }
  std::vector<std::size_t> columns(row_count);
  for (std::size_t c = 1; c <= column_count; ++c) {
    if (row_of[c] != 0) columns[row_of[c] - 1] = c - 1;
  }
  return columns;
}

}  // namespace tallystick::matcher
