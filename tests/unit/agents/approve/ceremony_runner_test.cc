// What csun's agent does in a ceremony when the matcher shows it messages that break the rules. The
// matcher refuses them as well; here it is on lausd's side.
#include "agents/approve/ceremony_runner.h"

#include <gtest/gtest.h>

#include "agents/normalise/rules.h"
#include "base/file.h"
#include "tests/support/ceremony_case.h"
#include "tests/unit/agents/approve/signed_home.h"

namespace tallystick::agents {
namespace {

using agreements::CeremonyKeys;
using agreements::Commitment;
using agreements::Reveal;
using matcher::Cast;

// csun has signed and committed; nothing else has happened.
class CeremonyTurns : public ::testing::Test {
 protected:
  CeremonyTurns() {
    EXPECT_TRUE(home_.EraseSecret(cast_.digest_hex()).ok());
    std::filesystem::remove(home_.AgreementDirectory(cast_.digest_hex()) / "joint");
    EXPECT_TRUE(home_.KeepCeremony(cast_.digest_hex(), csun_keys_.Serialize()).ok());
    state_.set_digest(Bytes(agreement().digest.view()));
    state_.set_phase(v1::AGREEMENT_PHASE_COMMITTED);
    for (const std::string_view party : {"csun", "lausd"}) state_.add_parties(std::string(party));
  }

  const agreements::Agreement& agreement() const { return cast_.agreement(); }
  static const agreements::TestMember& lausd() { return Cast::Member("lausd"); }
  static void Add(google::protobuf::RepeatedPtrField<v1::PartyBytes>* list, std::string_view party,
                  Bytes bytes) {
    v1::PartyBytes* added = list->Add();
    added->set_party(std::string(party));
    added->set_bytes(std::move(bytes));
  }

  // Both commitments are in.
  void Commit(const Commitment& theirs) {
    commitments_ = {MakeCommitment(csun_keys_, Cast::Member("csun").signing_key), theirs};
    state_.clear_commitments();
    for (const Commitment& it : commitments_) {
      Add(state_.mutable_commitments(), it.party, it.Encode());
    }
  }
  // csun's own turn, which must be a reveal, and what lausd reveals.
  void RevealBoth(const Reveal& theirs) {
    const auto turn = TakeCeremonyTurn(home_, state_);
    ASSERT_TRUE(turn.ok()) << turn.error().ToString();
    ASSERT_TRUE(turn->step);
    EXPECT_EQ(turn->step->kind(), v1::AgreementStep::KIND_REVEAL);
    Add(state_.mutable_reveals(), "csun", turn->step->message());
    Add(state_.mutable_reveals(), "lausd", theirs.Encode());
    state_.set_phase(v1::AGREEMENT_PHASE_REVEALED);
  }
  Reveal HonestReveal(const CeremonyKeys& keys) const {
    return MakeReveal(agreement(), keys, lausd().signing_key, lausd().sealing_key, commitments_)
        .value();
  }
  // lausd's commitment and reveal of any share and proof.
  void CommitAndReveal(const Bytes& share, const Bytes& proof) {
    Commit(CommitTo(lausd_keys_, lausd(), share, proof));
    RevealBoth(RevealOf(agreement(), lausd_keys_, lausd(), commitments_, share, proof));
  }

  bool Keeps(std::string_view file) const {
    return std::filesystem::exists(home_.AgreementDirectory(cast_.digest_hex()) / file);
  }
  // The id under which this agent refuses to go on. Whatever the matcher says of the agreement's
  // phase, it is not active here.
  std::string Refusal() {
    state_.set_phase(v1::AGREEMENT_PHASE_ACTIVE);
    const auto turn = TakeCeremonyTurn(home_, state_);
    for (const std::string_view file : {"secret.key", "share.key", "joint"}) {
      EXPECT_FALSE(Keeps(file)) << file;
    }
    EXPECT_TRUE(Keeps("ceremony.key"));
    if (turn.ok()) return "";
    EXPECT_EQ(turn.error().code(), Code::kPermissionDenied);
    return std::string(turn.error().id());
  }

