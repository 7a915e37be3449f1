#include "matcher/registry/agreement_steps.h"

#include <gtest/gtest.h>

#include "crypto/base64.h"
#include "proto/domains.h"
#include "tests/support/protocol_world.h"

namespace tallystick::matcher {
namespace {

using agreements::Replaced;
using agreements::TransitionKind;

ProposeEvent ProposalOf(std::string_view by, const std::string& text) {
  v1::Proposal proposal;
  proposal.set_text(text);
  return {Cast::Sign(by, kProposalDomain, Serialise(proposal))};
}

AgreementStepEvent StepOf(const std::string& digest, v1::AgreementStep::Kind kind, Bytes message) {
  AgreementStepEvent event{digest, {}};
  event.step.set_kind(kind);
  event.step.set_message(std::move(message));
  return event;
}

class Proposals : public ::testing::Test {
 protected:
  Proposals() { world_.EnrolEveryone(); }

  std::string Refused(std::string_view by, const std::string& text) {
    return std::string(world_.Refusal(by, ProposalOf(by, text)).id());
  }

  ProtocolWorld world_;
};

TEST_F(Proposals, KeepsTheExactBytesUnderTheirDigest) {
  const Bytes answer = world_.Must("csun", world_.cast().Propose("csun"));
  const auto state = Parse<v1::AgreementState>(answer, kMaxStateBytes).value();
  EXPECT_EQ(state.text(), Cast::AgreementText());
  EXPECT_EQ(ToHex(state.digest()), crypto::Sha256(Cast::AgreementText()).hex());
  EXPECT_EQ(state.chain_digest(), state.digest());
  EXPECT_EQ(state.epoch(), 1u);
  EXPECT_EQ(state.phase(), v1::AGREEMENT_PHASE_PROPOSED);
  EXPECT_EQ(FormatTime(Time(std::chrono::seconds(state.expires()))), "2028-01-15T00:00:00Z");
}

TEST_F(Proposals, ProposingItAgainByEitherPartyChangesNothing) {
  world_.Must("csun", world_.cast().Propose("csun"));
  EXPECT_FALSE(world_.LeavesRecord("csun", world_.cast().Propose("csun")));
  EXPECT_FALSE(world_.LeavesRecord("lausd", world_.cast().Propose("lausd")));
}

TEST_F(Proposals, OnlyAPartyProposes) {
  EXPECT_EQ(world_.Refusal("ucla", world_.cast().Propose("ucla")).id(), "agreement.not-a-party");
}

TEST_F(Proposals, AreSignedByTheSender) {
  EXPECT_EQ(world_.Refusal("csun", world_.cast().Propose("lausd")).id(), "member.signer");
  ProposeEvent propose = world_.cast().Propose("csun");
  propose.proposal.mutable_signature()->back() ^= 1;
  EXPECT_EQ(world_.Refusal("csun", propose).code(), Code::kPermissionDenied);
  propose = world_.cast().Propose("csun");
  *propose.proposal.mutable_body() += "x";
  EXPECT_EQ(world_.Refusal("csun", propose).code(), Code::kPermissionDenied);
  propose.proposal =
      Cast::Sign("csun", kManifestDomain, world_.cast().Propose("csun").proposal.body());
  EXPECT_EQ(world_.Refusal("csun", propose).code(), Code::kPermissionDenied);
  world_.Must(kOperator, RevokeMemberEvent{"csun"});
  EXPECT_EQ(world_.Refusal("csun", world_.cast().Propose("csun")).id(), "member.unknown");
}

TEST_F(Proposals, MustBeAnAgreementOfThisMatcher) {
  EXPECT_EQ(Refused("csun", "not = \"an agreement\"\n"), "agreement.invalid");
  EXPECT_EQ(Refused("csun", Bytes(agreements::kMaxAgreementBytes + 1, '#')), "agreement.too-large");
  std::string text = Cast::AgreementText();
  const std::string own = crypto::Base64(Cast::Member("unite-la").signing_key.verify_key().view());
  const std::string other = crypto::Base64(Cast::Member("rlee").signing_key.verify_key().view());
  EXPECT_EQ(Refused("csun", Replaced(text, own, other)), "agreement.matcher-keys");
}

TEST_F(Proposals, NameThePartiesWithTheKeysTheyEnrolledWith) {
  const std::string text = Cast::AgreementText();
  const std::string lausd = crypto::Base64(Cast::Member("lausd").signing_key.verify_key().view());
  const std::string ucla = crypto::Base64(Cast::Member("ucla").signing_key.verify_key().view());
  EXPECT_EQ(Refused("csun", Replaced(text, lausd, ucla)), "agreement.party-keys");
  world_.Must(kOperator, RevokeMemberEvent{"lausd"});
  EXPECT_EQ(Refused("csun", text), "agreement.party-not-enrolled");
}

TEST_F(Proposals, AreNotMadeAfterTheTerm) {
  world_.SetDate("2028-01-15");
  EXPECT_EQ(RuleOf(world_.Refusal("csun", world_.cast().Propose("csun"))), "AGR-TERM-EXPIRED");
}

// Ceremony runs to some point; the steps are lausd's and csun's in this order.
class CeremonySteps : public ::testing::Test {
 protected:
  CeremonySteps() { world_.Propose(); }

