#include "agents/encode/clk/internal/unicode.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include "agents/source/utf8.h"

namespace tallystick::agents {
namespace {

// Every `step`-th code point from `first` to `last`.
struct Run {
  std::uint32_t first, last, step;
};

#include "agents/encode/clk/internal/unicode_tables.inc"

// The run that holds `point`, or null.
template <std::size_t N>
const Run* Find(const Run (&runs)[N], char32_t point) {
  const auto* run = std::lower_bound(std::begin(runs), std::end(runs), point,
                                     [](const Run& r, char32_t p) { return r.last < p; });
  if (run == std::end(runs) || point < run->first) return nullptr;
  return (point - run->first) % run->step == 0 ? run : nullptr;
}

}  // namespace

bool DecodePoints(std::string_view text, std::u32string* out) {
  out->clear();
  while (!text.empty()) {
    const DecodedCodePoint next = DecodeUtf8(text);
    if (next.length == 0) return false;
    out->push_back(next.code_point);
    text.remove_prefix(next.length);
  }
  return true;
}

int DecimalDigit(char32_t point) {
  if (point < 0x80) return point >= '0' && point <= '9' ? static_cast<int>(point - '0') : -1;
  const Run* run = Find(kDigits, point);
  return run == nullptr ? -1 : static_cast<int>((point - run->first) % 10);
}

bool IsSpace(char32_t point) { return Find(kSpaces, point) != nullptr; }

bool IsAlphanumeric(char32_t point) { return Find(kAlphanumerics, point) != nullptr; }

bool ChangesInUpperCase(char32_t point) { return Find(kChangesInUpperCase, point) != nullptr; }

bool ChangesInLowerCase(char32_t point) { return Find(kChangesInLowerCase, point) != nullptr; }

}  // namespace tallystick::agents
