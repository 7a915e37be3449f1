#include "agreements/transition.h"

#include <gtest/gtest.h>

#include "agreements/amendment.h"
#include "tests/support/agreement_text.h"

namespace tallystick::agreements {
namespace {

class Transitions : public ::testing::Test {
 protected:
  Transition Make(TransitionKind kind, std::string_view party, std::uint64_t sequence) const {
    Transition transition;
    transition.kind = kind;
    transition.digest = agreement_.digest;
    transition.party = std::string(party);
    transition.sequence = sequence;
    transition.reason = "review of the data-sharing terms";
    transition.time = ParseTime("2026-06-01T12:00:00Z").value();
    transition.Sign(MakeTestMember(party).signing_key);
    return transition;
  }

  // Applies and keeps; returns the error's id or "".
  std::string Apply(const Transition& transition) {
    auto next = ApplyTransition(agreement_, state_, transition);
    if (!next.ok()) return std::string(next.error().id());
    state_ = *std::move(next);
    return "";
  }

  const Agreement agreement_ = TestAgreement();
  TransitionState state_;
};

using Kind = TransitionKind;

TEST_F(Transitions, OnlyWhoSuspendedResumes) {
  EXPECT_TRUE(state_.usable());
  EXPECT_EQ(Apply(Make(Kind::kSuspend, "csun", 1)), "");
  EXPECT_FALSE(state_.usable());
  const auto refused = ApplyTransition(agreement_, state_, Make(Kind::kResume, "lausd", 1));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().id(), "transition.not-suspender");
  EXPECT_EQ(refused.error().refusal()->rule.view(), "AGR-RESUME");
  EXPECT_EQ(Apply(Make(Kind::kResume, "csun", 2)), "");
  EXPECT_TRUE(state_.usable());
}

TEST_F(Transitions, BothMustResumeWhenBothSuspended) {
  EXPECT_EQ(Apply(Make(Kind::kSuspend, "csun", 1)), "");
  EXPECT_EQ(Apply(Make(Kind::kSuspend, "lausd", 1)), "");
  EXPECT_EQ(Apply(Make(Kind::kResume, "csun", 2)), "");
  EXPECT_FALSE(state_.usable());
  EXPECT_EQ(Apply(Make(Kind::kResume, "lausd", 2)), "");
  EXPECT_TRUE(state_.usable());
}

TEST_F(Transitions, RevokedIsForGood) {
  EXPECT_EQ(Apply(Make(Kind::kRevoke, "lausd", 1)), "");
  EXPECT_TRUE(state_.revoked);
  EXPECT_EQ(Apply(Make(Kind::kResume, "lausd", 2)), "transition.revoked");
  EXPECT_EQ(Apply(Make(Kind::kRevoke, "csun", 1)), "transition.revoked");
}

TEST_F(Transitions, CannotBeReplayedOrReordered) {
  const Transition suspend = Make(Kind::kSuspend, "csun", 1);
  EXPECT_EQ(Apply(Make(Kind::kSuspend, "csun", 2)), "transition.sequence");
  EXPECT_EQ(Apply(suspend), "");
  EXPECT_EQ(Apply(suspend), "transition.sequence");
  EXPECT_EQ(Apply(Make(Kind::kSuspend, "csun", 2)), "transition.suspended");
  EXPECT_EQ(Apply(Make(Kind::kResume, "csun", 2)), "");
  EXPECT_EQ(Apply(suspend), "transition.sequence");
  EXPECT_EQ(state_.NextSequence("csun"), 3u);
  EXPECT_EQ(state_.NextSequence("lausd"), 1u);
}

TEST_F(Transitions, MustBeSignedByThePartyForThisAgreement) {
  Transition other = Make(Kind::kSuspend, "csun", 1);
  other.digest = crypto::Digest();
  other.Sign(MakeTestMember("csun").signing_key);
  EXPECT_EQ(Apply(other), "transition.digest");
  EXPECT_EQ(Apply(Make(Kind::kSuspend, "stranger", 1)), "transition.party");
  Transition forged = Make(Kind::kSuspend, "csun", 1);
  forged.Sign(MakeTestMember("lausd").signing_key);
  EXPECT_EQ(Apply(forged), "transition.signature");
  Transition turned = Make(Kind::kSuspend, "csun", 1);
  turned.kind = Kind::kRevoke;
  EXPECT_EQ(Apply(turned), "transition.signature");
}

TEST_F(Transitions, SurviveEncodingAndRefuseEveryChangedByte) {
  const Transition made = Make(Kind::kRevoke, "csun", 1);
  const Bytes encoded = made.Encode();
  const auto decoded = Transition::Decode(encoded);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->Encode(), encoded);
  EXPECT_EQ(decoded->reason, made.reason);
  EXPECT_EQ(decoded->time, made.time);
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    EXPECT_FALSE(Transition::Decode(ByteView(encoded).substr(0, at)).ok());
    Bytes changed = encoded;
    changed[at] = static_cast<char>(changed[at] ^ 2);
    const auto again = Transition::Decode(changed);
    EXPECT_FALSE(again.ok() && ApplyTransition(agreement_, state_, *again).ok()) << at;
  }
  EXPECT_FALSE(Transition::Decode(encoded + "x").ok());
}