  void CommitBoth() {
    world_.Must("csun", cast().Commit("csun"));
    world_.Must("lausd", cast().Commit("lausd"));
  }
  void RevealBoth() {
    CommitBoth();
    world_.Must("csun", cast().Reveal("csun"));
    world_.Must("lausd", cast().Reveal("lausd"));
  }
  const Cast& cast() const { return world_.cast(); }

  ProtocolWorld world_;
};

TEST_F(CeremonySteps, LeadToAnActiveAgreementWithAJointKey) {
  world_.Must("csun", cast().Commit("csun"));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_PROPOSED);
  EXPECT_EQ(world_.last_record().event(), "agreement.signed");
  world_.Must("lausd", cast().Commit("lausd"));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_COMMITTED);
  world_.Must("csun", cast().Reveal("csun"));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_COMMITTED);
  EXPECT_TRUE(world_.Agreement().joint_key().empty());
  world_.Must("lausd", cast().Reveal("lausd"));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_REVEALED);
  EXPECT_EQ(world_.Agreement().joint_key().size(), 65u);
  world_.Must("csun", cast().Confirm("csun"));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_REVEALED);
  EXPECT_FALSE(RequireActive(world_.Agreement(), world_.now()).ok());
  world_.Must("lausd", cast().Confirm("lausd"));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_ACTIVE);
  EXPECT_EQ(world_.last_record().event(), "agreement.activated");
  EXPECT_TRUE(RequireActive(world_.Agreement(), world_.now()).ok());
}

TEST_F(CeremonySteps, AreTakenInOrder) {
  EXPECT_EQ(world_.Refusal("csun", cast().Reveal("csun")).id(), "ceremony.incomplete");
  world_.Must("csun", cast().Commit("csun"));
  EXPECT_EQ(world_.Refusal("csun", cast().Reveal("csun")).id(), "ceremony.incomplete");
  EXPECT_EQ(world_.Refusal("csun", cast().Confirm("csun")).id(), "ceremony.incomplete");
  world_.Must("lausd", cast().Commit("lausd"));
  world_.Must("lausd", cast().Reveal("lausd"));
  EXPECT_EQ(world_.Refusal("lausd", cast().Confirm("lausd")).id(), "ceremony.incomplete");
}

TEST_F(CeremonySteps, RepeatedChangeNothing) {
  RevealBoth();
  world_.Must("csun", cast().Confirm("csun"));
  EXPECT_FALSE(world_.LeavesRecord("csun", cast().Commit("csun")));
  EXPECT_FALSE(world_.LeavesRecord("csun", cast().Reveal("csun")));
  EXPECT_FALSE(world_.LeavesRecord("csun", cast().Confirm("csun")));
}

TEST_F(CeremonySteps, AreForThePartiesOnly) {
  EXPECT_EQ(world_.Refusal("ucla", cast().Commit("csun")).id(), "agreement.unknown");
  EXPECT_EQ(world_.Refusal("pgarcia", cast().Commit("csun")).id(), "agreement.unknown");
  EXPECT_EQ(
      world_.Refusal("csun", StepOf(Bytes(64, 'a'), v1::AgreementStep::KIND_COMMIT, "x")).id(),
      "agreement.unknown");
}

