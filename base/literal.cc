#include "base/literal.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <string>

namespace tallystick {

Literal LiteralFromMatcher(std::string_view text) {
  constexpr std::size_t kMaxTexts = 1000;
  constexpr std::size_t kMaxLength = 300;
  static std::mutex mutex;
  static std::set<std::string, std::less<>> texts;
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!printable || text.size() > kMaxLength) return "unprintable text from the matcher";
  const std::scoped_lock lock(mutex);
  auto found = texts.find(text);
  if (found == texts.end()) {
    if (texts.size() >= kMaxTexts) return "too many distinct texts from the matcher";
    found = texts.emplace(text).first;
  }
  return Literal(Literal::Interned{}, *found);
}

}  // namespace tallystick
