#include "crypto/base64.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace tallystick::crypto {
namespace {

TEST(Base64, GivesTheVectorsOfRfc4648Section10) {
  constexpr std::string_view kPairs[][2] = {{"", ""},
                                            {"f", "Zg=="},
                                            {"fo", "Zm8="},
                                            {"foo", "Zm9v"},
                                            {"foob", "Zm9vYg=="},
                                            {"fooba", "Zm9vYmE="},
                                            {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : kPairs) {
    EXPECT_EQ(Base64(bytes), text);
    EXPECT_EQ(FromBase64(text).value(), bytes);
    const std::string_view unpadded = text.substr(0, text.find('='));
    EXPECT_EQ(Base64Url(bytes), unpadded);
    EXPECT_EQ(FromBase64Url(unpadded).value(), bytes);
  }
}

TEST(Base64, KeepsItsTwoAlphabetsApart) {
  const Bytes bytes = "\xfb\xff\xfe";
  EXPECT_EQ(Base64(bytes), "+//+");
  EXPECT_EQ(Base64Url(bytes), "-__-");
  EXPECT_FALSE(FromBase64("-__-").ok());
  EXPECT_FALSE(FromBase64Url("+//+").ok());
}

TEST(Base64, ReadsBackWhateverItWrites) {
  for (std::size_t size = 0; size < 100; ++size) {
    const Bytes bytes = RandomBytes(size);
    EXPECT_EQ(FromBase64(Base64(bytes)).value(), bytes);
    EXPECT_EQ(FromBase64Url(Base64Url(bytes)).value(), bytes);
  }
}

TEST(Base64, RefusesEveryOtherSpelling) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm 8=", "Zm8=\n", "=",
        "==", "===", "====", "A===", "Zg==Zg==", "Z=g=", "Zm9v=", "Zm9v====", "Zm9\xff"}) {
    EXPECT_FALSE(FromBase64(text).ok()) << text;
  }
  for (const std::string_view text : {"Z", "Zg==", "Zh", "Zm9vY", " Zg", "Zm9v\n"}) {
    EXPECT_FALSE(FromBase64Url(text).ok()) << text;
  }
}

}  // namespace
}  // namespace tallystick::crypto
