// A party that does not follow the ceremony: what it commits to and reveals is refused by whoever
// looks, the matcher with VerifyReveal() and each agent with FinishCeremony().
#include <gtest/gtest.h>

#include "tests/support/ceremony_case.h"

namespace tallystick::agreements {
namespace {

// csun is honest, lausd is not.
class DishonestCeremony : public ::testing::Test {
 protected:
  // What comes of it when lausd commits to one share and proof and reveals another.
  void ExpectRefused(std::string_view id, const Commitment& commitment, const Bytes& share,
                     const Bytes& proof) {
    const std::vector<Commitment> commitments = {MakeCommitment(csun_keys_, csun_.signing_key),
                                                 commitment};
    const Reveal own =
        MakeReveal(agreement_, csun_keys_, csun_.signing_key, csun_.sealing_key, commitments)
            .value();
    const Reveal bad = RevealOf(agreement_, lausd_keys_, lausd_, commitments, share, proof);
    const Status anyone = VerifyReveal(agreement_, context_, commitments, bad);
    ASSERT_FALSE(anyone.ok());
    EXPECT_EQ(anyone.error().id(), id);
    EXPECT_EQ(anyone.error().code(), Code::kPermissionDenied);
    for (const CeremonyKeys* keys : {&csun_keys_, &lausd_keys_}) {
      const auto agent = FinishCeremony(agreement_, *keys, commitments, {own, bad});
      ASSERT_FALSE(agent.ok()) << keys->party();
      EXPECT_EQ(agent.error().id(), id) << keys->party();
    }
  }
  // lausd commits to what it reveals.
  void ExpectRefused(std::string_view id, const Bytes& share, const Bytes& proof) {
    ExpectRefused(id, CommitTo(lausd_keys_, lausd_, share, proof), share, proof);
  }

