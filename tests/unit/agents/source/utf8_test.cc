#include "agents/source/utf8.h"

#include <gtest/gtest.h>

namespace tallystick::agents {
namespace {

TEST(Utf8, RoundTripsEveryCodePoint) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string bytes;
    AppendUtf8(bytes, c);
    const DecodedCodePoint decoded = DecodeUtf8(bytes);
    ASSERT_EQ(decoded.code_point, c);
    ASSERT_EQ(decoded.length, bytes.size());
    ASSERT_EQ(DecodeUtf8(bytes.substr(0, bytes.size() - 1)).length, 0u);
  }
}

// Unicode 15.0, table 3-7: everything outside it is ill-formed.
TEST(Utf8, RefusesOverlongFormsSurrogatesAndWhatIsTooLarge) {
  for (const char* bytes : {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
                            "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
                            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3(", "\xE2\x82("}) {
    EXPECT_EQ(DecodeUtf8(bytes).length, 0u) << bytes;
  }
}

}  // namespace
}  // namespace tallystick::agents
