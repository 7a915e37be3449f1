// Numbers as int() and float() of Python read them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tallystick::agents {

// CanonicalInteger returns what Python prints for int(text): no sign +, no leading zeros; nullopt
// where int() fails. White space around, digits of any script and underscores between digits are
// fine. At most 4,300 digits, as Python has it.
std::optional<std::string> CanonicalInteger(std::u32string_view text);

// ParseFloat returns float(text), which may be infinite or not a number; nullopt where float()
// fails.
std::optional<double> ParseFloat(std::u32string_view text);

}  // namespace tallystick::agents
