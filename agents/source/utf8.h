// UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tallystick::agents {

// DecodedCodePoint: `length` is 0 where `text` does not start with a whole valid sequence.
struct DecodedCodePoint {
  char32_t code_point = 0;
  std::size_t length = 0;
};

// DecodeUtf8 decodes the first code point of `text`.
DecodedCodePoint DecodeUtf8(std::string_view text);

// AppendUtf8 appends `code_point`, which must be one that UTF-8 can carry.
void AppendUtf8(std::string& out, char32_t code_point);

}  // namespace tallystick::agents
