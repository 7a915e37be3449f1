#include <gtest/gtest.h>

#include "crypto/base64.h"
#include "matcher/registry/agreement_steps.h"
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

class Destruction : public ::testing::Test {
 protected:
  Destruction() { world_.SubmitBoth(); }

  ProtocolWorld world_;
};

TEST_F(Destruction, RevokingMarksEverySubmissionDestroyed) {
  world_.Must("csun",
              world_.cast().Open({.number = 3,
                                  .sequence = 2,
                                  .previous_manifest = world_.Submission(1).manifest_digest()}));
  world_.Must("csun", world_.cast().Transition("csun", TransitionKind::kRevoke, 1));
  for (const std::uint64_t number : {1, 2, 3}) {
    EXPECT_EQ(world_.Submission(number).phase(), "destroyed") << number;
  }
}

TEST_F(Destruction, SuspendingDestroysNothing) {
  world_.Must("csun", world_.cast().Transition("csun", TransitionKind::kSuspend, 1));
  EXPECT_EQ(world_.Submission(1).phase(), "committed");
}

TEST_F(Destruction, FollowsTheEndOfTheTerm) {
  const std::string digest = world_.cast().digest_hex();
  world_.SetDate("2028-01-14");
  EXPECT_TRUE(OverdueAgreements(world_.view(), world_.now())->empty());
  EXPECT_FALSE(world_.LeavesRecord(kService, ExpireEvent{digest}));
  EXPECT_TRUE(RequireActive(world_.Agreement(), world_.now()).ok()) << "the last day is inclusive";

  world_.SetDate("2028-01-15");
  EXPECT_EQ(RuleOf(RequireActive(world_.Agreement(), world_.now()).error()), "AGR-TERM-EXPIRED");
  EXPECT_EQ(OverdueAgreements(world_.view(), world_.now()).value(),
            std::vector<std::string>{digest});
  EXPECT_TRUE(world_.LeavesRecord(kService, ExpireEvent{digest}));
  EXPECT_EQ(world_.last_record().event(), "agreement.expired");
  EXPECT_EQ(world_.Submission(1).phase(), "destroyed");
  EXPECT_EQ(world_.Submission(2).phase(), "destroyed");
  EXPECT_FALSE(world_.LeavesRecord(kService, ExpireEvent{digest}));
  EXPECT_TRUE(OverdueAgreements(world_.view(), world_.now())->empty());
}

TEST_F(Destruction, OnlyTheServiceRecordsTheEndOfATerm) {
  world_.SetDate("2028-01-15");
  EXPECT_EQ(world_.Refusal("csun", ExpireEvent{world_.cast().digest_hex()}).code(),
            Code::kPermissionDenied);
}

// An amendment of the test agreement, and its ceremony.
class Amendments : public ::testing::Test {
 protected:
  Amendments() { world_.SubmitBoth(); }

  static std::string TextOf(const Cast& before, int version, std::string_view min_cell) {
    std::string text = Replaced(Cast::AgreementText(), "version = 1\n",
                                "version = " + std::to_string(version) +
                                    "\nreplaces = \"sha256:" + before.digest_hex() + "\"\n");
    return Replaced(text, "min_cell = 11", "min_cell = " + std::string(min_cell));
  }
  static Cast After(const Cast& before, int version, std::string_view min_cell) {
    return Cast(TextOf(before, version, min_cell), before.chain(), before.epoch() + 1);
  }
  void RunCeremony(const Cast& cast) {
    for (const std::string_view party : {"csun", "lausd"}) world_.Must(party, cast.Commit(party));
    for (const std::string_view party : {"csun", "lausd"}) world_.Must(party, cast.Reveal(party));
    world_.Must("csun", cast.Confirm("csun"));
  }
  void Activate(const Cast& cast) {
    world_.Must("csun", cast.Propose("csun"));
    RunCeremony(cast);
    world_.Must("lausd", cast.Confirm("lausd"));
  }

  ProtocolWorld world_;
};

