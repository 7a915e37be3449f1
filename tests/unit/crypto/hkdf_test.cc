#include "crypto/hkdf.h"

#include <gtest/gtest.h>

#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

TEST(Hkdf, GivesTheWycheproofKeys) {
  int computed = 0;
  for (const auto& test : LoadVectors("wycheproof_hkdf_sha256.json")) {
    SCOPED_TRACE(Number(test, "tcId"));
    const std::size_t size = Number(test, "size");
    if (Text(test, "result") != "valid") {
      EXPECT_GT(size, kHkdfMaxLength);  // the only reason there is
      continue;
    }
    const auto prk = HkdfExtract(Hex(test, "salt"), Hex(test, "ikm"));
    const Bytes info = Hex(test, "info");
    const Bytes okm =
        prk.Expose([&](ByteView bytes) { return HkdfExpandBytes(bytes, info, size); });
    EXPECT_EQ(ToHex(okm), Text(test, "okm"));
    ++computed;
  }
  EXPECT_GT(computed, 70);
}

TEST(Hkdf, ExpandIsTheFirst32Bytes) {
  const auto prk = HkdfExtract("salt", "input");
  const Bytes bytes = prk.Expose([](ByteView key) { return HkdfExpandBytes(key, "info", 64); });
  HkdfExpand(prk, "info").Expose([&](ByteView key) { EXPECT_EQ(key, bytes.substr(0, 32)); });
}

TEST(Hkdf, GivesNothingForALengthOfNothing) { EXPECT_TRUE(HkdfExpandBytes("prk", "", 0).empty()); }

TEST(HkdfDeathTest, AbortsBeyondTheRfcsLimit) {
  EXPECT_EQ(HkdfExpandBytes("prk", "", kHkdfMaxLength).size(), kHkdfMaxLength);
  EXPECT_DEATH(HkdfExpandBytes("prk", "", kHkdfMaxLength + 1), "kHkdfMaxLength");
}

}  // namespace
}  // namespace tallystick::crypto
