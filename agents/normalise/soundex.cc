#include <cstddef>

#include "agents/normalise/phonetic.h"

namespace tallystick::agents {
namespace {

// a to z: a digit, '-' for what parts two letters of one digit, '.' for what does not.
constexpr std::string_view kDigits = "-123-12.-22455-12623-1.2-2";
constexpr std::size_t kCodeLength = 4;

}  // namespace

void Soundex(std::string_view name, std::string& out) {
  out.clear();
  char last = '-';
  for (const char letter : name) {
    if (letter < 'a' || letter > 'z') continue;
    const char digit = kDigits[static_cast<std::size_t>(letter - 'a')];
    if (out.empty()) {
      out.push_back(static_cast<char>(letter - ('a' - 'A')));
    } else if (digit != '-' && digit != '.' && digit != last) {
      out.push_back(digit);
      if (out.size() == kCodeLength) return;
    }
    if (digit != '.') last = digit;
  }
  if (!out.empty()) out.append(kCodeLength - out.size(), '0');
}

}  // namespace tallystick::agents
