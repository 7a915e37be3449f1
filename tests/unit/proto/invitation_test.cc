#include "proto/invitation.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "proto/codec.h"

namespace tallystick {
namespace {

v1::Invitation SomeInvitation() {
  v1::Invitation invitation;
  invitation.set_url("https://match.example.org:8443");
  invitation.set_ca_spki_digest(Bytes(crypto::Sha256("ca").view()));
  invitation.set_secret(Bytes(16, '\xf3'));
  invitation.set_role(v1::ROLE_INSTITUTION);
  invitation.set_id("csun");
  return invitation;
}

TEST(Invitation, SurvivesAShellAMailAndAForm) {
  const std::string code = EncodeInvitation(SomeInvitation());
  EXPECT_TRUE(code.starts_with("ts1-"));
  EXPECT_EQ(code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_"),
            std::string::npos);
  EXPECT_LT(code.size(), 200u);
  for (const std::string& pasted : {code, " " + code + "\n", "\r\n\t" + code + "\r\n"}) {
    const auto decoded = DecodeInvitation(pasted);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(Serialise(*decoded), Serialise(SomeInvitation()));
  }
}

TEST(Invitation, RefusesWhatIsNone) {
  const std::string code = EncodeInvitation(SomeInvitation());
  for (const std::string& bad :
       {std::string(), std::string("ts1-"), std::string("ts2-") + code.substr(4), code.substr(4),
        code.substr(0, code.size() - 1), code + "=", code + "!",
        code.substr(0, 20) + " " + code.substr(20), "ts1-" + std::string(3'000, 'A'),
        "ts1-" + std::string(40, 'A')}) {
    const auto decoded = DecodeInvitation(bad);
    ASSERT_FALSE(decoded.ok()) << bad;
    EXPECT_EQ(decoded.error().id(), "enrol.invitation-code");
  }
  v1::Invitation short_secret = SomeInvitation();
  short_secret.set_secret("short");
  EXPECT_FALSE(DecodeInvitation(EncodeInvitation(short_secret)).ok());
  v1::Invitation no_pin = SomeInvitation();
  no_pin.clear_ca_spki_digest();
  EXPECT_FALSE(DecodeInvitation(EncodeInvitation(no_pin)).ok()) << "it would trust any matcher";
}

}  // namespace
}  // namespace tallystick
