#include "agents/submit/destruction_certificate.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/file.h"
#include "crypto/merkle.h"
#include "proto/codec.h"
#include "proto/log_leaf.h"
#include "tests/unit/agents/approve/signed_home.h"

namespace tallystick::agents {
namespace {

using matcher::Cast;

// What a matcher says of csun's submission 1, which csun's home made and withdrew.
class KeepCertificateTest : public testing::Test {
 protected:
  KeepCertificateTest() : home_(cast_), id_(Cast::SubmissionId(1)) {
    home_.Keep(cast_.ManifestOf({}));
  }

  Destruction Facts() const {
    Destruction facts;
    facts.submission = id_;
    facts.agreement = cast_.digest_hex();
    facts.party = "csun";
    facts.dataset = "candidates";
    facts.sequence = 1;
    facts.manifest = crypto::Sha256(Serialise(cast_.ManifestOf({})));
    facts.cause = "withdrawn";
    facts.time = Cast::Now();
    return facts;
  }
  static v1::SubmissionStatus StatusOf(const Destruction& facts,
                                       const crypto::SigningKey& log_key) {
    v1::SubmissionStatus status;
    status.set_destruction(DestructionStatement(facts));
    v1::Receipt& receipt = *status.mutable_destruction_receipt();
    receipt.set_event(std::string(kDestroyedEvent));
    receipt.set_time(facts.time.time_since_epoch().count());
    receipt.set_salt(Bytes(16, 's'));
    receipt.set_subject(Bytes(crypto::Sha256(status.destruction()).view()));
    receipt.set_payload_digest(Bytes(crypto::Sha256("payload").view()));
    crypto::MerkleTree tree;
    tree.Append(LeafHashOfReceipt(receipt).value());
    const std::string origin = Cast::Matcher().description.log_origin();
    receipt.set_checkpoint(SignCheckpoint({origin, 1, tree.Root()}, log_key));
    return status;
  }
  v1::SubmissionStatus Told(const std::function<void(Destruction&)>& change) const {
    Destruction facts = Facts();
    change(facts);
    return StatusOf(facts, *Cast::Matcher().signing_key);
  }
  v1::SubmissionStatus True() const {
    return Told([](Destruction&) {});
  }
  std::string Keep(const v1::SubmissionStatus& status) const {
    const Status kept = KeepCertificate(home_.Open(), id_, status);
    return kept.ok() ? "" : std::string(kept.error().id());
  }
  std::string Kept() const {
    const auto text = ReadFile(CertificatePath(home_.Open(), id_), 64 * 1024);
    return text.ok() ? *text : "";
  }

  const Cast cast_;
  const SignedHome home_;
  const std::string id_;
};

TEST_F(KeepCertificateTest, KeepsWhatTheLogAcknowledges) {
  EXPECT_EQ(Keep(True()), "");
  const auto checked = CheckCertificate(home_.Open(), Kept());
  ASSERT_TRUE(checked.ok()) << checked.error().ToString();
  EXPECT_EQ(*checked, Facts());
}

TEST_F(KeepCertificateTest, KeepsTheFirstOneThatHolds) {
  EXPECT_EQ(Keep(True()), "");
  const std::string first = Kept();
  EXPECT_EQ(Keep(Told([](Destruction& it) { it.time += std::chrono::hours(1); })), "");
  EXPECT_EQ(Keep(v1::SubmissionStatus()), "") << "it needs no matcher any more";
  EXPECT_EQ(Kept(), first);
  ASSERT_TRUE(WriteFileDurably(CertificatePath(home_.Open(), id_), "damaged").ok());
  EXPECT_EQ(Keep(True()), "");
  EXPECT_EQ(Kept(), first);
}

TEST_F(KeepCertificateTest, KeepsNothingThatIsAboutSomethingElse) {
  EXPECT_EQ(Keep(Told([](Destruction& it) { it.submission = Cast::SubmissionId(2); })),
            "destruction.other");
  EXPECT_EQ(Keep(Told([](Destruction& it) { it.party = "lausd"; })), "destruction.other");
  EXPECT_EQ(Keep(Told([](Destruction& it) { it.manifest = crypto::Sha256("another"); })),
            "destruction.other");
  EXPECT_EQ(Kept(), "");
}

TEST_F(KeepCertificateTest, KeepsNothingThatTheLogDoesNotSay) {
  EXPECT_EQ(Keep(v1::SubmissionStatus()), "destruction.not-yet");
  EXPECT_NE(Keep(StatusOf(Facts(), Cast::Member("csun").signing_key)), "");
  v1::SubmissionStatus changed = True();
  Destruction other = Facts();
  other.dataset = "hr";
  changed.set_destruction(DestructionStatement(other));
  EXPECT_EQ(Keep(changed), "log.verify-subject");
  EXPECT_EQ(Kept(), "");
}

TEST(IsSubmissionId, IsNoPathAndNothingElse) {
  EXPECT_TRUE(IsSubmissionId("00112233445566778899aabbccddeeff"));
  for (const char* text :
       {"", "0011", "00112233445566778899AABBCCDDEEFF", "../../../../../../../../../../ab",
        "00112233445566778899aabbccddeef/"}) {
    EXPECT_FALSE(IsSubmissionId(text)) << text;
  }
}

}  // namespace
}  // namespace tallystick::agents
