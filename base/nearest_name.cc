#include "base/nearest_name.h"

#include <algorithm>
#include <vector>

namespace tallystick {
namespace {

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string_view> NearestName(std::string_view unknown,
                                            std::span<const std::string_view> known) {
  constexpr std::size_t kMaxLength = 64;
  constexpr std::size_t kMaxDistance = 2;
  if (unknown.size() > kMaxLength) return std::nullopt;
  std::optional<std::string_view> nearest;
  std::size_t best = kMaxDistance + 1;
  for (const std::string_view name : known) {
    const std::size_t distance = EditDistance(unknown, name);
    if (distance < best && distance * 2 < name.size() + 1) {
      best = distance;
      nearest = name;
    }
  }
  return nearest;
}

}  // namespace tallystick