TEST_F(CeremonySteps, RefuseGarbage) {
  const std::string digest = cast().digest_hex();
  RevealBoth();
  for (const auto kind : {v1::AgreementStep::KIND_COMMIT, v1::AgreementStep::KIND_REVEAL,
                          v1::AgreementStep::KIND_CONFIRM, v1::AgreementStep::KIND_TRANSITION}) {
    for (const Bytes& message : {Bytes(), Bytes("x"), Bytes(60'000, '\xff')}) {
      EXPECT_FALSE(world_.Do("csun", StepOf(digest, kind, message)).ok());
    }
  }
  EXPECT_EQ(world_.Refusal("csun", StepOf(digest, v1::AgreementStep::KIND_UNSPECIFIED, "x")).id(),
            "agreement.step");
  EXPECT_EQ(
      world_.Refusal("csun", StepOf(digest, static_cast<v1::AgreementStep::Kind>(9), "x")).id(),
      "agreement.step");
}

TEST_F(CeremonySteps, EndWithTheTerm) {
  world_.SetDate("2028-01-15");
  EXPECT_EQ(world_.Refusal("csun", cast().Commit("csun")).id(), "agreement.over");
}

class Transitions : public ::testing::Test {
 protected:
  Transitions() { world_.Activate(); }

  AgreementStepEvent Of(std::string_view party, TransitionKind kind, std::uint64_t sequence) const {
    return world_.cast().Transition(party, kind, sequence);
  }
  std::string_view Rule() {
    return RuleOf(RequireActive(world_.Agreement(), world_.now()).error());
  }

  ProtocolWorld world_;
};

TEST_F(Transitions, WhoSuspendedResumes) {
  world_.Must("csun", Of("csun", TransitionKind::kSuspend, 1));
  EXPECT_EQ(world_.last_record().event(), "agreement.suspended");
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_SUSPENDED);
  EXPECT_EQ(Rule(), "AGR-SUSPENDED");
  const Error error = world_.Refusal("lausd", Of("lausd", TransitionKind::kResume, 1));
  EXPECT_EQ(error.id(), "transition.not-suspender");
  world_.Must("csun", Of("csun", TransitionKind::kResume, 2));
  EXPECT_EQ(world_.last_record().event(), "agreement.resumed");
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_ACTIVE);
}

TEST_F(Transitions, SuspendedByBothNeedsBothToResume) {
  world_.Must("csun", Of("csun", TransitionKind::kSuspend, 1));
  world_.Must("lausd", Of("lausd", TransitionKind::kSuspend, 1));
  world_.Must("csun", Of("csun", TransitionKind::kResume, 2));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_SUSPENDED);
  ASSERT_EQ(world_.Agreement().suspended_by_size(), 1);
  EXPECT_EQ(world_.Agreement().suspended_by(0), "lausd");
  world_.Must("lausd", Of("lausd", TransitionKind::kResume, 2));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_ACTIVE);
}

TEST_F(Transitions, AReplayChangesNothingAndAnOldSequenceIsRefused) {
  const auto suspend = Of("csun", TransitionKind::kSuspend, 1);
  world_.Must("csun", suspend);
  world_.Must("csun", Of("csun", TransitionKind::kResume, 2));
  EXPECT_FALSE(world_.LeavesRecord("csun", suspend)) << "a replay must not suspend again";
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_ACTIVE);
  EXPECT_EQ(world_.Refusal("csun", Of("csun", TransitionKind::kRevoke, 2)).id(),
            "transition.sequence");
  EXPECT_EQ(world_.Refusal("csun", Of("csun", TransitionKind::kSuspend, 4)).id(),
            "transition.sequence");
}

TEST_F(Transitions, AreSignedByTheSenderAndForThisAgreement) {
  EXPECT_EQ(world_.Refusal("lausd", Of("csun", TransitionKind::kSuspend, 1)).id(),
            "transition.party");
  const Cast other(Replaced(Cast::AgreementText(), "min_cell = 11", "min_cell = 12"));
  AgreementStepEvent replayed = other.Transition("csun", TransitionKind::kRevoke, 1);
  replayed.digest_hex = world_.cast().digest_hex();
  EXPECT_EQ(world_.Refusal("csun", replayed).id(), "transition.digest");
  AgreementStepEvent tampered = Of("csun", TransitionKind::kSuspend, 1);
  tampered.step.mutable_message()->back() ^= 1;
  EXPECT_EQ(world_.Refusal("csun", tampered).id(), "transition.signature");
}

