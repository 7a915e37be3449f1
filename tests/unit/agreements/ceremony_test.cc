#include "agreements/ceremony.h"

#include <gtest/gtest.h>

#include <functional>

#include "crypto/base64.h"
#include "crypto/hkdf.h"
#include "crypto/schnorr.h"
#include "tests/support/agreement_text.h"

namespace tallystick::agreements {
namespace {

// Both parties of the test agreement, each with its keys and messages.
class Ceremony : public ::testing::Test {
 protected:
  Ceremony() {
    commitments_ = {MakeCommitment(csun_keys_, csun_.signing_key),
                    MakeCommitment(lausd_keys_, lausd_.signing_key)};
    reveals_ = {Revealed(csun_keys_, csun_), Revealed(lausd_keys_, lausd_)};
  }

  Reveal Revealed(const CeremonyKeys& keys, const TestMember& member) const {
    return MakeReveal(agreement_, keys, member.signing_key, member.sealing_key, commitments_)
        .value();
  }

  std::string_view RevealError(const Reveal& reveal) const {
    const auto status = VerifyReveal(agreement_, context_, commitments_, reveal);
    return status.ok() ? "" : status.error().id();
  }

  // lausd's reveal after `change`, signed again by lausd.
  Reveal Changed(const std::function<void(Reveal&)>& change) const {
    Reveal reveal = reveals_[1];
    change(reveal);
    reveal.signature = lausd_.signing_key.Sign(Reveal::kDomain, reveal.Body());
    return reveal;
  }