TEST_F(Transitions, RevocationNeedsAReasonOfBoundedLength) {
  Transition revoke = Make(Kind::kRevoke, "csun", 1);
  revoke.reason = "";
  EXPECT_FALSE(Transition::Decode(revoke.Encode()).ok());
  revoke.reason = std::string(Transition::kMaxReasonBytes, 'x');
  EXPECT_TRUE(Transition::Decode(revoke.Encode()).ok());
  revoke.reason += "x";
  EXPECT_FALSE(Transition::Decode(revoke.Encode()).ok());
  revoke.reason = "\xff";
  EXPECT_FALSE(Transition::Decode(revoke.Encode()).ok());
}

TEST(Amendment, NamesTheVersionBefore) {
  const Agreement first = TestAgreement();
  const auto amended = [&](int version, const crypto::Digest& replaces, std::string from = "",
                           std::string to = "") {
    std::string text = Replaced(
        TestAgreementText(), "version = 1",
        "version = " + std::to_string(version) + "\nreplaces = \"sha256:" + replaces.hex() + "\"");
    return Parsed(from.empty() ? text : Replaced(text, from, to));
  };
  const Agreement second = amended(2, first.digest);
  EXPECT_TRUE(CheckAmendment(first, second).ok());
  EXPECT_FALSE(CheckAmendment(first, amended(3, first.digest)).ok());
  EXPECT_FALSE(CheckAmendment(first, amended(2, crypto::Digest())).ok());
  EXPECT_FALSE(
      CheckAmendment(first, amended(2, first.digest, "\"csun-lausd-2026\"", "\"other\"")).ok());

  EXPECT_EQ(ChainDigest(first, std::nullopt).value(), first.digest);
  EXPECT_EQ(ChainDigest(second, first.digest).value(), first.digest);
  EXPECT_EQ(ChainDigest(second, std::nullopt).error().id(), "agreement.predecessor-unknown");

  EXPECT_FALSE(NeedsNewEpoch(first, second));
  EXPECT_FALSE(NeedsNewEpoch(first, amended(2, first.digest, "min_cell = 11", "min_cell = 12")));
  EXPECT_TRUE(NeedsNewEpoch(first, amended(2, first.digest, "kind = \"ssn\"", "kind = \"phone\"")));
  EXPECT_TRUE(NeedsNewEpoch(first, amended(2, first.digest, "first(3)", "first(4)")));
  EXPECT_TRUE(
      NeedsNewEpoch(first, amended(2, first.digest, "[linkage]", "[linkage]\npadding = \"none\"")));
}

}  // namespace
}  // namespace tallystick::agreements
