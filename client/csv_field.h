#pragma once

#include <string>
#include <string_view>

namespace tallystick::client {

// CsvField returns `text` as one field of RFC 4180, quoted where it must be.
inline std::string CsvField(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + "\"";
}

}  // namespace tallystick::client
