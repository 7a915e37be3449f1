// The frozen Unicode tables of "normaliser 1", made once from ICU 72 by tables/generate_tables.cc.
// Nothing here depends on the machine's locale or ICU.
#pragma once

#include <cstdint>
#include <string_view>

#include "crypto/hash.h"

namespace tallystick::agents {

// NfkdOf returns the full compatibility decomposition of `code_point`, or an empty view when it
// stays as it is. `hangul` is where the three parts of a Hangul syllable are written.
std::u32string_view NfkdOf(char32_t code_point, char32_t (&hangul)[3]);

// CanonicalCombiningClass orders the marks of one letter; 0 for everything else.
std::uint8_t CanonicalCombiningClass(char32_t code_point);

// Image is what a decomposed code point contributes to a folded text.
struct Image {
  enum class Kind {
    kText,       // `text`: lower-case letters and digits, with a space where words separate
    kCodePoint,  // `code_point`: a letter or digit that has no Latin image
  };
  Kind kind = Kind::kText;
  std::string_view text;
  char32_t code_point = 0;
};

// ImageOf applies `Any-Latin; Latin-ASCII` to one code point of the Basic Multilingual Plane and
// makes the result lower case. Of what remains, letters and decimal digits stay; an apostrophe, a
// mark or a spacing modifier letter joins (it becomes nothing); anything else separates words, but
// not when it is a part of a letter's image (the hard sign is `"` in ICU). Above the plane letters
// and digits stay as they are, in lower case.
Image ImageOf(char32_t code_point);

// UpdateWithUnicodeTables feeds every table into `hasher`, in one fixed serialisation.
void UpdateWithUnicodeTables(crypto::Sha256Hasher& hasher);

}  // namespace tallystick::agents