  const Cast cast_;
  const SignedHome folder_{cast_};
  const AgentHome home_ = folder_.Open();
  const agreements::CeremonyContext context_{agreement().digest, cast_.chain(), cast_.epoch()};
  const CeremonyKeys csun_keys_ = CeremonyKeys::Create(context_, "csun");
  const CeremonyKeys lausd_keys_ = CeremonyKeys::Create(context_, "lausd");
  std::vector<Commitment> commitments_;
  v1::AgreementState state_;
};

TEST_F(CeremonyTurns, EndWithTheSecretAndTheOneTimeKeysDestroyed) {
  EXPECT_FALSE(TakeCeremonyTurn(home_, state_)->step) << "not every commitment is in";
  Commit(MakeCommitment(lausd_keys_, lausd().signing_key));
  RevealBoth(HonestReveal(lausd_keys_));
  auto turn = TakeCeremonyTurn(home_, state_);
  ASSERT_TRUE(turn.ok()) << turn.error().ToString();
  ASSERT_TRUE(turn->step);
  EXPECT_EQ(turn->step->kind(), v1::AgreementStep::KIND_CONFIRM);
  Add(state_.mutable_confirmations(), "csun", turn->step->message());
  EXPECT_FALSE(TakeCeremonyTurn(home_, state_)->step) << "lausd has not confirmed";
  EXPECT_FALSE(home_.HasSecret(cast_.digest_hex()).value());

  const auto reveals = agreements::DecodeAll<Reveal>(state_.reveals()).value();
  const auto result =
      agreements::FinishCeremony(agreement(), lausd_keys_, commitments_, reveals).value();
  const agreements::NormaliserCheck check{
      NormaliserDigest(), crypto::Sha256(TestTokens(result.secret.TokenKey("conformance")))};
  Add(state_.mutable_confirmations(), "lausd",
      MakeConfirmation(agreement(), context_, "lausd", lausd().signing_key, result, check)
          .Encode());
  turn = TakeCeremonyTurn(home_, state_);
  ASSERT_TRUE(turn.ok()) << turn.error().ToString();
  EXPECT_TRUE(turn->finished);
  EXPECT_TRUE(home_.HasSecret(cast_.digest_hex()).value());
  EXPECT_FALSE(Keeps("ceremony.key"));
  const auto joint = home_.LoadJoint(cast_.digest_hex());
  ASSERT_TRUE(joint.ok());
  EXPECT_EQ(joint->joint_key, result.joint_key);
  EXPECT_EQ(*joint->Find("lausd"), lausd_keys_.share());
}

TEST_F(CeremonyTurns, HaveNothingToDoWhereTheKeysWereLostAfterTheConfirmation) {
  Commit(MakeCommitment(lausd_keys_, lausd().signing_key));
  RevealBoth(HonestReveal(lausd_keys_));
  const auto confirm = TakeCeremonyTurn(home_, state_);
  ASSERT_TRUE(confirm.ok() && confirm->step);
  ASSERT_TRUE(home_.EraseCeremony(cast_.digest_hex()).ok());
  EXPECT_EQ(TakeCeremonyTurn(home_, state_).error().id(), "ceremony.keys-missing");
  Add(state_.mutable_confirmations(), "csun", confirm->step->message());
  const auto turn = TakeCeremonyTurn(home_, state_);
  ASSERT_TRUE(turn.ok()) << turn.error().ToString();
  EXPECT_FALSE(turn->step || turn->finished);
  EXPECT_FALSE(home_.HasSecret(cast_.digest_hex()).value());
}

TEST_F(CeremonyTurns, RefuseAProofOfAnotherSecret) {
  CommitAndReveal(lausd_keys_.share().bytes(),
                  agreements::ProofOf(context_, "lausd", crypto::Scalar::Random()));
  EXPECT_EQ(Refusal(), "ceremony.proof");
}

TEST_F(CeremonyTurns, RefuseTheirOwnShareCopied) {
  CommitAndReveal(csun_keys_.share().bytes(), csun_keys_.proof());
  EXPECT_EQ(Refusal(), "ceremony.proof");
}

TEST_F(CeremonyTurns, RefuseTheIdentityAndAPointOffTheCurve) {
  CommitAndReveal(Bytes(crypto::Point::kSize, '\0'), lausd_keys_.proof());
  EXPECT_EQ(Refusal(), "ceremony.share");
  state_.clear_reveals();
  Bytes off = lausd_keys_.share().bytes();
  off[64] = static_cast<char>(off[64] ^ 1);
  RevealBoth(RevealOf(agreement(), lausd_keys_, lausd(), commitments_, off, lausd_keys_.proof()));
  EXPECT_EQ(Refusal(), "ceremony.share");
}

TEST_F(CeremonyTurns, RefuseAShareThatWasNotCommittedTo) {
  Commit(MakeCommitment(lausd_keys_, lausd().signing_key));
  const CeremonyKeys later = WithShare(lausd_keys_, crypto::Scalar::Random());
  RevealBoth(RevealOf(agreement(), lausd_keys_, lausd(), commitments_, later.share().bytes(),
                      later.proof()));
  EXPECT_EQ(Refusal(), "ceremony.share-commitment");
}

TEST_F(CeremonyTurns, RefuseSharesThatCancel) {
  const CeremonyKeys keys =
      WithShare(lausd_keys_, crypto::Scalar::Negate(csun_keys_.share_scalar()));
  Commit(MakeCommitment(keys, lausd().signing_key));
  RevealBoth(HonestReveal(keys));
  EXPECT_EQ(Refusal(), "ceremony.joint-key");
}

// The matcher pretends that csun's reveal never arrived, and lausd commits once more, to a share
// made after it saw csun's.
TEST_F(CeremonyTurns, RevealToOneSetOfCommitmentsOnly) {
  Commit(MakeCommitment(lausd_keys_, lausd().signing_key));
  ASSERT_TRUE(TakeCeremonyTurn(home_, state_)->step);
  EXPECT_TRUE(TakeCeremonyTurn(home_, state_)->step) << "the same set, after a crash";
  const auto first = commitments_;
  Commit(MakeCommitment(CeremonyKeys::Create(context_, "lausd"), lausd().signing_key));
  EXPECT_EQ(Refusal(), "ceremony.commitments-changed");
  Commit(first[1]);
  EXPECT_EQ(Refusal(), "") << "the set that was answered is still good";
}

TEST_F(CeremonyTurns, RevealNothingToACommitmentThatIsNotTheirs) {
  Commit(MakeCommitment(lausd_keys_, Cast::Member("ucla").signing_key));
  EXPECT_EQ(Refusal(), "ceremony.signature");
  Commit(MakeCommitment(lausd_keys_, lausd().signing_key));
  commitments_[0] =
      MakeCommitment(CeremonyKeys::Create(context_, "csun"), Cast::Member("csun").signing_key);
  state_.mutable_commitments(0)->set_bytes(commitments_[0].Encode());
  EXPECT_EQ(Refusal(), "ceremony.own-commitment");
  EXPECT_FALSE(Keeps("revealed"));
}

TEST_F(CeremonyTurns, RefuseAConfirmationOfAnotherSecret) {
  Commit(MakeCommitment(lausd_keys_, lausd().signing_key));
  RevealBoth(HonestReveal(lausd_keys_));
  const auto turn = TakeCeremonyTurn(home_, state_);
  ASSERT_TRUE(turn.ok() && turn->step);
  Add(state_.mutable_confirmations(), "csun", turn->step->message());
  auto theirs = agreements::Confirmation::Decode(turn->step->message()).value();
  theirs.party = "lausd";
  theirs.tags[0].to = "csun";
  theirs.signature = lausd().signing_key.Sign(agreements::Confirmation::kDomain, theirs.Body());
  Add(state_.mutable_confirmations(), "lausd", theirs.Encode());
  EXPECT_EQ(Refusal(), "ceremony.confirmation");
}

}  // namespace
}  // namespace tallystick::agents
