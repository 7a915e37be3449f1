// Reads the files of vectors/; a test program runs from the source root.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/file.h"

namespace tallystick::crypto {

inline boost::json::array LoadVectors(std::string_view name) {
  const auto text =
      ReadFile(std::string("tests/unit/crypto/vectors/") + std::string(name), 1 << 20);
  if (!text.ok()) {
    ADD_FAILURE() << "no vectors " << name << ": " << text.error().ToString();
    return {};
  }
  return boost::json::parse(*text).at("tests").as_array();
}

inline std::string Text(const boost::json::value& test, std::string_view field) {
  return std::string(test.at(field).as_string());
}

inline std::size_t Number(const boost::json::value& test, std::string_view field) {
  return test.at(field).to_number<std::size_t>();
}

inline Bytes Hex(std::string_view hex) {
  Bytes bytes;
  EXPECT_TRUE(FromHex(hex, &bytes)) << hex;
  return bytes;
}

inline Bytes Hex(const boost::json::value& test, std::string_view field) {
  return Hex(Text(test, field));
}

}  // namespace tallystick::crypto