TEST_F(Transitions, NothingMovesARevokedAgreement) {
  world_.Must("lausd", Of("lausd", TransitionKind::kRevoke, 1));
  EXPECT_EQ(world_.last_record().event(), "agreement.revoked");
  EXPECT_EQ(Rule(), "AGR-REVOKED");
  for (const auto kind :
       {TransitionKind::kSuspend, TransitionKind::kResume, TransitionKind::kRevoke}) {
    EXPECT_EQ(world_.Refusal("csun", Of("csun", kind, 1)).id(), "agreement.over");
  }
  EXPECT_EQ(world_.Refusal("csun", world_.cast().Commit("csun")).id(), "agreement.over");
  world_.SetDate("2028-01-15");
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_REVOKED) << "not expired";
  world_.Must(kService, ExpireEvent{world_.cast().digest_hex()});
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_REVOKED);
}

TEST_F(Transitions, RevokingWhileSuspendedIsPossible) {
  world_.Must("csun", Of("csun", TransitionKind::kSuspend, 1));
  world_.Must("lausd", Of("lausd", TransitionKind::kRevoke, 1));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_REVOKED);
}

TEST(Transitions_, BeforeActivationOnlyRevokingIsPossible) {
  ProtocolWorld world;
  world.Propose();
  EXPECT_EQ(
      world.Refusal("csun", world.cast().Transition("csun", TransitionKind::kSuspend, 1)).id(),
      "transition.not-active");
  world.Must("csun", world.cast().Transition("csun", TransitionKind::kRevoke, 1));
  EXPECT_EQ(world.Agreement().phase(), v1::AGREEMENT_PHASE_REVOKED);
  EXPECT_EQ(world.Refusal("lausd", world.cast().Commit("lausd")).id(), "agreement.over");
}

TEST(StepAgreement, EndlessSuspensionsDoNotKeepTheOtherPartyFromRevoking) {
  ProtocolWorld world;
  world.Activate();
  const auto transition = [&](TransitionKind kind, std::uint64_t sequence) {
    return world.cast().Transition("csun", kind, sequence);
  };
  for (std::uint64_t sequence = 1; sequence <= 100; ++sequence) {
    world.Must("csun",
               transition(sequence % 2 == 1 ? TransitionKind::kSuspend : TransitionKind::kResume,
                          sequence));
  }
  EXPECT_EQ(world.Refusal("csun", transition(TransitionKind::kSuspend, 101)).id(),
            "transition.too-many");
  world.Must("lausd", world.cast().Transition("lausd", TransitionKind::kRevoke, 1));
  EXPECT_EQ(world.Agreement().phase(), v1::AGREEMENT_PHASE_REVOKED);
}

TEST(StepPropose, OneInstitutionsPendingProposalsAreLimited) {
  ProtocolWorld world;
  world.EnrolEveryone();
  const auto proposal = [](int number) {
    return Cast(Replaced(Cast::AgreementText(), "csun-lausd-2026",
                         "proposal-" + std::to_string(number)))
        .Propose("csun");
  };
  for (int number = 0; number < 64; ++number) world.Must("csun", proposal(number));
  EXPECT_EQ(world.Refusal("csun", proposal(64)).id(), "agreement.too-many-proposals");
  world.Must("lausd", world.cast().Propose("lausd"));
}

TEST(FindAgreementByName, PrefersTheActiveVersionAndHidesWhatIsNotTheReaders) {
  ProtocolWorld world;
  world.Activate();
  const std::string digest = world.cast().digest_hex();
  const auto find = [&](std::string_view name, std::string_view who) {
    return FindAgreementByName(world.view(), name, who);
  };
  EXPECT_EQ(ToHex(find("csun-lausd-2026", "lausd")->digest()), digest);
  EXPECT_EQ(ToHex(find(digest.substr(0, 8), "mchen")->digest()), digest);
  EXPECT_EQ(find(digest.substr(0, 7), "csun").error().code(), Code::kNotFound);
  EXPECT_EQ(find("csun-lausd-2026", "ucla").error().code(), Code::kNotFound);
  EXPECT_EQ(find("csun-lausd-2026", "rlee").error().code(), Code::kNotFound);
  const std::string text = Replaced(Cast::AgreementText(), "version = 1\n",
                                    "version = 2\nreplaces = \"sha256:" + digest + "\"\n");
  world.Must("csun", ProposalOf("csun", text));
  EXPECT_EQ(ToHex(find("csun-lausd-2026", "csun")->digest()), digest);
}

}  // namespace
}  // namespace tallystick::matcher
