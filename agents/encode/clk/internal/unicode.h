// Characters as Python 3.11 (Unicode 14.0) sees them: linkage schemas are defined by its behaviour.
#pragma once

#include <string>
#include <string_view>

namespace tallystick::agents {

// DecodePoints replaces `*out` with the code points of `text`; false where it is not UTF-8.
bool DecodePoints(std::string_view text, std::u32string* out);

// DecimalDigit returns 0 to 9 for a decimal digit of any script, else -1.
int DecimalDigit(char32_t point);

bool IsSpace(char32_t point);         // str.isspace
bool IsAlphanumeric(char32_t point);  // str.isalnum

// Whether str.upper, or str.lower, changes a string of just this character. Neither depends on
// what stands beside it, as far as the question is whether anything changes.
bool ChangesInUpperCase(char32_t point);
bool ChangesInLowerCase(char32_t point);

}  // namespace tallystick::agents
