// Messages that break a ceremony's rules: refused, recorded, and the agreement does not move.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "matcher/registry/agreement_steps.h"
#include "proto/codec.h"
#include "tests/support/ceremony_case.h"
#include "tests/support/protocol_world.h"

namespace tallystick::matcher {
namespace {

using agreements::CeremonyKeys;
using agreements::Commitment;
using agreements::Replaced;
using agreements::Reveal;

AgreementStepEvent StepOf(const std::string& digest, v1::AgreementStep::Kind kind, Bytes message) {
  AgreementStepEvent event{digest, {}};
  event.step.set_kind(kind);
  event.step.set_message(std::move(message));
  return event;
}

class CeremonyBreaches : public ::testing::Test {
 protected:
  CeremonyBreaches() { world_.Propose(); }

  const Cast& cast() const { return world_.cast(); }
  void CommitBoth() {
    world_.Must("csun", cast().Commit("csun"));
    world_.Must("lausd", cast().Commit("lausd"));
  }
  void RevealBoth() {
    CommitBoth();
    world_.Must("csun", cast().Reveal("csun"));
    world_.Must("lausd", cast().Reveal("lausd"));
  }
  AgreementStepEvent CommitOf(const Commitment& commitment) const {
    return StepOf(cast().digest_hex(), v1::AgreementStep::KIND_COMMIT, commitment.Encode());
  }
  AgreementStepEvent RevealOf(const Reveal& reveal) const {
    return StepOf(cast().digest_hex(), v1::AgreementStep::KIND_REVEAL, reveal.Encode());
  }
  // lausd's reveal after `change`, signed again by lausd.
  AgreementStepEvent ChangedReveal(const std::function<void(Reveal&)>& change) const {
    auto reveal = Reveal::Decode(cast().Ceremony("lausd").reveal).value();
    change(reveal);
    reveal.signature = lausd().signing_key.Sign(Reveal::kDomain, reveal.Body());
    return RevealOf(reveal);
  }
  static const agreements::TestMember& csun() { return Cast::Member("csun"); }
  static const agreements::TestMember& lausd() { return Cast::Member("lausd"); }

  // The id under which `step` is refused. Checks that this has one entry in the log, which names
  // the rule and is for the parties to read, and that nothing else changed.
  std::string RefusedAndRecorded(std::string_view actor, const AgreementStepEvent& step) {
    const Bytes before = Serialise(world_.Agreement());
    const std::size_t records = world_.record_count();
    const auto answer = world_.Do(actor, step);
    if (answer.ok()) return "taken";
    EXPECT_EQ(world_.record_count(), records + 1);
    EXPECT_EQ(Serialise(world_.Agreement()), before);
    const v1::Record& record = world_.last_record();
    EXPECT_EQ(record.event(), "agreement.step-refused");
    EXPECT_EQ(record.actor(), actor);
    EXPECT_EQ(record.subject_id(), cast().digest_hex());
    for (const std::string_view party : {"csun", "lausd"}) {
      EXPECT_TRUE(std::find(record.concerned().begin(), record.concerned().end(), party) !=
                  record.concerned().end());
    }
    const auto refusal = Parse<v1::RequestRefusal>(record.detail());
    EXPECT_TRUE(refusal.ok());
    EXPECT_EQ(refusal->rule(), answer.error().id());
    return std::string(answer.error().id());
  }

  ProtocolWorld world_;
};

TEST_F(CeremonyBreaches, APartyCannotChangeItsMind) {
  const Cast second;  // the same agreement, other ceremony keys
  CommitBoth();
  EXPECT_EQ(RefusedAndRecorded("csun", second.Commit("csun")), "ceremony.committed");
  world_.Must("csun", cast().Reveal("csun"));
  EXPECT_EQ(RefusedAndRecorded("csun", second.Reveal("csun")), "ceremony.revealed");
  world_.Must("lausd", cast().Reveal("lausd"));
  world_.Must("csun", cast().Confirm("csun"));
  EXPECT_EQ(RefusedAndRecorded("csun", second.Confirm("csun")), "ceremony.confirmed");
}

// lausd has seen csun's share by then, and would like another of its own.
TEST_F(CeremonyBreaches, ANewCommitmentAfterTheOthersRevealIsRefused) {
  CommitBoth();
  world_.Must("csun", cast().Reveal("csun"));
  const Cast second;
  EXPECT_EQ(RefusedAndRecorded("lausd", second.Commit("lausd")), "ceremony.committed");
  EXPECT_EQ(RefusedAndRecorded("lausd", second.Reveal("lausd")), "ceremony.commitments");
  world_.Must("lausd", cast().Reveal("lausd"));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_REVEALED);
}

TEST_F(CeremonyBreaches, ARevealMustOpenWhatWasCommitted) {
  CommitBoth();
  const CeremonyKeys other =
      CeremonyKeys::Create({cast().agreement().digest, cast().chain(), cast().epoch()}, "lausd");
  EXPECT_EQ(RefusedAndRecorded("lausd", ChangedReveal([&](Reveal& it) {
                                 it.share = other.share().bytes();
                                 it.proof = other.proof();
                               })),
            "ceremony.share-commitment");
  EXPECT_EQ(RefusedAndRecorded("lausd", ChangedReveal([](Reveal& it) { it.sealed.clear(); })),
            "ceremony.sealed");
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_COMMITTED);
}

