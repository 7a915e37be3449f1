#include "client/identity.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/exit_code.h"
#include "base/file.h"
#include "proto/domains.h"
#include "tests/support/temporary_directory.h"

namespace tallystick::client {
namespace {

constexpr const char* kKeyFiles[] = {"signing.key", "sealing.key", "tls.pem"};

class IdentityTest : public ::testing::Test {
 protected:
  const std::filesystem::path& home() const { return directory_.path(); }
  std::filesystem::path KeyPath(const char* name) const { return home() / "keys" / name; }

  void Enrol() {
    ASSERT_TRUE(LoadOrMakeKeys(home()).ok());
    v1::Enrolled enrolled;
    enrolled.set_certificate_pem("certificate");
    enrolled.set_ca_pem("authority");
    enrolled.mutable_matcher()->set_id("unite-la");
    v1::Member member;
    member.set_id("csun");
    member.set_name("CSUN");
    member.set_role(v1::ROLE_INSTITUTION);
    ASSERT_TRUE(Identity::Store(home(), member, enrolled).ok());
  }

  TemporaryDirectory directory_;
};

TEST_F(IdentityTest, MakesKeysOnceForItsAccountAlone) {
  const auto made = LoadOrMakeKeys(home());
  ASSERT_TRUE(made.ok()) << made.error().ToString();
  for (const char* name : kKeyFiles) {
    struct stat status {};
    ASSERT_EQ(::stat(KeyPath(name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777u, 0600u) << name;
  }
  const auto again = LoadOrMakeKeys(home());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->signing.verify_key().view(), made->signing.verify_key().view());
  EXPECT_EQ(again->sealing.public_key().view(), made->sealing.public_key().view());
  EXPECT_EQ(again->tls.spki_digest(), made->tls.spki_digest());
}

TEST_F(IdentityTest, AHomeThatIsNotEnrolledStartsAfreshAfterACrashWhileMakingKeys) {
  for (const char* lost : kKeyFiles) {
    ASSERT_TRUE(LoadOrMakeKeys(home()).ok());
    std::filesystem::remove(KeyPath(lost));
    EXPECT_TRUE(LoadOrMakeKeys(home()).ok()) << lost;
    EXPECT_TRUE(std::filesystem::exists(KeyPath(lost))) << lost;
  }
}

TEST_F(IdentityTest, AnEnrolledHomeNeverMakesAKeyThatIsMissing) {
  for (const char* lost : kKeyFiles) {
    std::filesystem::remove_all(home() / "keys");
    std::filesystem::remove(home() / "identity.pb");
    Enrol();
    std::filesystem::remove(KeyPath(lost));
    const auto keys = LoadOrMakeKeys(home());
    ASSERT_FALSE(keys.ok()) << lost;
    EXPECT_EQ(keys.error().id(), "identity.keys-incomplete");
    EXPECT_EQ(ExitCodeOf(keys.error()), ExitCode::kConfiguration);
    EXPECT_FALSE(Identity::Load(home()).ok()) << lost;
    EXPECT_FALSE(std::filesystem::exists(KeyPath(lost))) << lost;
  }
}

TEST_F(IdentityTest, RefusesAKeyThatOthersMayRead) {
  Enrol();
  for (const char* open : kKeyFiles) {
    ASSERT_EQ(::chmod(KeyPath(open).c_str(), 0640), 0);
    EXPECT_FALSE(Identity::Load(home()).ok()) << open;
    ASSERT_EQ(::chmod(KeyPath(open).c_str(), 0600), 0);
  }
  EXPECT_TRUE(Identity::Load(home()).ok());
}

TEST_F(IdentityTest, AHomeThatIsNotEnrolledSaysWhatToDo) {
  const auto identity = Identity::Load(home());
  ASSERT_FALSE(identity.ok());
  EXPECT_EQ(identity.error().id(), "identity.not-enrolled");
  EXPECT_EQ(ExitCodeOf(identity.error()), ExitCode::kConfiguration);
  EXPECT_NE(identity.error().message().find("enrol"), std::string_view::npos);
}

TEST_F(IdentityTest, LoadsWhatWasStored) {
  Enrol();
  const auto identity = Identity::Load(home());
  ASSERT_TRUE(identity.ok()) << identity.error().ToString();
  EXPECT_EQ(identity->id(), "csun");
  EXPECT_EQ(identity->name(), "CSUN");
  EXPECT_EQ(identity->role(), v1::ROLE_INSTITUTION);
  EXPECT_EQ(identity->matcher().id(), "unite-la");
  EXPECT_EQ(identity->certificate_pem(), "certificate");
  EXPECT_EQ(identity->ca_pem(), "authority");
}

TEST_F(IdentityTest, RefusesADamagedIdentity) {
  Enrol();
  ASSERT_TRUE(WriteFileDurably(home() / "identity.pb", "nonsense").ok());
  EXPECT_FALSE(Identity::Load(home()).ok());
  ASSERT_TRUE(WriteFileDurably(home() / "identity.pb", "").ok());
  const auto empty = Identity::Load(home());
  ASSERT_FALSE(empty.ok());
  EXPECT_EQ(empty.error().id(), "identity.malformed");
}

TEST_F(IdentityTest, SignsForOnePurposeUnderItsName) {
  Enrol();
  const Identity identity = Identity::Load(home()).value();
  const v1::Signed message = identity.SignAs(kWithdrawalDomain, "body");
  EXPECT_EQ(message.signer(), "csun");
  EXPECT_EQ(message.body(), "body");
  const crypto::VerifyKey& key = identity.keys().signing.verify_key();
  EXPECT_TRUE(key.Verify(kWithdrawalDomain, "body", message.signature()).ok());
  EXPECT_FALSE(key.Verify(kReleaseDomain, "body", message.signature()).ok());
  EXPECT_FALSE(key.Verify(kWithdrawalDomain, "bodY", message.signature()).ok());
}

}  // namespace
}  // namespace tallystick::client
