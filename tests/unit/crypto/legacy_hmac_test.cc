#include "crypto/legacy_hmac.h"

#include <gtest/gtest.h>

#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

std::string HexOf(LegacyHmac::Hash hash, ByteView key, ByteView message) {
  std::uint8_t out[LegacyHmac::kMaxSize];
  const LegacyHmac hmac(hash, key);
  hmac.Compute(message, out);
  return ToHex(ByteView(reinterpret_cast<const char*>(out), hmac.size()));
}

TEST(LegacyHmac, GivesTheAnswersOfRfc2202) {
  constexpr auto kMd5 = LegacyHmac::Hash::kMd5;
  constexpr auto kSha1 = LegacyHmac::Hash::kSha1;
  EXPECT_EQ(HexOf(kMd5, Bytes(16, '\x0b'), "Hi There"), "9294727a3638bb1c13f48ef8158bfc9d");
  EXPECT_EQ(HexOf(kMd5, "Jefe", "what do ya want for nothing?"),
            "750c783e6ab0b503eaa86e310a5db738");
  EXPECT_EQ(HexOf(kSha1, Bytes(20, '\x0b'), "Hi There"),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(HexOf(kSha1, "Jefe", "what do ya want for nothing?"),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  // A key longer than a block is hashed first.
  constexpr std::string_view kLarger = "Test Using Larger Than Block-Size Key - Hash Key First";
  EXPECT_EQ(HexOf(kMd5, Bytes(80, '\xaa'), kLarger), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
  EXPECT_EQ(HexOf(kSha1, Bytes(80, '\xaa'), kLarger), "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

}  // namespace
}  // namespace tallystick::crypto
