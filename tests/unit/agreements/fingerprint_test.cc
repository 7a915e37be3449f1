#include "agreements/fingerprint.h"

#include <gtest/gtest.h>

namespace tallystick::agreements {
namespace {

crypto::Digest Of(std::string_view hex) { return crypto::Digest::FromHex(hex).value(); }

// Expected values by Python: int(hex, 16) % 10**48, zero-padded.
TEST(Fingerprint, IsTheDigestModuloTenToTheFortyEight) {
  EXPECT_EQ(Fingerprint(crypto::Digest()),
            "000000 000000 000000 000000 000000 000000 000000 000000");
  EXPECT_EQ(Fingerprint(Of("00000000000000000000000000000000000000000000000000000000000f4240")),
            "000000 000000 000000 000000 000000 000000 000001 000000");
  EXPECT_EQ(Fingerprint(Of(std::string(64, 'f'))),
            "687907 853269 984665 640564 039457 584007 913129 639935");
  EXPECT_EQ(Fingerprint(crypto::Sha256("abc")),
            "142263 660104 883695 016514 377462 985829 716817 089965");
}

TEST(Fingerprint, IsTakenWithOrWithoutSpaces) {
  const crypto::Digest digest = crypto::Sha256("abc");
  std::string digits;
  for (const char c : Fingerprint(digest)) {
    if (c != ' ') digits += c;
  }
  EXPECT_TRUE(CheckFingerprint(digest, Fingerprint(digest)).ok());
  EXPECT_TRUE(CheckFingerprint(digest, digits).ok());
  EXPECT_TRUE(CheckFingerprint(digest, "  " + Fingerprint(digest) + "\n").ok());
}

TEST(Fingerprint, OfAnotherAgreementIsRefused) {
  const auto status = CheckFingerprint(crypto::Sha256("abc"), Fingerprint(crypto::Sha256("abd")));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().id(), "agreement.fingerprint-mismatch");
  ASSERT_TRUE(status.error().refusal().has_value());
  EXPECT_EQ(status.error().refusal()->rule.view(), "AGR-FINGERPRINT");
}

TEST(Fingerprint, OfAnotherFormIsRefused) {
  const crypto::Digest digest;
  for (const std::string& typed : {std::string(), std::string(47, '0'), std::string(49, '0'),
                                   std::string(47, '0') + "x", std::string(47, '0') + "-"}) {
    const auto status = CheckFingerprint(digest, typed);
    ASSERT_FALSE(status.ok()) << typed;
    EXPECT_EQ(status.error().id(), "agreement.fingerprint-form");
  }
}

}  // namespace
}  // namespace tallystick::agreements
