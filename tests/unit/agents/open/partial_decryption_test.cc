#include "agents/open/partial_decryption.h"

#include <gtest/gtest.h>

#include "tests/support/agreement_text.h"

namespace tallystick::agents {
namespace {

using agreements::MakeTestMember;

class PartialDecryption : public ::testing::Test {
 protected:
  PartialDecryption() {
    const crypto::Encryptor encryptor(
        crypto::JointKey(std::vector{crypto::Point::MulGenerator(share_), others_}).value());
    crypto::RandomStream random;
    Bytes bytes;
    encryptor.Encrypt(std::vector<std::uint64_t>{7, 0, 1'000'000}, random, bytes);
    for (std::size_t i = 0; i < 3; ++i) {
      ciphertexts_.push_back(
          crypto::Ciphertext::FromBytes(
              ByteView(bytes).substr(i * crypto::Ciphertext::kSize, crypto::Ciphertext::kSize))
              .value());
    }
  }

  static OpeningContext Context(std::string_view job = "job") {
    return {crypto::Sha256("agreement"), crypto::Sha256("chain"), 1, crypto::Sha256(job)};
  }
  Bytes Sealed(const OpeningContext& context = Context()) const {
    return ProvenPartials::Make(context, "csun", share_, ciphertexts_)
        .SealFor(context, csun_.sealing_key, "lausd", lausd_.sealing_key.public_key());
  }
  // What lausd makes of it; the rule that refused, or "".
  std::string Opened(ByteView sealed, const OpeningContext& context,
                     std::span<const crypto::Ciphertext> ciphertexts,
                     std::string_view from = "csun", std::string_view to = "lausd") const {
    const auto opened = ProvenPartials::Open(context, from, csun_.sealing_key.public_key(),
                                             crypto::Point::MulGenerator(share_), to,
                                             lausd_.sealing_key, sealed, ciphertexts);
    if (opened.ok()) return "";
    return std::string(opened.error().refusal()->rule.view());
  }

  const agreements::TestMember csun_ = MakeTestMember("csun");
  const agreements::TestMember lausd_ = MakeTestMember("lausd");
  const crypto::Scalar share_ = crypto::Scalar::Random();
  const crypto::Point others_ = crypto::Point::MulGenerator(crypto::Scalar::Random());
  std::vector<crypto::Ciphertext> ciphertexts_;
};

TEST_F(PartialDecryption, IsProvedToTheOtherParty) {
  EXPECT_EQ(Opened(Sealed(), Context(), ciphertexts_), "");
}

TEST_F(PartialDecryption, HoldsInItsOwnContextOnly) {
  const Bytes sealed = Sealed();
  EXPECT_EQ(Opened(sealed, Context("another"), ciphertexts_), "REL-PROOF");
  OpeningContext other = Context();
  other.epoch = 2;
  EXPECT_EQ(Opened(sealed, other, ciphertexts_), "REL-PROOF");
  other = Context();
  other.agreement = crypto::Sha256("another");
  EXPECT_EQ(Opened(sealed, other, ciphertexts_), "REL-PROOF");
  other = Context();
  other.chain = crypto::Sha256("another");
  EXPECT_EQ(Opened(sealed, other, ciphertexts_), "REL-PROOF");
  EXPECT_EQ(Opened(sealed, Context(), ciphertexts_, "lausd"), "REL-PROOF");
  EXPECT_EQ(Opened(sealed, Context(), ciphertexts_, "csun", "ucla"), "REL-PROOF");
}

TEST_F(PartialDecryption, HoldsForTheseCiphertextsInThisOrderOnly) {
  const Bytes sealed = Sealed();
  std::vector<crypto::Ciphertext> other = ciphertexts_;
  std::swap(other[0], other[1]);
  EXPECT_EQ(Opened(sealed, Context(), other), "REL-PROOF");
  other = ciphertexts_;
  other.pop_back();
  EXPECT_EQ(Opened(sealed, Context(), other), "REL-PROOF");
}

TEST_F(PartialDecryption, RefusesEveryChangedByteOfWhatWasSealed) {
  const Bytes sealed = Sealed();
  for (std::size_t i = 0; i < sealed.size(); i += 7) {
    Bytes changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(Opened(changed, Context(), ciphertexts_), "REL-PROOF") << i;
  }
  EXPECT_EQ(Opened("", Context(), ciphertexts_), "REL-PROOF");
  EXPECT_EQ(Opened(sealed + "x", Context(), ciphertexts_), "REL-PROOF");
}

TEST_F(PartialDecryption, OfAnotherShareIsRefused) {
  const crypto::Scalar other = crypto::Scalar::Random();
  const Bytes sealed =
      ProvenPartials::Make(Context(), "csun", other, ciphertexts_)
          .SealFor(Context(), csun_.sealing_key, "lausd", lausd_.sealing_key.public_key());
  EXPECT_EQ(Opened(sealed, Context(), ciphertexts_), "REL-PROOF");
}

TEST_F(PartialDecryption, SealedByAnybodyElseIsRefused) {
  const Bytes sealed =
      ProvenPartials::Make(Context(), "csun", share_, ciphertexts_)
          .SealFor(Context(), lausd_.sealing_key, "lausd", lausd_.sealing_key.public_key());
  EXPECT_EQ(Opened(sealed, Context(), ciphertexts_), "REL-PROOF");
}

TEST_F(PartialDecryption, OfNothingIsEmpty) {
  const Bytes sealed =
      ProvenPartials::Make(Context(), "csun", share_, {})
          .SealFor(Context(), csun_.sealing_key, "lausd", lausd_.sealing_key.public_key());
  EXPECT_EQ(Opened(sealed, Context(), {}), "");
  EXPECT_EQ(Opened(sealed, Context(), ciphertexts_), "REL-PROOF");
}

}  // namespace
}  // namespace tallystick::agents
