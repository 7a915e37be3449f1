#include "proto/log_leaf.h"

#include <gtest/gtest.h>

#include "proto/codec.h"

namespace tallystick {
namespace {

TEST(LogLeaf, IsTheSameFromRecordEntryAndReceipt) {
  v1::Record record;
  record.set_event("agreement.signed");
  record.set_time(1'780'000'000);
  record.set_subject(Bytes(32, 's'));
  record.set_salt(Bytes(16, 'a'));
  const Bytes payload = Serialise(record);
  const crypto::Digest expected = LeafHashOfRecord(record, 7, payload);

  v1::LogEntry entry;
  entry.set_event(record.event());
  entry.set_sequence(7);
  entry.set_time(record.time());
  const crypto::Digest payload_digest = crypto::Sha256(payload);
  entry.set_commitment(
      Bytes(LeafCommitment(record.salt(), record.subject(), payload_digest.view()).view()));
  EXPECT_EQ(LeafHashOfEntry(entry).value(), expected);

  v1::Receipt receipt;
  receipt.set_event(record.event());
  receipt.set_sequence(7);
  receipt.set_time(record.time());
  receipt.set_salt(record.salt());
  receipt.set_subject(record.subject());
  receipt.set_payload_digest(Bytes(payload_digest.view()));
  EXPECT_EQ(LeafHashOfReceipt(receipt).value(), expected);

  EXPECT_NE(LeafHashOfRecord(record, 8, payload), expected);
  EXPECT_NE(LeafHashOfRecord(record, 7, payload + "x"), expected);
  entry.set_commitment("short");
  EXPECT_FALSE(LeafHashOfEntry(entry).ok());
}

// The salt keeps anyone from guessing what a leaf commits to.
TEST(LogLeaf, AnotherSaltIsAnotherCommitment) {
  EXPECT_NE(LeafCommitment("salt 1", "subject", "payload"),
            LeafCommitment("salt 2", "subject", "payload"));
  // Lengths are bound: bytes cannot move between the parts.
  EXPECT_NE(LeafCommitment("ab", "c", "d"), LeafCommitment("a", "bc", "d"));
  EXPECT_NE(LeafCommitment("a", "bc", "d"), LeafCommitment("a", "b", "cd"));
}

}  // namespace
}  // namespace tallystick