TEST_F(CeremonyBreaches, AShareIsAPointOfTheCurveAndNotTheIdentity) {
  CommitBoth();
  EXPECT_EQ(RefusedAndRecorded("lausd", ChangedReveal([](Reveal& it) {
                                 it.share[64] = static_cast<char>(it.share[64] ^ 1);
                               })),
            "ceremony.share");
  EXPECT_EQ(
      RefusedAndRecorded("lausd", ChangedReveal([](Reveal& it) { it.share = Bytes(65, '\0'); })),
      "ceremony.share");
}

// Shares that lausd commits to beforehand, and of which it cannot prove that it knows the secret.
class SharesWithoutProof : public CeremonyBreaches {
 protected:
  void ExpectRefused(const Bytes& share, const Bytes& proof) {
    const Commitment commitment = CommitTo(keys_, lausd(), share, proof);
    world_.Must("csun", cast().Commit("csun"));
    world_.Must("lausd", CommitOf(commitment));
    const Reveal reveal = agreements::RevealOf(cast().agreement(), keys_, lausd(),
                                               {csun_commitment_, commitment}, share, proof);
    EXPECT_EQ(RefusedAndRecorded("lausd", RevealOf(reveal)), "ceremony.proof");
    EXPECT_EQ(world_.Agreement().reveals_size(), 0);
    EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_COMMITTED);
    EXPECT_EQ(RuleOf(RequireActive(world_.Agreement(), world_.now()).error()), "AGR-NOT-ACTIVE");
  }

  const Commitment csun_commitment_ =
      Commitment::Decode(cast().Ceremony("csun").commitment).value();
  const Reveal csun_reveal_ = Reveal::Decode(cast().Ceremony("csun").reveal).value();
  const agreements::CeremonyContext context_ = csun_commitment_.context;
  const CeremonyKeys keys_ = CeremonyKeys::Create(context_, "lausd");
};

TEST_F(SharesWithoutProof, WithTheProofOfAnotherSecretAreRefused) {
  ExpectRefused(keys_.share().bytes(),
                agreements::ProofOf(context_, "lausd", crypto::Scalar::Random()));
}

TEST_F(SharesWithoutProof, WithAProofForAnotherEpochAreRefused) {
  const agreements::CeremonyContext later{context_.digest, context_.chain, 2};
  ExpectRefused(keys_.share().bytes(), agreements::ProofOf(later, "lausd", keys_.share_scalar()));
}

TEST_F(SharesWithoutProof, CopiedFromTheOtherWithItsProofAreRefused) {
  ExpectRefused(csun_reveal_.share, csun_reveal_.proof);
}

TEST_F(SharesWithoutProof, ThatWouldCancelTheOthersAreRefused) {
  ExpectRefused(crypto::Point::FromBytes(csun_reveal_.share)->Negate().bytes(), keys_.proof());
}

TEST_F(CeremonyBreaches, SharesThatCancelMakeNoJointKeyHoweverWellProved) {
  const agreements::CeremonyContext context{cast().agreement().digest, cast().chain(),
                                            cast().epoch()};
  const CeremonyKeys first = CeremonyKeys::Create(context, "csun");
  const CeremonyKeys second = WithShare(CeremonyKeys::Create(context, "lausd"),
                                        crypto::Scalar::Negate(first.share_scalar()));
  const std::vector<Commitment> commitments = {MakeCommitment(first, csun().signing_key),
                                               MakeCommitment(second, lausd().signing_key)};
  const auto reveal = [&](const CeremonyKeys& keys, const agreements::TestMember& member) {
    return MakeReveal(cast().agreement(), keys, member.signing_key, member.sealing_key, commitments)
        .value();
  };
  world_.Must("csun", CommitOf(commitments[0]));
  world_.Must("lausd", CommitOf(commitments[1]));
  world_.Must("csun", RevealOf(reveal(first, csun())));
  EXPECT_EQ(RefusedAndRecorded("lausd", RevealOf(reveal(second, lausd()))), "ceremony.joint-key");
  EXPECT_TRUE(world_.Agreement().joint_key().empty());
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_COMMITTED);
}

