// What arrives is bounded before it is parsed.
#include "proto/codec.h"

#include <gtest/gtest.h>

#include "tallystick/v1/state.pb.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick {
namespace {

v1::Signed SomeMessage() {
  v1::Signed message;
  message.set_body("body");
  message.set_signature(Bytes(64, 's'));
  message.set_signer("csun");
  return message;
}

TEST(Codec, RoundTripsDeterministically) {
  const Bytes bytes = Serialise(SomeMessage());
  EXPECT_EQ(Serialise(Parse<v1::Signed>(bytes).value()), bytes);
  EXPECT_EQ(Serialise(v1::Signed()), "");
  EXPECT_TRUE(Parse<v1::Signed>("").ok());
}

TEST(Codec, ChecksTheSizeBeforeItParses) {
  const Bytes bytes = Serialise(SomeMessage());
  EXPECT_TRUE(Parse<v1::Signed>(bytes, bytes.size()).ok());
  EXPECT_EQ(Parse<v1::Signed>(bytes, bytes.size() - 1).error().id(), "proto.too-large");
  EXPECT_EQ(Parse<v1::Signed>(Bytes(kMaxControlMessageBytes + 1, '\0')).error().id(),
            "proto.too-large");
}

TEST(Codec, DemandsTheWholeMessage) {
  const Bytes bytes = Serialise(SomeMessage());
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    // A prefix may be a message of its own, at a field's end; never one cut inside a field.
    const auto parsed = Parse<v1::Signed>(bytes.substr(0, size));
    if (parsed.ok()) {
      EXPECT_EQ(Serialise(*parsed), bytes.substr(0, size));
    }
  }
  for (const char* trailing : {"\xff", "\x07", "\x0a\x05x"}) {
    EXPECT_EQ(Parse<v1::Signed>(bytes + trailing).error().id(), "proto.malformed");
  }
  // A group's end without its beginning: parsing stops there, and would leave the rest unread.
  EXPECT_FALSE(Parse<v1::Signed>(bytes + "\x0c" + bytes).ok());
  EXPECT_FALSE(Parse<v1::Signed>(Bytes("\x04", 1)).ok());
  EXPECT_FALSE(Parse<v1::Signed>(Bytes("\0\0", 2)).ok()) << "there is no field 0";
}

TEST(Codec, BoundsTheDepth) {
  // Unknown groups nest as deep as the sender likes.
  const auto nested = [](int depth) {
    Bytes bytes;
    for (int i = 0; i < depth; ++i) bytes += "\xa3\x06";  // start group 100
    for (int i = 0; i < depth; ++i) bytes += "\xa4\x06";  // end group 100
    return bytes;
  };
  EXPECT_TRUE(Parse<v1::Signed>(nested(kMaxProtobufDepth - 2)).ok());
  EXPECT_EQ(Parse<v1::Signed>(nested(kMaxProtobufDepth + 1)).error().id(), "proto.malformed");
  EXPECT_EQ(Parse<v1::Signed>(nested(10'000)).error().id(), "proto.malformed");
}

TEST(Codec, TextFieldsAreUtf8) {
  EXPECT_TRUE(Parse<v1::Member>("\x12\x02\xC3\xA9").ok());
  EXPECT_EQ(Parse<v1::Member>("\x12\x02\xC3\x28").error().id(), "proto.malformed");
}

TEST(Codec, RefusesAnyGarbageWithoutEnding) {
  std::uint64_t state = 1;
  for (int round = 0; round < 2'000; ++round) {
    Bytes bytes;
    for (int i = 0; i < 40; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      bytes.push_back(static_cast<char>(state >> 56));
    }
    static_cast<void>(Parse<v1::Manifest>(bytes));
    static_cast<void>(Parse<v1::Record>(bytes));
  }
}

}  // namespace
}  // namespace tallystick
