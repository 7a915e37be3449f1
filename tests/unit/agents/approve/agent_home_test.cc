#include "agents/agent_home.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/unit/agents/approve/signed_home.h"

namespace tallystick::agents {
namespace {

using matcher::Cast;

const Cast& TheCast() {
  static const auto* const cast = new Cast();
  return *cast;
}

TEST(AgentHome, RefusesAHomeThatLostAKeyInsteadOfMakingAnother) {
  const SignedHome signed_home(TheCast());
  for (const char* name : {"code.key", "pseudonym.key"}) {
    const auto file = signed_home.path() / "keys" / name;
    const Bytes kept = ReadFile(file, 64).value();
    std::filesystem::remove(file);
    const auto opened = AgentHome::Open(signed_home.path());
    ASSERT_FALSE(opened.ok()) << name;
    EXPECT_EQ(opened.error().id(), "identity.keys-incomplete");
    EXPECT_FALSE(std::filesystem::exists(file)) << name;
    ASSERT_TRUE(WriteFileDurably(file, kept).ok());
  }
}

TEST(AgentHome, ErasesASecretWhereItIsOnTheDisk) {
  const SignedHome signed_home(TheCast());
  const AgentHome home = signed_home.Open();
  const auto secret = home.AgreementDirectory(TheCast().digest_hex()) / "secret.key";
  const auto same_blocks = signed_home.path() / "same-blocks";
  std::filesystem::create_hard_link(secret, same_blocks);
  ASSERT_EQ(ReadFile(same_blocks, 64).value(), Bytes(32, 's'));
  ASSERT_TRUE(home.EraseSecret(TheCast().digest_hex()).ok());
  EXPECT_FALSE(home.HasSecret(TheCast().digest_hex()).value());
  EXPECT_EQ(ReadFile(same_blocks, 64).value(), Bytes(32, '\0'));
}

TEST(AgentHome, KeepsTheSharesOfTheJointKeyByParty) {
  const SignedHome signed_home(TheCast());
  const AgentHome home = signed_home.Open();
  const std::string digest_hex = TheCast().digest_hex();
  for (const std::string_view file : {"joint", "share.key"}) {
    ASSERT_TRUE(std::filesystem::remove(home.AgreementDirectory(digest_hex) / file));
  }
  EXPECT_EQ(home.LoadJoint(digest_hex).error().id(), "agreement.no-joint-key");
  const auto own = crypto::Scalar::Random();
  const auto csun = crypto::Point::MulGenerator(own);
  const auto lausd = crypto::Point::MulGenerator(crypto::Scalar::Random());
  ASSERT_TRUE(home.KeepJoint(digest_hex, {{"lausd", lausd}, {"csun", csun}}).ok());

  const auto joint = signed_home.Open().LoadJoint(digest_hex);
  ASSERT_TRUE(joint.ok());
  EXPECT_EQ(joint->joint_key, crypto::Point::Add(csun, lausd).value());
  ASSERT_EQ(joint->parties.size(), 2u);
  EXPECT_EQ(joint->parties[0].party, "csun");
  ASSERT_NE(joint->Find("lausd"), nullptr);
  EXPECT_EQ(*joint->Find("lausd"), lausd);
  EXPECT_EQ(joint->Find("csula"), nullptr);

  EXPECT_EQ(home.LoadShare(digest_hex).error().id(), "agreement.no-share");
  ASSERT_TRUE(home.KeepShare(digest_hex, own).ok());
  EXPECT_EQ(crypto::Point::MulGenerator(signed_home.Open().LoadShare(digest_hex).value()), csun);
}

TEST(AgentHome, RefusesSharesOfTheJointKeyThatChangedOnTheDisk) {
  const SignedHome signed_home(TheCast());
  const AgentHome home = signed_home.Open();
  const std::string digest_hex = TheCast().digest_hex();
  const auto share = crypto::Point::MulGenerator(crypto::Scalar::Random());
  ASSERT_TRUE(home.KeepJoint(digest_hex, {{"csun", share}}).ok());
  const auto file = home.AgreementDirectory(digest_hex) / "joint";
  const Bytes whole = ReadFile(file, 4096).value();
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    Bytes changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    ASSERT_TRUE(WriteFileDurably(file, changed).ok());
    EXPECT_EQ(home.LoadJoint(digest_hex).error().id(), "agreement.joint-corrupt") << at;
    ASSERT_TRUE(WriteFileDurably(file, whole.substr(0, at)).ok());
    EXPECT_FALSE(home.LoadJoint(digest_hex).ok()) << at;
  }
}

// A disk that fails must not look like an agreement that nobody signed: a refusal of that kind is
// final.
TEST(AgentHome, WhatItCannotReadIsNeitherSignedNorUnsigned) {
  const SignedHome signed_home(TheCast());
  const std::string digest_hex = TheCast().digest_hex();
  const AgentHome home = signed_home.Open();
  EXPECT_TRUE(home.HasSigned(digest_hex).value());
  EXPECT_TRUE(home.HasSecret(digest_hex).value());
  EXPECT_EQ(home.SignedAgreements().value(), std::vector<std::string>{digest_hex});
  EXPECT_FALSE(home.HasSigned(std::string(64, '0')).value());
  const auto directory = home.AgreementDirectory(digest_hex);
  std::filesystem::rename(directory, signed_home.path() / "aside");
  std::filesystem::create_symlink(directory.filename(), directory);  // stat says ELOOP, not ENOENT
  for (const auto& answer : {home.HasSigned(digest_hex), home.HasSecret(digest_hex)}) {
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code(), Code::kUnavailable);
  }
  EXPECT_FALSE(home.SignedAgreements().ok());
}

TEST(AgentHome, RemembersWhereAnAgreementStands) {
  const SignedHome signed_home(TheCast());
  const std::string digest_hex = TheCast().digest_hex();
  EXPECT_EQ(signed_home.Open().LoadStanding(digest_hex).value(), Standing::kUsable);
  for (const Standing standing : {Standing::kSuspended, Standing::kRevoked, Standing::kUsable}) {
    ASSERT_TRUE(signed_home.Open().KeepStanding(digest_hex, standing).ok());
    EXPECT_EQ(signed_home.Open().LoadStanding(digest_hex).value(), standing);
  }
}

}  // namespace
}  // namespace tallystick::agents
