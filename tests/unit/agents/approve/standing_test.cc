#include "agents/approve/standing.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "agreements/amendment.h"
#include "base/file.h"
#include "tests/unit/agents/approve/signed_home.h"

namespace tallystick::agents {
namespace {

using agreements::Agreement;
using matcher::Cast;

class RequireShareTest : public ::testing::Test {
 protected:
  std::filesystem::path File(std::string_view name) const {
    return home_.AgreementDirectory(cast_.digest_hex()) / name;
  }
  std::string Refused() const {
    const Status status = RequireShare(home_, cast_.agreement());
    if (status.ok()) return "";
    EXPECT_EQ(status.error().refusal().has_value(), status.error().id() == "agreement.share-lost");
    return std::string(status.error().id());
  }

  const Cast cast_;
  const SignedHome folder_{cast_};
  const AgentHome home_ = folder_.Open();
};

TEST_F(RequireShareTest, PassesWithTheShareThatTheCeremonyProved) { EXPECT_EQ(Refused(), ""); }

TEST_F(RequireShareTest, NamesTheRuleAndWhatMendsALostShare) {
  std::filesystem::remove(File("share.key"));
  const Status status = RequireShare(home_, cast_.agreement());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kPermissionDenied);
  ASSERT_TRUE(status.error().refusal());
  EXPECT_EQ(status.error().refusal()->rule.view(), "AGR-SHARE-LOST");
  EXPECT_NE(status.error().refusal()->would_pass.view().find("agreement rotate"),
            std::string_view::npos);
  ASSERT_TRUE(status.error().refusal()->clause);
}

TEST_F(RequireShareTest, TakesAnotherShareOrBrokenBytesForALostOne) {
  ASSERT_TRUE(home_.KeepShare(cast_.digest_hex(), crypto::Scalar::Random()).ok());
  EXPECT_EQ(Refused(), "agreement.share-lost");
  for (const Bytes& bytes : {Bytes(), Bytes(32, '\0'), Bytes(31, 'x'), Bytes(32, '\xff')}) {
    ASSERT_TRUE(WriteFileDurably(File("share.key"), bytes).ok());
    EXPECT_EQ(Refused(), "agreement.share-lost");
  }
}

TEST_F(RequireShareTest, NeedsThePublicSharesToo) {
  std::filesystem::remove(File("joint"));
  EXPECT_EQ(Refused(), "agreement.share-lost");
}

TEST_F(RequireShareTest, DoesNotCallAShareLostThatOnlyCannotBeRead) {
  ASSERT_EQ(::chmod(File("share.key").c_str(), 0644), 0);
  EXPECT_EQ(Refused(), "agreement.share-unreadable");
}

TEST_F(RequireShareTest, IsOfNoConcernWithoutMeasures) {
  std::filesystem::remove(File("share.key"));
  Agreement terms = cast_.agreement();
  for (agreements::Dataset& dataset : terms.datasets) dataset.measures.clear();
  EXPECT_TRUE(RequireShare(home_, terms).ok());
}

// Three versions signed here; the matcher calls the first two superseded.
class SupersededKeys : public ::testing::Test {
 protected:
  SupersededKeys() {
    second_ = Next(cast_.agreement());
    third_ = Next(second_);
  }

  static Agreement Next(const Agreement& version) {
    return agreements::Parsed(agreements::RotationText(version).value());
  }
  void Finish(const Agreement& version) {
    ASSERT_TRUE(home_.KeepSigned(version).ok());
    const std::string digest_hex = version.digest.hex();
    ASSERT_TRUE(home_.KeepShare(digest_hex, crypto::Scalar::Random()).ok());
    const auto secret = agreements::AgreementSecret::FromBytes(Bytes(32, 't'));
    ASSERT_TRUE(home_.KeepSecret(digest_hex, *secret).ok());
  }
  // What is left of a version's keys once the matcher has said that it is superseded. That asks
  // the matcher nothing, so nobody needs to be there.
  int KeysAfterFollowing(const Agreement& version) {
    v1::AgreementState state;
    state.set_digest(Bytes(version.digest.view()));
    state.set_phase(v1::AGREEMENT_PHASE_SUPERSEDED);
    auto matcher =
        client::MatcherClient::ConnectAnonymously("https://127.0.0.1:9", crypto::Digest());
    EXPECT_TRUE(matcher.ok());
    EXPECT_TRUE(FollowStanding(home_, *matcher, state, Cast::Now()).ok());
    int left = 0;
    for (const std::string_view name : {"secret.key", "share.key"}) {
      left += std::filesystem::exists(home_.AgreementDirectory(version.digest.hex()) / name);
    }
    return left;
  }

  const Cast cast_;
  const SignedHome folder_{cast_};
  const AgentHome home_ = folder_.Open();
  Agreement second_, third_;
};

TEST_F(SupersededKeys, AreKeptUntilTheNextVersionsCeremonyIsFinishedHere) {
  EXPECT_EQ(KeysAfterFollowing(cast_.agreement()), 2);
  ASSERT_TRUE(home_.KeepSigned(second_).ok());
  EXPECT_EQ(KeysAfterFollowing(cast_.agreement()), 2) << "signed, and its ceremony not finished";
  Finish(second_);
  EXPECT_EQ(KeysAfterFollowing(cast_.agreement()), 0);
}

// An agent that was asleep while the second version came and went.
TEST_F(SupersededKeys, AreDestroyedAlsoWhereAVersionBetweenIsOver) {
  Finish(second_);
  Finish(third_);
  EXPECT_EQ(KeysAfterFollowing(second_), 0);
  EXPECT_EQ(KeysAfterFollowing(cast_.agreement()), 0);
  EXPECT_TRUE(home_.HasSecret(third_.digest.hex()).value());
}

TEST_F(SupersededKeys, AShareIsDestroyedAlsoWhereTheSecretIsGone) {
  Finish(second_);
  std::filesystem::remove(home_.AgreementDirectory(cast_.digest_hex()) / "secret.key");
  EXPECT_EQ(KeysAfterFollowing(cast_.agreement()), 0);
}

}  // namespace
}  // namespace tallystick::agents
