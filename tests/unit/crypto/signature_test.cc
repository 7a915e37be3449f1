#include "crypto/signature.h"

#include <gtest/gtest.h>

#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

constexpr Domain kManifest{"tallystick/v1/manifest"};
constexpr Domain kRelease{"tallystick/v1/release"};

TEST(VerifyKey, JudgesTheWycheproofSignatures) {
  int valid = 0;
  int invalid = 0;
  for (const auto& test : LoadVectors("wycheproof_ed25519.json")) {
    SCOPED_TRACE(Number(test, "tcId"));
    const auto key = VerifyKey::FromBytes(Hex(test, "pk"));
    ASSERT_TRUE(key.ok());
    const bool accepted = key->VerifyRaw(Hex(test, "msg"), Hex(test, "sig")).ok();
    EXPECT_EQ(accepted, Text(test, "result") == "valid");
    ++(accepted ? valid : invalid);
  }
  EXPECT_GT(valid, 50);
  EXPECT_GT(invalid, 50);
}

TEST(VerifyKey, RefusesWeakPointsAndTheirOtherEncodings) {
  constexpr std::string_view kEnd = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
  const std::string zeros(60, '0');
  const std::string weak[] = {"0000" + zeros,
                              "0100" + zeros,  // order 4 and the identity
                              "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                              "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                              "ecff" + std::string(kEnd) + "7f",
                              "edff" + std::string(kEnd) + "7f",
                              "eeff" + std::string(kEnd) + "7f",
                              "ffff" + std::string(kEnd) + "7f"};
  for (const std::string& hex : weak) {
    Bytes bytes = Hex(hex);
    EXPECT_FALSE(VerifyKey::FromBytes(bytes).ok()) << hex;
    bytes[31] = static_cast<char>(bytes[31] | 0x80);  // the other sign of x
    EXPECT_FALSE(VerifyKey::FromBytes(bytes).ok()) << hex << " negated";
  }
}

TEST(VerifyKey, RefusesAnotherLength) {
  EXPECT_EQ(VerifyKey::FromBytes(Bytes(31, 'a')).error().id(), "crypto.verify-key");
  EXPECT_FALSE(VerifyKey::FromBytes(Bytes(33, 'a')).ok());
  EXPECT_FALSE(VerifyKey::FromBytes("").ok());
}

TEST(SigningKey, SignsAsRfc8032Section71Test2) {
  const auto key =
      SigningKey::FromSeed(Hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(ToHex(key->verify_key().view()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  EXPECT_EQ(ToHex(key->SignRaw("\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(SigningKey, ASignatureHoldsForItsMessageKeyAndDomainOnly) {
  const SigningKey key = SigningKey::Generate();
  const Bytes signature = key.Sign(kManifest, "message");
  ASSERT_EQ(signature.size(), kSignatureSize);
  EXPECT_TRUE(key.verify_key().Verify(kManifest, "message", signature).ok());
  EXPECT_EQ(key.verify_key().Verify(kRelease, "message", signature).error().id(),
            "crypto.bad-signature");
  EXPECT_FALSE(key.verify_key().Verify(kManifest, "massage", signature).ok());
  EXPECT_FALSE(key.verify_key().VerifyRaw("message", signature).ok());
  EXPECT_FALSE(SigningKey::Generate().verify_key().Verify(kManifest, "message", signature).ok());
  EXPECT_FALSE(key.verify_key().Verify(kManifest, "message", signature.substr(1)).ok());
  EXPECT_FALSE(key.verify_key().Verify(kManifest, "message", signature + "x").ok());
  EXPECT_FALSE(key.verify_key().Verify(kManifest, "message", "").ok());
}

TEST(SigningKey, SignsTheLabelsLengthTheLabelAndTheMessage) {
  const SigningKey key = SigningKey::Generate();
  Bytes signed_bytes("\0\0\0\x16tallystick/v1/manifestmessage", 4 + 22 + 7);
  EXPECT_TRUE(key.verify_key().VerifyRaw(signed_bytes, key.Sign(kManifest, "message")).ok());
}

TEST(SigningKey, ItsSeedMakesItAgain) {
  const SigningKey key = SigningKey::Generate();
  const auto again = key.ExposeSeed([](ByteView seed) { return SigningKey::FromSeed(seed); });
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->verify_key(), key.verify_key());
  EXPECT_EQ(again->SignRaw("m"), key.SignRaw("m"));
  EXPECT_FALSE(SigningKey::FromSeed(Bytes(31, 's')).ok());
}

}  // namespace
}  // namespace tallystick::crypto
