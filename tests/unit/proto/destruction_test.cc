#include "proto/destruction.h"

#include <gtest/gtest.h>

#include <string>

#include "crypto/merkle.h"
#include "proto/log_leaf.h"
#include "proto/log_origin.h"
#include "proto/receipt.h"

namespace tallystick {
namespace {

constexpr std::string_view kOrigin = "example.org/unite-la";

class DestructionCertificate : public ::testing::Test {
 protected:
  static Destruction Facts() {
    Destruction facts;
    facts.submission = "00112233445566778899aabbccddeeff";
    facts.agreement = crypto::Sha256("an agreement").hex();
    facts.party = "csun";
    facts.dataset = "candidates";
    facts.sequence = 3;
    facts.manifest = crypto::Sha256("a manifest");
    facts.cause = "withdrawn";
    facts.time = *ParseTime("2026-03-04T05:06:07Z");
    return facts;
  }

  // The receipt of a log whose second entry is of `event` with the subject `statement`.
  v1::Receipt ReceiptOf(std::string_view statement, std::string_view event = kDestroyedEvent,
                        std::string_view origin = kOrigin) const {
    v1::Receipt receipt;
    receipt.set_event(std::string(event));
    receipt.set_sequence(1);
    receipt.set_time(Facts().time.time_since_epoch().count());
    receipt.set_salt(Bytes(16, 's'));
    receipt.set_subject(Bytes(crypto::Sha256(statement).view()));
    receipt.set_payload_digest(Bytes(crypto::Sha256("payload").view()));
    crypto::MerkleTree tree;
    tree.Append(crypto::LeafHash("first"));
    tree.Append(LeafHashOfReceipt(receipt).value());
    for (const crypto::Digest& hash : tree.InclusionProof(1, 2)) {
      receipt.add_inclusion(Bytes(hash.view()));
    }
    receipt.set_checkpoint(SignCheckpoint({std::string(origin), 2, tree.Root()}, log_key_));
    return receipt;
  }

  Result<Destruction> Verify(std::string_view text) const {
    return VerifyCertificate(text, log_key_.verify_key(), kOrigin);
  }

  const crypto::SigningKey log_key_ = crypto::SigningKey::Generate();
};

TEST_F(DestructionCertificate, SaysWhatWasDestroyedAndVerifiesWithTheLogsKeyAlone) {
  const std::string statement = DestructionStatement(Facts());
  const std::string text = CertificateText(statement, ReceiptOf(statement));
  EXPECT_NE(text.find("submission 00112233445566778899aabbccddeeff\n"), std::string::npos);
  EXPECT_NE(text.find("time 2026-03-04T05:06:07Z\n"), std::string::npos);
  const auto verified = Verify(text);
  ASSERT_TRUE(verified.ok()) << verified.error().ToString();
  EXPECT_EQ(*verified, Facts());
}

TEST_F(DestructionCertificate, HoldsForNoOtherKeyLogOrEvent) {
  const std::string statement = DestructionStatement(Facts());
  const std::string text = CertificateText(statement, ReceiptOf(statement));
  EXPECT_FALSE(VerifyCertificate(text, crypto::SigningKey::Generate().verify_key(), kOrigin).ok());
  EXPECT_EQ(VerifyCertificate(text, log_key_.verify_key(), "example.org/other").error().id(),
            "log.verify-origin");
  EXPECT_TRUE(VerifyCertificate(text, log_key_.verify_key(),
                                LogOrigin{std::string(kOrigin), 1, 9}.ToString())
                  .ok())
      << "the log was restored since";
  const std::string other = CertificateText(statement, ReceiptOf(statement, "submission.opened"));
  EXPECT_EQ(Verify(other).error().id(), "log.verify-event");
}

TEST_F(DestructionCertificate, HoldsForNoOtherWords) {
  const std::string statement = DestructionStatement(Facts());
  const std::string text = CertificateText(statement, ReceiptOf(statement));
  for (std::size_t i = 0; i < statement.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == '0' ? '1' : '0';
    EXPECT_FALSE(Verify(changed).ok()) << i;
  }
  for (std::size_t size = 0; size < text.size(); size += 7) {
    EXPECT_FALSE(Verify(std::string_view(text).substr(0, size)).ok()) << size;
  }
}

TEST_F(DestructionCertificate, HasOneFormAndTheTimeOfItsEntry) {
  Destruction facts = Facts();
  facts.time += std::chrono::seconds(1);
  const std::string late = DestructionStatement(facts);
  EXPECT_EQ(Verify(CertificateText(late, ReceiptOf(late))).error().id(), "destruction.malformed");
  std::string statement = DestructionStatement(Facts());
  statement.insert(statement.find("sequence ") + 9, "0");
  EXPECT_EQ(Verify(CertificateText(statement, ReceiptOf(statement))).error().id(),
            "destruction.malformed");
  EXPECT_EQ(ParseDestruction(DestructionStatement(Facts()) + "more\n").error().id(),
            "destruction.malformed");
  EXPECT_EQ(ParseDestruction("").error().id(), "destruction.malformed");
}

}  // namespace
}  // namespace tallystick
