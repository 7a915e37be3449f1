#include "proto/receipt.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "crypto/merkle.h"
#include "proto/codec.h"
#include "proto/log_leaf.h"

namespace tallystick {
namespace {

// A log of a few records, and the receipt of one.
class Receipts : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kSize = 11;

  Receipts() {
    for (std::uint64_t i = 0; i < kSize; ++i) {
      tree_.Append(LeafHashOfRecord(RecordOf(i), i, PayloadOf(i)));
    }
  }

  static v1::Record RecordOf(std::uint64_t sequence) {
    v1::Record record;
    record.set_event("submission.committed");
    record.set_time(1'780'000'000 + static_cast<std::int64_t>(sequence));
    record.set_subject(Bytes(SubjectOf(sequence).view()));
    record.set_salt(Bytes(16, static_cast<char>('a' + sequence)));
    return record;
  }
  static Bytes PayloadOf(std::uint64_t sequence) { return Serialise(RecordOf(sequence)); }
  static crypto::Digest SubjectOf(std::uint64_t sequence) {
    return crypto::Sha256("manifest " + std::to_string(sequence));
  }

  v1::Receipt ReceiptOf(std::uint64_t sequence) const {
    const v1::Record record = RecordOf(sequence);
    v1::Receipt receipt;
    receipt.set_event(record.event());
    receipt.set_sequence(sequence);
    receipt.set_time(record.time());
    receipt.set_salt(record.salt());
    receipt.set_subject(record.subject());
    receipt.set_payload_digest(Bytes(crypto::Sha256(PayloadOf(sequence)).view()));
    for (const crypto::Digest& hash : tree_.InclusionProof(sequence, kSize)) {
      receipt.add_inclusion(Bytes(hash.view()));
    }
    receipt.set_checkpoint(SignCheckpoint({"tallystick/test", kSize, tree_.Root()}, key_));
    return receipt;
  }
  std::string VerifyError(const v1::Receipt& receipt, std::uint64_t subject = 5) const {
    const auto verified = VerifyReceipt(receipt, SubjectOf(subject), key_.verify_key());
    if (verified.ok()) return "";
    EXPECT_TRUE(verified.error().id().starts_with("log.verify-")) << verified.error().id();
    return std::string(verified.error().id());
  }
  std::string Changed(const std::function<void(v1::Receipt&)>& change) const {
    v1::Receipt receipt = ReceiptOf(5);
    change(receipt);
    return VerifyError(receipt);
  }

  const crypto::SigningKey key_ = crypto::SigningKey::FromSeed(Bytes(32, 'k')).value();
  crypto::MerkleTree tree_;
};

TEST_F(Receipts, ProveTheirSubjectAndNoOther) {
  for (std::uint64_t i = 0; i < kSize; ++i) {
    EXPECT_EQ(VerifyError(ReceiptOf(i), i), "") << i;
    EXPECT_EQ(VerifyError(ReceiptOf(i), i + 1), "log.verify-subject") << i;
  }
  EXPECT_EQ(VerifyReceipt(ReceiptOf(5), SubjectOf(5), key_.verify_key())->size, kSize);
}

TEST_F(Receipts, NothingOfThemCanBeChanged) {
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.set_event("request.approved"); }),
            "log.verify-inclusion");
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.set_sequence(6); }), "log.verify-inclusion");
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.set_sequence(~std::uint64_t{0}); }),
            "log.verify-inclusion");
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.set_time(0); }), "log.verify-inclusion");
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.mutable_salt()->front() ^= 1; }),
            "log.verify-inclusion");
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.mutable_payload_digest()->front() ^= 1; }),
            "log.verify-inclusion");
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.mutable_subject()->front() ^= 1; }),
            "log.verify-subject");
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.set_subject(""); }), "log.verify-subject");
  for (int i = 0; i < ReceiptOf(5).inclusion_size(); ++i) {
    EXPECT_EQ(Changed([i](v1::Receipt& it) { it.mutable_inclusion(i)->front() ^= 1; }),
              "log.verify-inclusion");
  }
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.mutable_inclusion()->RemoveLast(); }),
            "log.verify-inclusion");
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.add_inclusion(Bytes(32, 'x')); }),
            "log.verify-inclusion");
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.set_inclusion(0, "short"); }), "log.verify-inclusion");
  EXPECT_EQ(Changed([](v1::Receipt& it) { it.clear_checkpoint(); }), "log.verify-checkpoint");
}

TEST_F(Receipts, NeedTheLogsOwnSignature) {
  const crypto::SigningKey other = crypto::SigningKey::FromSeed(Bytes(32, 'o')).value();
  EXPECT_EQ(Changed([&](v1::Receipt& it) {
              it.set_checkpoint(SignCheckpoint({"tallystick/test", kSize, tree_.Root()}, other));
            }),
            "log.verify-unsigned");
  // A checkpoint of the log that is older than the entry.
  EXPECT_EQ(Changed([&](v1::Receipt& it) {
              it.set_checkpoint(SignCheckpoint({"tallystick/test", 5, tree_.RootAt(5)}, key_));
            }),
            "log.verify-inclusion");
}

TEST_F(Receipts, AreTextThatRoundTrips) {
  for (std::uint64_t i = 0; i < kSize; ++i) {
    const v1::Receipt receipt = ReceiptOf(i);
    const std::string text = ReceiptText(receipt);
    EXPECT_TRUE(text.starts_with("c2sp.org/tlog-proof@v1\nextra "));
    EXPECT_NE(text.find("\nindex " + std::to_string(i) + "\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\n\n" + receipt.checkpoint()));
    const auto parsed = ParseReceiptText(text);
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(Serialise(*parsed), Serialise(receipt));
    EXPECT_EQ(VerifyError(*parsed, i), "");
  }
}

TEST_F(Receipts, OfALogOfOneHaveNoHashes) {
  crypto::MerkleTree tree;
  tree.Append(LeafHashOfRecord(RecordOf(0), 0, PayloadOf(0)));
  v1::Receipt receipt = ReceiptOf(0);
  receipt.clear_inclusion();
  receipt.set_checkpoint(SignCheckpoint({"tallystick/test", 1, tree.Root()}, key_));
  EXPECT_EQ(VerifyError(receipt, 0), "");
  EXPECT_EQ(Serialise(ParseReceiptText(ReceiptText(receipt)).value()), Serialise(receipt));
}

TEST_F(Receipts, HostileTextIsRefused) {
  const std::string text = ReceiptText(ReceiptOf(5));
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    return changed.replace(changed.find(from), from.size(), to);
  };
  for (const std::string& bad :
       {std::string(), std::string("\n\n"), std::string("c2sp.org/tlog-proof@v1\n\n"),
        std::string(100'000, 'x'), replaced("@v1", "@v2"), replaced("extra ", "extra"),
        replaced("extra ", "extra !"), replaced("index 5", "index 6"),
        replaced("index 5", "index 05x"), replaced("index 5", "index -5"),
        replaced("index 5\n", "index 5\n!!!\n"), replaced("\n\n", "\n")}) {
    const auto parsed = ParseReceiptText(bad);
    ASSERT_FALSE(parsed.ok()) << bad;
    EXPECT_EQ(parsed.error().id(), "log.verify-receipt");
  }
  for (std::size_t size = 0; size < text.find("\n\n"); ++size) {
    EXPECT_FALSE(ParseReceiptText(text.substr(0, size)).ok()) << size;
  }
}

}  // namespace
}  // namespace tallystick