  const Agreement agreement_ = TestAgreement();
  const CeremonyContext context_{agreement_.digest, agreement_.digest, 1};
  const TestMember csun_ = MakeTestMember("csun");
  const TestMember lausd_ = MakeTestMember("lausd");
  const CeremonyKeys csun_keys_ = CeremonyKeys::Create(context_, "csun");
  const CeremonyKeys lausd_keys_ = CeremonyKeys::Create(context_, "lausd");
  std::vector<Commitment> commitments_;
  std::vector<Reveal> reveals_;
  const NormaliserCheck normaliser_{crypto::Sha256("normaliser 1"), crypto::Sha256("64 tokens")};
};

template <std::size_t N>
Bytes Copy(const crypto::SecretBytes<N>& secret) {
  return secret.Expose([](ByteView bytes) { return Bytes(bytes); });
}

TEST_F(Ceremony, BothSidesDeriveTheSameSecretAndJointKey) {
  const auto csun = FinishCeremony(agreement_, csun_keys_, commitments_, reveals_);
  const auto lausd = FinishCeremony(agreement_, lausd_keys_, {commitments_[1], commitments_[0]},
                                    {reveals_[1], reveals_[0]});
  ASSERT_TRUE(csun.ok()) << csun.error().ToString();
  ASSERT_TRUE(lausd.ok()) << lausd.error().ToString();
  EXPECT_EQ(csun->secret.TokenKey("first-last-dob"), lausd->secret.TokenKey("first-last-dob"));
  EXPECT_EQ(csun->joint_key, lausd->joint_key);
  EXPECT_EQ(csun->transcript, lausd->transcript);
  EXPECT_EQ(csun->joint_key, crypto::Point::Add(csun_keys_.share(), lausd_keys_.share()).value());
  EXPECT_EQ(JointKeyOf(reveals_).value(), csun->joint_key);
}

TEST_F(Ceremony, SecretIsHkdfOfTheContributionsInPartyOrder) {
  const auto result = FinishCeremony(agreement_, lausd_keys_, commitments_, reveals_);
  ASSERT_TRUE(result.ok());
  Bytes salt(agreement_.digest.view());
  AppendU32(salt, 1);
  const auto prk =
      crypto::HkdfExtract(salt, Copy(csun_keys_.contribution()) + Copy(lausd_keys_.contribution()));
  const std::string_view four_zeros("\0\0\0\0", 4);
  Bytes info = "tallystick/v1/agreement-keytoken";
  AppendLp(info, "ssn4-dob-last");
  EXPECT_EQ(result->secret.TokenKey("ssn4-dob-last"), crypto::HkdfExpand(prk, info));
  EXPECT_EQ(result->secret.ConfirmKey(),
            crypto::HkdfExpand(prk, "tallystick/v1/agreement-keyconfirm" + Bytes(four_zeros)));
  EXPECT_EQ(result->secret.ClkKey(),
            crypto::HkdfExpand(prk, "tallystick/v1/agreement-keyclk" + Bytes(four_zeros)));
  const auto stored = result->secret.ExposeBytes([](ByteView b) { return Bytes(b); });
  EXPECT_EQ(AgreementSecret::FromBytes(stored)->ClkKey(), result->secret.ClkKey());
  EXPECT_FALSE(AgreementSecret::FromBytes(stored.substr(1)).ok());
}

TEST_F(Ceremony, AnotherRunGivesAnotherSecret) {
  const auto first = FinishCeremony(agreement_, csun_keys_, commitments_, reveals_);
  const CeremonyKeys csun = CeremonyKeys::Create(context_, "csun");
  commitments_[0] = MakeCommitment(csun, csun_.signing_key);
  reveals_ = {Revealed(csun, csun_), Revealed(lausd_keys_, lausd_)};
  const auto second = FinishCeremony(agreement_, csun, commitments_, reveals_);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(Copy(first->secret.TokenKey("k")), Copy(second->secret.TokenKey("k")));
  EXPECT_NE(first->joint_key, second->joint_key);
  EXPECT_NE(Copy(first->secret.TokenKey("k")), Copy(first->secret.TokenKey("j")));
}

TEST_F(Ceremony, WorksBetweenThreeParties) {
  std::string text = Replaced(TestAgreementText(), "cohort = \"left\"",
                              "cohort = \"left\"\ndatasets = [\"candidates\", \"hr\"]");
  const TestMember ucla = MakeTestMember("ucla");
  text += "\n[[party]]\nid = \"ucla\"\nname = \"UCLA\"\nsigning_key = \"" +
          crypto::Base64(ucla.signing_key.verify_key().view()) + "\"\nsealing_key = \"" +
          crypto::Base64(ucla.sealing_key.public_key().view()) +
          "\"\n[[dataset]]\nid = \"graduates\"\nparty = \"ucla\"\n"
          "[[dataset.identifier]]\nname = \"last_name\"\nkind = \"family-name\"\n";
  const Agreement agreement = Parsed(text);
  const CeremonyContext context{agreement.digest, agreement.digest, 7};
  const TestMember* members[] = {&csun_, &lausd_, &ucla};
  std::vector<CeremonyKeys> keys;
  std::vector<Commitment> commitments;
  std::vector<Reveal> reveals;
  for (const TestMember* member : members) {
    keys.push_back(CeremonyKeys::Create(context, member->id));
    commitments.push_back(MakeCommitment(keys.back(), member->signing_key));
  }
  for (std::size_t i = 0; i < 3; ++i) {
    reveals.push_back(MakeReveal(agreement, keys[i], members[i]->signing_key,
                                 members[i]->sealing_key, commitments)
                          .value());
  }
  std::vector<CeremonyResult> results;
  for (const CeremonyKeys& one : keys) {
    results.push_back(FinishCeremony(agreement, one, commitments, reveals).value());
  }
  EXPECT_EQ(results[0].secret.ClkKey(), results[1].secret.ClkKey());
  EXPECT_EQ(results[0].secret.ClkKey(), results[2].secret.ClkKey());
  const Confirmation confirmation =
      MakeConfirmation(agreement, context, "ucla", ucla.signing_key, results[2], normaliser_);
  EXPECT_TRUE(
      CheckConfirmation(agreement, context, "csun", results[0], normaliser_, confirmation).ok());
  EXPECT_TRUE(
      CheckConfirmation(agreement, context, "lausd", results[1], normaliser_, confirmation).ok());
  EXPECT_EQ(
      FinishCeremony(agreement, keys[0], {commitments[0], commitments[1]}, reveals).error().id(),
      "ceremony.incomplete");
}

TEST_F(Ceremony, KeysSurviveBeingStored) {
  const auto stored = csun_keys_.Serialize().Expose([](ByteView bytes) { return Bytes(bytes); });
  const auto restored = CeremonyKeys::Deserialize(stored);
  ASSERT_TRUE(restored.ok());
  EXPECT_EQ(restored->party(), "csun");
  EXPECT_EQ(restored->context(), context_);
  EXPECT_EQ(MakeCommitment(*restored, csun_.signing_key).Encode(), commitments_[0].Encode());
  EXPECT_TRUE(FinishCeremony(agreement_, *restored, commitments_, reveals_).ok());
}

TEST_F(Ceremony, StoredKeysThatChangedAreDataLoss) {
  const auto stored = csun_keys_.Serialize().Expose([](ByteView bytes) { return Bytes(bytes); });
  for (std::size_t size = 0; size < stored.size(); size += 7) {
    EXPECT_FALSE(CeremonyKeys::Deserialize(ByteView(stored).substr(0, size)).ok());
  }
  EXPECT_FALSE(CeremonyKeys::Deserialize(stored + "x").ok());
  Bytes changed = stored;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  const auto result = CeremonyKeys::Deserialize(changed);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().id(), "ceremony.keys-corrupt");
  EXPECT_EQ(result.error().code(), Code::kDataLoss);
}

TEST_F(Ceremony, MessagesSurviveEncoding) {
  const auto commitment = Commitment::Decode(commitments_[0].Encode());
  ASSERT_TRUE(commitment.ok());
  EXPECT_EQ(commitment->Encode(), commitments_[0].Encode());
  EXPECT_TRUE(VerifyCommitment(agreement_, context_, *commitment).ok());

  const auto reveal = Reveal::Decode(reveals_[1].Encode());
  ASSERT_TRUE(reveal.ok());
  EXPECT_EQ(reveal->Encode(), reveals_[1].Encode());
  EXPECT_EQ(RevealError(*reveal), "");

  const auto result = FinishCeremony(agreement_, csun_keys_, commitments_, reveals_);
  const Confirmation made =
      MakeConfirmation(agreement_, context_, "csun", csun_.signing_key, *result, normaliser_);
  const auto confirmation = Confirmation::Decode(made.Encode());
  ASSERT_TRUE(confirmation.ok());
  EXPECT_EQ(confirmation->Encode(), made.Encode());
}

TEST_F(Ceremony, TruncatedOrExtendedMessagesAreMalformed) {
  const auto result = FinishCeremony(agreement_, csun_keys_, commitments_, reveals_);
  const Bytes commitment = commitments_[0].Encode();
  const Bytes reveal = reveals_[0].Encode();
  const Bytes confirmation =
      MakeConfirmation(agreement_, context_, "csun", csun_.signing_key, *result, normaliser_)
          .Encode();
  for (std::size_t size = 0; size < reveal.size(); ++size) {
    EXPECT_FALSE(Reveal::Decode(ByteView(reveal).substr(0, size)).ok());
    if (size < commitment.size()) {
      EXPECT_FALSE(Commitment::Decode(ByteView(commitment).substr(0, size)).ok());
    }
    if (size < confirmation.size()) {
      EXPECT_FALSE(Confirmation::Decode(ByteView(confirmation).substr(0, size)).ok());
    }
  }
  EXPECT_FALSE(Reveal::Decode(reveal + "x").ok());
  EXPECT_FALSE(Commitment::Decode(commitment + "x").ok());
  EXPECT_FALSE(Confirmation::Decode(confirmation + "x").ok());
  EXPECT_EQ(Commitment::Decode(Bytes(kMaxCeremonyMessageBytes + 1, 'x')).error().id(),
            "ceremony.malformed");
  EXPECT_FALSE(Reveal::Decode(Bytes(1000, '\xff')).ok());
}

TEST_F(Ceremony, EveryChangedByteOfAMessageIsRefused) {
  const Bytes commitment = commitments_[1].Encode();
  for (std::size_t at = 0; at < commitment.size(); ++at) {
    Bytes changed = commitment;
    changed[at] = static_cast<char>(changed[at] ^ 0x01);
    const auto decoded = Commitment::Decode(changed);
    EXPECT_FALSE(decoded.ok() && VerifyCommitment(agreement_, context_, *decoded).ok()) << at;
  }
  const Bytes reveal = reveals_[1].Encode();
  for (std::size_t at = 0; at < reveal.size(); ++at) {
    Bytes changed = reveal;
    changed[at] = static_cast<char>(changed[at] ^ 0x80);
    const auto decoded = Reveal::Decode(changed);
    EXPECT_FALSE(decoded.ok() && RevealError(*decoded).empty()) << at;
  }
}

TEST_F(Ceremony, CommitmentMustBeForThisAgreementAndEpochByAParty) {
  const auto error = [&](const Commitment& commitment, const CeremonyContext& context) {
    const auto status = VerifyCommitment(agreement_, context, commitment);
    return std::string(status.ok() ? "" : status.error().id());
  };
  EXPECT_EQ(error(commitments_[0], context_), "");
  EXPECT_EQ(error(commitments_[0], {context_.digest, context_.chain, 2}), "ceremony.context");
  EXPECT_EQ(error(commitments_[0], {context_.digest, crypto::Digest(), 1}), "ceremony.context");

  const Agreement changed = Parsed(Replaced(TestAgreementText(), "min_cell = 11", "min_cell = 10"));
  EXPECT_EQ(VerifyCommitment(changed, context_, commitments_[0]).error().id(), "ceremony.context");

  const TestMember stranger = MakeTestMember("stranger");
  EXPECT_EQ(error(MakeCommitment(CeremonyKeys::Create(context_, "stranger"), stranger.signing_key),
                  context_),
            "ceremony.party");
  EXPECT_EQ(error(MakeCommitment(csun_keys_, lausd_.signing_key), context_), "ceremony.signature");

  Commitment off_curve = commitments_[0];
  off_curve.one_time_key[40] = static_cast<char>(off_curve.one_time_key[40] ^ 1);
  off_curve.signature = csun_.signing_key.Sign(Commitment::kDomain, off_curve.Body());
  EXPECT_EQ(error(off_curve, context_), "ceremony.one-time-key");
}

TEST_F(Ceremony, NobodyRevealsBeforeEveryCommitmentIsIn) {
  const auto error = [&](std::vector<Commitment> commitments) {
    const auto reveal = MakeReveal(agreement_, csun_keys_, csun_.signing_key, csun_.sealing_key,
                                   std::move(commitments));
    return std::string(reveal.ok() ? "" : reveal.error().id());
  };
  EXPECT_EQ(error({}), "ceremony.incomplete");
  EXPECT_EQ(error({commitments_[0]}), "ceremony.incomplete");
  EXPECT_EQ(error({commitments_[0], commitments_[0]}), "ceremony.incomplete");
  EXPECT_EQ(error({commitments_[0], commitments_[1], commitments_[1]}), "ceremony.incomplete");
  Commitment forged = commitments_[1];
  forged.share_hash = crypto::Digest();
  EXPECT_EQ(error({commitments_[0], forged}), "ceremony.signature");
  // A second run of our own agent, whose commitment reached the matcher first.
  const Commitment other =
      MakeCommitment(CeremonyKeys::Create(context_, "csun"), csun_.signing_key);
  EXPECT_EQ(error({other, commitments_[1]}), "ceremony.own-commitment");
}

TEST_F(Ceremony, RevealMustKeepToItsCommitment) {
  EXPECT_EQ(RevealError(reveals_[1]), "");
  Reveal unsigned_one = reveals_[1];
  unsigned_one.signature[3] = static_cast<char>(unsigned_one.signature[3] ^ 1);
  EXPECT_EQ(RevealError(unsigned_one), "ceremony.signature");
  EXPECT_EQ(RevealError(Changed([](Reveal& r) { r.context.epoch = 2; })), "ceremony.context");
  EXPECT_EQ(RevealError(Changed([](Reveal& r) { r.commitments = crypto::Digest(); })),
            "ceremony.commitments");
  EXPECT_EQ(RevealError(Changed([](Reveal& r) { r.sealed.clear(); })), "ceremony.sealed");
  EXPECT_EQ(RevealError(Changed([](Reveal& r) { r.sealed[0].to = "lausd"; })), "ceremony.sealed");
}

TEST_F(Ceremony, ShareMustBeThePointCommittedTo) {
  const CeremonyKeys other = CeremonyKeys::Create(context_, "lausd");
  EXPECT_EQ(RevealError(Changed([&](Reveal& r) {
              r.share = other.share().bytes();
              r.proof = other.proof();
            })),
            "ceremony.share-commitment");
  EXPECT_EQ(
      RevealError(Changed([](Reveal& r) { r.share[50] = static_cast<char>(r.share[50] ^ 1); })),
      "ceremony.share");
  EXPECT_EQ(RevealError(Changed([](Reveal& r) { r.share = Bytes(65, '\0'); })), "ceremony.share");
  EXPECT_EQ(RevealError(Changed([](Reveal& r) { r.share = Bytes(1, '\0'); })), "ceremony.share");
  EXPECT_EQ(RevealError(Changed([&](Reveal& r) { r.proof = other.proof(); })),
            "ceremony.share-commitment");
}

// What a party could commit to knowingly: csun's share under its own name, to cancel or shift the
// joint key.
TEST_F(Ceremony, ShareOfAnotherPartyHasNoProof) {
  const auto hash = [&](const Bytes& share, const Bytes& proof) {
    // As ceremony.cc: bound to context and party.
    Bytes message;
    AppendLp(message, "tallystick/v1/ceremony-share-hash");
    message += context_.digest.view();
    message += context_.chain.view();
    AppendU32(message, 1);
    AppendLp(message, "lausd");
    AppendLp(message, share);
    AppendLp(message, proof);
    return crypto::Sha256(message);
  };
  ASSERT_EQ(hash(lausd_keys_.share().bytes(), lausd_keys_.proof()), commitments_[1].share_hash);
  commitments_[1].share_hash = hash(csun_keys_.share().bytes(), csun_keys_.proof());
  commitments_[1].signature = lausd_.signing_key.Sign(Commitment::kDomain, commitments_[1].Body());
  std::vector<Commitment> sorted = commitments_;
  const Reveal reveal = Changed([&](Reveal& r) {
    r.commitments = CommitmentsDigest(sorted);
    r.share = csun_keys_.share().bytes();
    r.proof = csun_keys_.proof();
  });
  EXPECT_EQ(RevealError(reveal), "ceremony.proof");
}

TEST_F(Ceremony, SharesThatCancelGiveNoJointKey) {
  // -P has the same x and the other y: p - y, which only the arithmetic below needs.
  const CeremonyKeys keys = CeremonyKeys::Create(context_, "csun");
  Bytes negative = keys.share().bytes();
  const Bytes p = [] {
    Bytes bytes;
    EXPECT_TRUE(
        FromHex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", &bytes));
    return bytes;
  }();
  int borrow = 0;
  for (int i = 31; i >= 0; --i) {
    const auto at = static_cast<std::size_t>(i);
    int digit =
        static_cast<unsigned char>(p[at]) - static_cast<unsigned char>(negative[33 + at]) - borrow;
    borrow = digit < 0 ? 1 : 0;
    negative[33 + at] = static_cast<char>(digit + 256 * borrow);
  }
  Reveal a, b;
  a.share = keys.share().bytes();
  b.share = negative;
  ASSERT_TRUE(crypto::Point::FromBytes(negative).ok());
  EXPECT_EQ(JointKeyOf({a, b}).error().id(), "ceremony.joint-key");
  b.share[64] = static_cast<char>(b.share[64] ^ 1);
  EXPECT_EQ(JointKeyOf({a, b}).error().id(), "ceremony.share");
  EXPECT_EQ(JointKeyOf({}).error().id(), "ceremony.incomplete");
}

TEST_F(Ceremony, ContributionMustBeTheOneCommittedTo) {
  const auto error = [&](const Reveal& reveal) {
    const auto result = FinishCeremony(agreement_, csun_keys_, commitments_, {reveals_[0], reveal});
    return std::string(result.ok() ? "" : result.error().id());
  };
  EXPECT_EQ(error(reveals_[1]), "");
  EXPECT_EQ(error(Changed([](Reveal& r) {
              r.sealed[0].bytes[100] = static_cast<char>(r.sealed[0].bytes[100] ^ 1);
            })),
            "ceremony.contribution");
  // Sealed rightly, by the right party, but another contribution.
  const CeremonyKeys other = CeremonyKeys::Create(context_, "lausd");
  const Commitment other_commitment = MakeCommitment(other, lausd_.signing_key);
  const Reveal other_reveal = MakeReveal(agreement_, other, lausd_.signing_key, lausd_.sealing_key,
                                         {commitments_[0], other_commitment})
                                  .value();
  EXPECT_EQ(error(Changed([&](Reveal& r) { r.sealed = other_reveal.sealed; })),
            "ceremony.contribution");
}

TEST_F(Ceremony, ContributionMustComeFromTheLongTermKeyOfTheAgreement) {
  const TestMember thief = MakeTestMember("thief");
  const auto reveal =
      MakeReveal(agreement_, lausd_keys_, lausd_.signing_key, thief.sealing_key, commitments_);
  ASSERT_TRUE(reveal.ok());
  EXPECT_EQ(
      FinishCeremony(agreement_, csun_keys_, commitments_, {reveals_[0], *reveal}).error().id(),
      "ceremony.contribution");
}

TEST_F(Ceremony, FinishNeedsEveryRevealAndOurOwn) {
  const auto error = [&](const CeremonyKeys& keys, std::vector<Reveal> reveals) {
    return std::string(
        FinishCeremony(agreement_, keys, commitments_, std::move(reveals)).error().id());
  };
  EXPECT_EQ(error(csun_keys_, {reveals_[0]}), "ceremony.incomplete");
  EXPECT_EQ(error(csun_keys_, {reveals_[1], reveals_[1]}), "ceremony.incomplete");
  const CeremonyKeys restored_wrongly = CeremonyKeys::Create(context_, "csun");
  EXPECT_EQ(error(restored_wrongly, reveals_), "ceremony.own-reveal");
}

TEST_F(Ceremony, ConfirmationShowsTheSameSecret) {
  const auto csun = FinishCeremony(agreement_, csun_keys_, commitments_, reveals_);
  const auto lausd = FinishCeremony(agreement_, lausd_keys_, commitments_, reveals_);
  const Confirmation good =
      MakeConfirmation(agreement_, context_, "lausd", lausd_.signing_key, *lausd, normaliser_);
  EXPECT_TRUE(VerifyConfirmation(agreement_, context_, good).ok());
  EXPECT_TRUE(CheckConfirmation(agreement_, context_, "csun", *csun, normaliser_, good).ok());

  const auto error = [&](const Confirmation& confirmation, const NormaliserCheck& normaliser) {
    return std::string(
        CheckConfirmation(agreement_, context_, "csun", *csun, normaliser, confirmation)
            .error()
            .id());
  };
  EXPECT_EQ(error(good, {crypto::Sha256("normaliser 2"), normaliser_.test_tokens}),
            "ceremony.normaliser");
  EXPECT_EQ(error(good, {normaliser_.rules, crypto::Sha256("other tokens")}),
            "ceremony.confirmation");
  // Our own tag sent back to us proves nothing.
  Confirmation reflected =
      MakeConfirmation(agreement_, context_, "csun", csun_.signing_key, *csun, normaliser_);
  reflected.party = "lausd";
  reflected.tags[0].to = "csun";
  reflected.signature = lausd_.signing_key.Sign(Confirmation::kDomain, reflected.Body());
  EXPECT_EQ(error(reflected, normaliser_), "ceremony.confirmation");

  Confirmation unaddressed = good;
  unaddressed.tags.clear();
  unaddressed.signature = lausd_.signing_key.Sign(Confirmation::kDomain, unaddressed.Body());
  EXPECT_EQ(error(unaddressed, normaliser_), "ceremony.tags");
  Confirmation forged = good;
  forged.signature = csun_.signing_key.Sign(Confirmation::kDomain, forged.Body());
  EXPECT_EQ(error(forged, normaliser_), "ceremony.signature");
}

TEST_F(Ceremony, ConfirmationCoversTheJointKey) {
  auto csun = FinishCeremony(agreement_, csun_keys_, commitments_, reveals_);
  auto lausd = FinishCeremony(agreement_, lausd_keys_, commitments_, reveals_);
  lausd->transcript = crypto::Sha256("another transcript");
  const Confirmation confirmation =
      MakeConfirmation(agreement_, context_, "lausd", lausd_.signing_key, *lausd, normaliser_);
  EXPECT_EQ(CheckConfirmation(agreement_, context_, "csun", *csun, normaliser_, confirmation)
                .error()
                .id(),
            "ceremony.confirmation");
}

}  // namespace
}  // namespace tallystick::agreements