TEST_F(Amendments, TakeTheOldVersionsPlaceWhenConfirmed) {
  const Cast second = After(world_.cast(), 2, "12");
  world_.Must("csun", second.Propose("csun"));
  RunCeremony(second);
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_ACTIVE);
  world_.Must("lausd", second.Confirm("lausd"));
  EXPECT_EQ(world_.Agreement(second).phase(), v1::AGREEMENT_PHASE_ACTIVE);
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_SUPERSEDED);
  EXPECT_EQ(world_.Agreement(second).chain_digest(), world_.Agreement().chain_digest());
  EXPECT_EQ(world_.Agreement(second).epoch(), 2u);
  EXPECT_EQ(RuleOf(RequireActive(world_.Agreement(), world_.now()).error()), "AGR-SUPERSEDED");
}

// A rotation is an amendment like any other: the text may stay as it was.
TEST_F(Amendments, EndWhatWasSubmittedUnderTheVersionBefore) {
  const Cast second = After(world_.cast(), 2, "11");
  world_.Must("csun", second.Propose("csun"));
  RunCeremony(second);
  const auto before = world_.cast().Request("retention_by_pathway");
  world_.Must("pgarcia", Cast::Ask(before));
  world_.Must("lausd", second.Confirm("lausd"));
  EXPECT_NE(world_.Agreement(second).joint_key(), world_.Agreement().joint_key());
  const auto rule_of = [&](const agreements::SignedRequest& request) {
    const auto answer = world_.Do("pgarcia", Cast::Ask(request));
    return std::string(answer.ok() ? "" : RuleOf(answer.error()));
  };
  EXPECT_EQ(rule_of(world_.cast().Request("retention_by_pathway", "second")), "AGR-SUPERSEDED");
  const auto refused =
      world_.Do("pgarcia", Cast::Ask(second.Request("retention_by_pathway", "third")));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(RuleOf(refused.error()), "AGR-NO-SUBMISSION");
  EXPECT_NE(refused.error().refusal()->would_pass.view().find("submits the dataset again"),
            std::string_view::npos);
  // Nor is what already ran over them approved any more.
  EXPECT_EQ(RuleOf(world_.Refusal("csun", Cast::Verdict("csun", world_.Request(before.Id())))),
            "AGR-SUPERSEDED");

  const auto again = [&](std::string_view party, std::string_view dataset, std::uint64_t number) {
    const auto before_it = world_.Submission(number - 10);
    world_.Must(party, second.Open({.party = std::string(party),
                                    .dataset = std::string(dataset),
                                    .number = number,
                                    .sequence = 2,
                                    .previous_manifest = before_it.manifest_digest()}));
    world_.Must(party, CommitSubmissionEvent{Cast::SubmissionId(number)});
  };
  again("csun", "candidates", 11);
  EXPECT_EQ(rule_of(second.Request("retention_by_pathway", "fourth")), "AGR-NO-SUBMISSION");
  again("lausd", "hr", 12);
  const auto after = second.Request("retention_by_pathway", "fifth");
  EXPECT_EQ(rule_of(after), "");
  EXPECT_EQ(world_.Request(after.Id()).left_submission(), Cast::SubmissionId(11));
  EXPECT_EQ(world_.Request(after.Id()).right_submission(), Cast::SubmissionId(12));
}

TEST_F(Amendments, NameAVersionThatIsKnownAndTheNextNumber) {
  const auto refusal = [&](const std::string& text) {
    return std::string(world_.Refusal("csun", ProposalOf("csun", text)).id());
  };
  EXPECT_EQ(refusal(TextOf(world_.cast(), 3, "12")), "agreement.amendment");
  EXPECT_EQ(refusal(Replaced(TextOf(world_.cast(), 2, "12"), world_.cast().digest_hex(),
                             crypto::Sha256("unknown").hex())),
            "agreement.unknown");
}

