#include "storage/internal/log_format.h"

#include <gtest/gtest.h>

#include "storage/commit_log.h"
#include "storage/internal/crc32c.h"

namespace tallystick::storage {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, MatchesTheVectorsOfRfc3720) {
  Bytes ascending;
  Bytes descending;
  for (int i = 0; i < 32; ++i) {
    ascending.push_back(static_cast<char>(i));
    descending.push_back(static_cast<char>(31 - i));
  }
  EXPECT_EQ(Crc32c(Bytes(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(Crc32c(Bytes(32, '\xff')), 0x62A8AB43U);
  EXPECT_EQ(Crc32c(ascending), 0x46DD794EU);
  EXPECT_EQ(Crc32c(descending), 0x113FDB5CU);
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283U);
}

TEST(Crc32c, GoesOnFromAnEarlierPart) {
  const Bytes text = "a text of several words, long enough for all slices";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(Crc32c(ByteView(text).substr(cut), Crc32c(ByteView(text).substr(0, cut))),
              Crc32c(text));
  }
}

TEST(LogFormat, ParsesWhatItWrote) {
  Bytes bytes;
  const crypto::Digest previous = crypto::Sha256("previous");
  AppendRecord(bytes, {.begins = true, .ends = false}, 77, previous, "payload");
  const std::size_t size_bytes = bytes.size();
  bytes.append("what follows");
  const auto record = ParseRecord(bytes);
  ASSERT_TRUE(record.has_value());
  EXPECT_TRUE(record->place.begins);
  EXPECT_FALSE(record->place.ends);
  EXPECT_EQ(record->sequence, 77U);
  EXPECT_EQ(record->previous, previous.view());
  EXPECT_EQ(record->payload, "payload");
  EXPECT_EQ(record->size_bytes, size_bytes);
}

// The layout is stored data: a change of it is a change of format.
TEST(LogFormat, HasTheDocumentedLayout) {
  Bytes bytes;
  AppendRecord(bytes, {.begins = true, .ends = true}, 1, crypto::Digest(), "ab");
  EXPECT_EQ(ToHex(bytes.substr(0, 4)), "c0000002");
  EXPECT_EQ(ToHex(bytes.substr(8, 8)), "0000000000000001");
  EXPECT_EQ(bytes.substr(16, 32), Bytes(32, '\0'));
  EXPECT_EQ(bytes.substr(48), "ab");
  EXPECT_EQ(ReadU32(bytes, 4), Crc32c(bytes.substr(0, 4) + bytes.substr(8)));
}

TEST(LogFormat, RefusesEveryShorterPrefix) {
  Bytes bytes;
  AppendRecord(bytes, {.begins = true, .ends = true}, 1, crypto::Digest(), "payload");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseRecord(ByteView(bytes).substr(0, size)).has_value());
  }
}

TEST(LogFormat, RefusesZerosAndLengthsBeyondTheLimit) {
  EXPECT_FALSE(ParseRecord(Bytes(4096, '\0')).has_value());
  EXPECT_FALSE(ParseRecord(Bytes(2 * kMaxRecordBytes, '\xff')).has_value());
}

TEST(LogFormat, FindsABatchThatBeginsLater) {
  Bytes bytes = "damaged bytes";
  AppendRecord(bytes, {.begins = false, .ends = true}, 6, crypto::Digest(), "same batch");
  EXPECT_FALSE(FindBatchBegin(bytes, 5).has_value());
  const std::size_t offset = bytes.size();
  AppendRecord(bytes, {.begins = true, .ends = true}, 7, crypto::Digest(), "next batch");
  EXPECT_EQ(FindBatchBegin(bytes, 5), offset);
  EXPECT_FALSE(FindBatchBegin(bytes, 8).has_value());
}

}  // namespace
}  // namespace tallystick::storage