TEST_F(CeremonyBreaches, MessagesAreSignedByTheirParty) {
  EXPECT_EQ(RefusedAndRecorded("lausd", cast().Commit("csun")), "ceremony.party");
  auto commitment = Commitment::Decode(cast().Ceremony("csun").commitment).value();
  commitment.signature.back() ^= 1;
  EXPECT_EQ(RefusedAndRecorded("csun", CommitOf(commitment)), "ceremony.signature");
  RevealBoth();
  EXPECT_EQ(RefusedAndRecorded("lausd", cast().Confirm("csun")), "ceremony.party");
  auto confirmation =
      agreements::Confirmation::Decode(cast().Ceremony("lausd").confirmation).value();
  confirmation.tags.clear();
  confirmation.signature =
      lausd().signing_key.Sign(agreements::Confirmation::kDomain, confirmation.Body());
  EXPECT_EQ(RefusedAndRecorded("lausd", StepOf(cast().digest_hex(), v1::AgreementStep::KIND_CONFIRM,
                                               confirmation.Encode())),
            "ceremony.tags");
  world_.Must("csun", cast().Confirm("csun"));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_REVEALED);
}

TEST_F(CeremonyBreaches, MessagesOfAnotherAgreementOrEpochAreRefused) {
  const Cast other(Replaced(Cast::AgreementText(), "min_cell = 11", "min_cell = 12"));
  const Cast later(Cast::AgreementText(), std::nullopt, 2);
  for (const Cast* replayed : {&other, &later}) {
    EXPECT_EQ(RefusedAndRecorded("csun", StepOf(cast().digest_hex(), v1::AgreementStep::KIND_COMMIT,
                                                replayed->Ceremony("csun").commitment)),
              "ceremony.context");
  }
  CommitBoth();
  EXPECT_EQ(RefusedAndRecorded("csun", StepOf(cast().digest_hex(), v1::AgreementStep::KIND_REVEAL,
                                              other.Ceremony("csun").reveal)),
            "ceremony.context");
}

TEST_F(CeremonyBreaches, AMessageThatIsOnlyTooEarlyIsNoBreachAndIsTakenLater) {
  world_.Must("csun", cast().Commit("csun"));
  EXPECT_EQ(world_.Refusal("csun", cast().Reveal("csun")).id(), "ceremony.incomplete");
  world_.Must("lausd", cast().Commit("lausd"));
  EXPECT_TRUE(world_.LeavesRecord("csun", cast().Reveal("csun")));
}

TEST_F(CeremonyBreaches, TheSameMessageAgainHasNoSecondEntryAndTheSameAnswer) {
  CommitBoth();
  const auto bad = ChangedReveal([](Reveal& it) { it.share = Bytes(65, '\0'); });
  EXPECT_EQ(RefusedAndRecorded("lausd", bad), "ceremony.share");
  EXPECT_EQ(world_.Refusal("lausd", bad).id(), "ceremony.share");
  const auto other = ChangedReveal([](Reveal& it) { it.sealed.clear(); });
  EXPECT_FALSE(world_.Do("lausd", other, "0123", "request").ok());
  EXPECT_EQ(world_.last_record().event(), "agreement.step-refused");
  const std::size_t records = world_.record_count();
  const auto repeated = world_.Do("lausd", other, "0123", "request");
  ASSERT_FALSE(repeated.ok());
  EXPECT_EQ(repeated.error().id(), "ceremony.sealed");
  EXPECT_EQ(world_.record_count(), records);
}

TEST_F(CeremonyBreaches, EndlessBreachesDoNotFillTheLogAndKeepNobodyFromAnything) {
  CommitBoth();
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(world_
                     .Do("lausd", ChangedReveal([&](Reveal& it) {
                           it.proof[1] = static_cast<char>(i);
                           it.proof[2] = static_cast<char>(i + 1);
                         }))
                     .ok());
  }
  const auto& records = world_.records();
  EXPECT_EQ(
      std::count_if(records.begin(), records.end(),
                    [](const v1::Record& it) { return it.event() == "agreement.step-refused"; }),
      32);
  EXPECT_EQ(RefusedAndRecorded("csun", cast().Reveal("lausd")), "ceremony.party");
  world_.Must("lausd", cast().Reveal("lausd"));
  world_.Must("csun", cast().Reveal("csun"));
  EXPECT_EQ(world_.Agreement().phase(), v1::AGREEMENT_PHASE_REVEALED);
}

}  // namespace
}  // namespace tallystick::matcher