  const Agreement agreement_ = TestAgreement();
  const CeremonyContext context_{agreement_.digest, agreement_.digest, 1};
  const TestMember csun_ = MakeTestMember("csun");
  const TestMember lausd_ = MakeTestMember("lausd");
  const CeremonyKeys csun_keys_ = CeremonyKeys::Create(context_, "csun");
  const CeremonyKeys lausd_keys_ = CeremonyKeys::Create(context_, "lausd");
};

TEST_F(DishonestCeremony, TheCaseItselfIsSound) {
  const std::vector<Commitment> commitments = {
      MakeCommitment(csun_keys_, csun_.signing_key),
      CommitTo(lausd_keys_, lausd_, lausd_keys_.share().bytes(), lausd_keys_.proof())};
  const Reveal reveal = RevealOf(agreement_, lausd_keys_, lausd_, commitments,
                                 lausd_keys_.share().bytes(), lausd_keys_.proof());
  EXPECT_TRUE(VerifyReveal(agreement_, context_, commitments, reveal).ok());
}

TEST_F(DishonestCeremony, AProofOfAnotherSecretIsRefused) {
  ExpectRefused("ceremony.proof", lausd_keys_.share().bytes(),
                ProofOf(context_, "lausd", crypto::Scalar::Random()));
}

TEST_F(DishonestCeremony, AProofMadeForAnotherEpochAgreementOrPartyIsRefused) {
  const Bytes share = lausd_keys_.share().bytes();
  const crypto::Scalar& secret = lausd_keys_.share_scalar();
  ExpectRefused("ceremony.proof", share,
                ProofOf({context_.digest, context_.chain, 2}, "lausd", secret));
  ExpectRefused("ceremony.proof", share,
                ProofOf({crypto::Sha256("other"), context_.chain, 1}, "lausd", secret));
  ExpectRefused("ceremony.proof", share,
                ProofOf({context_.digest, crypto::Sha256("other"), 1}, "lausd", secret));
  ExpectRefused("ceremony.proof", share, ProofOf(context_, "csun", secret));
}

TEST_F(DishonestCeremony, EveryChangedBitOfAProofIsRefused) {
  for (std::size_t at = 0; at < lausd_keys_.proof().size(); ++at) {
    Bytes proof = lausd_keys_.proof();
    proof[at] = static_cast<char>(proof[at] ^ (1 << (at % 8)));
    ExpectRefused("ceremony.proof", lausd_keys_.share().bytes(), proof);
  }
}

TEST_F(DishonestCeremony, AShareOtherThanTheOneCommittedToIsRefusedHoweverWellProved) {
  const CeremonyKeys other = WithShare(lausd_keys_, crypto::Scalar::Random());
  const Commitment committed = MakeCommitment(lausd_keys_, lausd_.signing_key);
  ExpectRefused("ceremony.share-commitment", committed, other.share().bytes(), other.proof());
  // The same share with another proof is another reveal too.
  ExpectRefused("ceremony.share-commitment", committed, lausd_keys_.share().bytes(),
                ProofOf(context_, "lausd", lausd_keys_.share_scalar()));
}

TEST_F(DishonestCeremony, TheIdentityIsNoShare) {
  const Bytes compressed_identity = Bytes(1, '\0') + Bytes(64, '\0');
  const Bytes zeros = Bytes(1, '\4') + Bytes(64, '\0');
  for (const Bytes& share : {compressed_identity, zeros}) {
    ExpectRefused("ceremony.share", share, lausd_keys_.proof());
  }
}

TEST_F(DishonestCeremony, APointOffTheCurveIsNoShare) {
  for (const std::size_t at : {std::size_t{1}, std::size_t{32}, std::size_t{33}, std::size_t{64}}) {
    Bytes share = lausd_keys_.share().bytes();
    share[at] = static_cast<char>(share[at] ^ 1);
    ExpectRefused("ceremony.share", share, lausd_keys_.proof());
  }
  // On the curve, in another form than the one allowed.
  Bytes hybrid = lausd_keys_.share().bytes();
  hybrid[0] = static_cast<char>(6 + (hybrid[64] & 1));
  ExpectRefused("ceremony.share", hybrid, lausd_keys_.proof());
}

// With the other's share known, P = target - P_csun would make the joint key one whose secret lausd
// alone has. Neither is it what was committed to before, nor is there a proof of it.
TEST_F(DishonestCeremony, AShareDerivedFromTheOthersIsRefused) {
  const crypto::Scalar known = crypto::Scalar::Random();
  const Bytes derived =
      crypto::Point::Add(crypto::Point::MulGenerator(known), csun_keys_.share().Negate())
          .value()
          .bytes();
  const Bytes proof = ProofOf(context_, "lausd", known);
  ExpectRefused("ceremony.share-commitment", MakeCommitment(lausd_keys_, lausd_.signing_key),
                derived, proof);
  ExpectRefused("ceremony.proof", derived, proof);
}

TEST_F(DishonestCeremony, TheOthersShareCopiedWithItsProofIsRefused) {
  ExpectRefused("ceremony.share-commitment", MakeCommitment(lausd_keys_, lausd_.signing_key),
                csun_keys_.share().bytes(), csun_keys_.proof());
  ExpectRefused("ceremony.proof", csun_keys_.share().bytes(), csun_keys_.proof());
}

TEST_F(DishonestCeremony, TheOthersShareNegatedIsRefused) {
  const Bytes negated = csun_keys_.share().Negate().bytes();
  ExpectRefused("ceremony.proof", negated, csun_keys_.proof());
  ExpectRefused("ceremony.proof", negated, lausd_keys_.proof());
}

// Even two parties in collusion get no joint key that is the identity, under which every sum would
// lie open.
TEST_F(DishonestCeremony, SharesThatCancelAreRefusedHoweverWellProved) {
  const CeremonyKeys lausd =
      WithShare(lausd_keys_, crypto::Scalar::Negate(csun_keys_.share_scalar()));
  const std::vector<Commitment> commitments = {MakeCommitment(csun_keys_, csun_.signing_key),
                                               MakeCommitment(lausd, lausd_.signing_key)};
  const std::vector<Reveal> reveals = {
      MakeReveal(agreement_, csun_keys_, csun_.signing_key, csun_.sealing_key, commitments).value(),
      MakeReveal(agreement_, lausd, lausd_.signing_key, lausd_.sealing_key, commitments).value()};
  for (const Reveal& reveal : reveals) {
    EXPECT_TRUE(VerifyReveal(agreement_, context_, commitments, reveal).ok());
  }
  EXPECT_EQ(JointKeyOf(reveals).error().id(), "ceremony.joint-key");
  for (const CeremonyKeys* keys : {&csun_keys_, &lausd}) {
    EXPECT_EQ(FinishCeremony(agreement_, *keys, commitments, reveals).error().id(),
              "ceremony.joint-key");
  }
}

// A second set of commitments, made after a share was seen, is not the one that was answered.
TEST_F(DishonestCeremony, ACommitmentReplacedAfterARevealIsRefused) {
  const std::vector<Commitment> first = {MakeCommitment(csun_keys_, csun_.signing_key),
                                         MakeCommitment(lausd_keys_, lausd_.signing_key)};
  const Reveal own =
      MakeReveal(agreement_, csun_keys_, csun_.signing_key, csun_.sealing_key, first).value();
  const CeremonyKeys later = CeremonyKeys::Create(context_, "lausd");
  const std::vector<Commitment> second = {first[0], MakeCommitment(later, lausd_.signing_key)};
  const Reveal answer =
      MakeReveal(agreement_, later, lausd_.signing_key, lausd_.sealing_key, second).value();
  EXPECT_EQ(FinishCeremony(agreement_, csun_keys_, second, {own, answer}).error().id(),
            "ceremony.commitments");
  EXPECT_EQ(FinishCeremony(agreement_, csun_keys_, first, {own, answer}).error().id(),
            "ceremony.commitments");
}

}  // namespace
}  // namespace tallystick::agreements
