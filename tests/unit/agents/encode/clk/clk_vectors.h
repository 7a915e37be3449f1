// Reads the files of vectors/; a test program runs from the source root.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "agents/encode/clk/clk_encoder.h"
#include "agents/encode/clk/internal/unicode.h"
#include "agents/encode/clk/linkage_schema.h"
#include "agents/source/csv_reader.h"
#include "base/bytes.h"
#include "base/file.h"
#include "crypto/secret.h"

namespace tallystick::agents {

inline Bytes ClkVectorFile(std::string_view name) {
  const auto text =
      ReadFile("tests/unit/agents/encode/clk/vectors/" + std::string(name), std::size_t{4} << 20);
  if (!text.ok()) {
    ADD_FAILURE() << "no vectors " << name << ": " << text.error().ToString();
    return {};
  }
  return *text;
}

inline boost::json::value ClkVectors(std::string_view name = "generated_vectors.json") {
  return boost::json::parse(ClkVectorFile(name));
}

inline std::string TextOf(const boost::json::value& value) {
  return std::string(value.as_string());
}

inline std::u32string Points(std::string_view text) {
  std::u32string points;
  EXPECT_TRUE(DecodePoints(text, &points)) << text;
  return points;
}

inline std::vector<std::string> TextsOf(const boost::json::value& array) {
  std::vector<std::string> texts;
  for (const auto& text : array.as_array()) texts.push_back(TextOf(text));
  return texts;
}

// A version 3 schema of one feature; the arguments are JSON.
inline std::string OneFeature(std::string_view format, std::string_view hashing,
                              std::string_view config = R"("l": 1024, "kdf": {"type": "HKDF"})") {
  return R"({"version": 3, "clkConfig": {)" + std::string(config) +
         R"(}, "features": [{"identifier": "x", "format": )" + std::string(format) +
         R"(, "hashing": )" + std::string(hashing) + "}]}";
}

inline constexpr char kBigrams[] =
    R"({"comparison": {"type": "ngram", "n": 2}, "strategy": {"bitsPerFeature": 100}})";

inline crypto::SecretBuffer Secret(std::string_view text) {
  return crypto::SecretBuffer(Bytes(text));
}

inline std::vector<CsvField> Row(const std::vector<std::string>& texts) {
  std::vector<CsvField> fields;
  for (const std::string& text : texts) fields.emplace_back(std::string_view(text));
  return fields;
}

// The CLK of one row, or the error.
inline Result<Bytes> EncodeRow(ClkEncoder& encoder, const std::vector<std::string>& texts) {
  Bytes clk(encoder.clk_bytes(), '\0');
  TS_RETURN_IF_ERROR(encoder.Encode(Row(texts), reinterpret_cast<std::uint8_t*>(clk.data())));
  return clk;
}

}  // namespace tallystick::agents
