// Phonetic codes of names. Each takes a normal form (lower case, no spaces), looks at its letters a
// to z only, and appends a code in capitals and digits to an emptied `out`; without such a letter
// the code is empty, that is null.
#pragma once

#include <string>
#include <string_view>

namespace tallystick::agents {

// American Soundex, as the U.S. National Archives file the census by it: a letter and three digits;
// h and w do not part two letters of one digit, vowels do.
void Soundex(std::string_view name, std::string& out);

// NYSIIS (New York State Identification and Intelligence System, R. L. Taft 1970): at most 6
// letters.
void Nysiis(std::string_view name, std::string& out);

// The primary code of Double Metaphone (L. Philips, "The Double Metaphone Search Algorithm",
// C/C++ Users Journal 18(6), June 2000): at most 4 letters.
void DoubleMetaphone(std::string_view name, std::string& out);

}  // namespace tallystick::agents