// Otherwise two institutions could end the agreement of two others by naming its digest.
TEST_F(Amendments, AreMadeByThePartiesOfTheVersionBefore) {
  std::string text = TextOf(world_.cast(), 2, "12");
  const auto swap = [&](std::string_view id) {
    const auto& old_keys = Cast::Member("lausd");
    const auto& new_keys = Cast::Member(id);
    text = Replaced(text, crypto::Base64(old_keys.signing_key.verify_key().view()),
                    crypto::Base64(new_keys.signing_key.verify_key().view()));
    text = Replaced(text, crypto::Base64(old_keys.sealing_key.public_key().view()),
                    crypto::Base64(new_keys.sealing_key.public_key().view()));
  };
  swap("ucla");
  text = Replaced(text, "[[party]]\nid = \"lausd\"", "[[party]]\nid = \"ucla\"");
  text = Replaced(text, "party = \"lausd\"", "party = \"ucla\"");
  text = Replaced(text, "recipients = [\"csun\", \"lausd\", \"pgarcia\"]",
                  "recipients = [\"csun\", \"pgarcia\"]");
  EXPECT_EQ(world_.Refusal("ucla", ProposalOf("ucla", text)).id(), "agreement.amendment-parties");
  EXPECT_EQ(world_.Refusal("csun", ProposalOf("csun", text)).id(), "agreement.amendment-parties");
}

TEST_F(Amendments, OfTheSameVersionDoNotBothBecomeActive) {
  const Cast stricter = After(world_.cast(), 2, "12");
  const Cast strictest = After(world_.cast(), 2, "15");
  world_.Must("csun", stricter.Propose("csun"));
  world_.Must("lausd", strictest.Propose("lausd"));
  RunCeremony(stricter);
  RunCeremony(strictest);
  world_.Must("lausd", stricter.Confirm("lausd"));
  EXPECT_EQ(world_.Refusal("lausd", strictest.Confirm("lausd")).id(), "agreement.predecessor-over");
  EXPECT_EQ(world_.Agreement(stricter).phase(), v1::AGREEMENT_PHASE_ACTIVE);
  EXPECT_NE(world_.Agreement(strictest).phase(), v1::AGREEMENT_PHASE_ACTIVE);
  const std::string third = TextOf(world_.cast(), 2, "20");
  EXPECT_EQ(world_.Refusal("csun", ProposalOf("csun", third)).id(), "agreement.predecessor-over");
}

TEST_F(Amendments, CannotBringBackARevokedAgreement) {
  const Cast second = After(world_.cast(), 2, "12");
  world_.Must("csun", second.Propose("csun"));
  RunCeremony(second);
  world_.Must("csun", world_.cast().Transition("csun", TransitionKind::kRevoke, 1));
  EXPECT_EQ(world_.Refusal("lausd", second.Confirm("lausd")).id(), "agreement.predecessor-over");
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_REVOKED);
  const std::string text = TextOf(world_.cast(), 2, "15");
  EXPECT_EQ(world_.Refusal("csun", ProposalOf("csun", text)).id(), "agreement.predecessor-over");
}

TEST_F(Amendments, MayExtendAnAgreementWhoseTermIsOver) {
  world_.SetDate("2028-02-01");
  std::string text =
      Replaced(TextOf(world_.cast(), 2, "12"), "expires   = 2028-01-14", "expires   = 2030-01-14");
  const Cast second(text, world_.cast().chain(), 2);
  Activate(second);
  EXPECT_EQ(world_.Agreement(second).phase(), v1::AGREEMENT_PHASE_ACTIVE);
}

TEST_F(Amendments, RevokingTheNewVersionDestroysWhatWasSubmittedUnderTheOld) {
  const Cast second = After(world_.cast(), 2, "12");
  Activate(second);
  EXPECT_EQ(world_.Submission(1).phase(), "committed");
  world_.Must("csun", second.Transition("csun", TransitionKind::kRevoke, 1));
  EXPECT_EQ(world_.Submission(1).phase(), "destroyed");
  EXPECT_EQ(world_.Submission(2).phase(), "destroyed");
}

TEST_F(Amendments, ThatWereNeverConfirmedDestroyNothing) {
  const Cast second = After(world_.cast(), 2, "12");
  world_.Must("csun", second.Propose("csun"));
  world_.Must("csun", second.Transition("csun", TransitionKind::kRevoke, 1));
  EXPECT_EQ(world_.Agreement(second).phase(), v1::AGREEMENT_PHASE_REVOKED);
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_ACTIVE);
  EXPECT_EQ(world_.Submission(1).phase(), "committed");
}

}  // namespace
}  // namespace tallystick::matcher
