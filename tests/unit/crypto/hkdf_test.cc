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

// RFC 5869 test case 1, and the same input under SHA-512 (as clkhash derives its keys).
TEST(Hkdf, TakesAChoiceOfHash) {
  const Bytes ikm(22, '\x0b'), salt = Hex("000102030405060708090a0b0c"),
                               info = Hex("f0f1f2f3f4f5f6f7f8f9");
  EXPECT_EQ(ToHex(HkdfBytes(HkdfHash::kSha256, salt, ikm, info, 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  EXPECT_EQ(ToHex(HkdfBytes(HkdfHash::kSha512, "and pepper", "secret", "", 64)),
            "8d07967e01000fb76b37ba7c47e68e326ff044e32248b61f510754600aca8930"
            "f645ce650dacbb46662e2f45c48ec005f29a9358ac460fbdfc6d6714b7efeda9");
  EXPECT_EQ(HkdfBytes(HkdfHash::kSha512, "", "secret", "", HkdfMaxLength(HkdfHash::kSha512)).size(),
            255u * 64);
}

TEST(HkdfDeathTest, AbortsBeyondTheRfcsLimit) {
  EXPECT_EQ(HkdfExpandBytes("prk", "", kHkdfMaxLength).size(), kHkdfMaxLength);
  EXPECT_DEATH(HkdfExpandBytes("prk", "", kHkdfMaxLength + 1), "kHkdfMaxLength");
}

}  // namespace
}  // namespace tallystick::crypto
