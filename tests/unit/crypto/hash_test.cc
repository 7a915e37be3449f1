#include "crypto/hash.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace tallystick::crypto {
namespace {

// NIST FIPS 180-4 examples (csrc.nist.gov, SHA256.pdf).
constexpr std::string_view kAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view kTwoBlocks =
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(Sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("abc").hex(), kAbc);
  EXPECT_EQ(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(), kTwoBlocks);
}

TEST(Sha256Hasher, HashesPiecesLikeTheWhole) {
  Sha256Hasher hasher;
  hasher.Update("a");
  hasher.Update("");
  hasher.Update("bc");
  EXPECT_EQ(hasher.Finish().hex(), kAbc);
}

TEST(Sha256Hasher, StartsAnewAfterFinish) {
  Sha256Hasher hasher;
  hasher.Update("something else");
  hasher.Finish();
  hasher.Update("abc");
  EXPECT_EQ(hasher.Finish().hex(), kAbc);
}

TEST(Sha256Hasher, ACopyContinuesFromTheSamePrefix) {
  Sha256Hasher prefix;
  prefix.Update("ab");
  Sha256Hasher copy = prefix;
  prefix.Update("x");
  copy.Update("c");
  EXPECT_EQ(copy.Finish().hex(), kAbc);
  EXPECT_EQ(prefix.Finish(), Sha256("abx"));
}

TEST(Digest, IsZerosByDefault) { EXPECT_EQ(Digest().view(), Bytes(32, '\0')); }

TEST(Digest, ReadsBytesAndHexOfTheRightLengthOnly) {
  const Digest digest = Sha256("abc");
  EXPECT_EQ(Digest::FromBytes(digest.view()).value(), digest);
  EXPECT_EQ(Digest::FromHex(kAbc).value(), digest);
  EXPECT_FALSE(Digest::FromBytes(digest.view().substr(1)).ok());
  EXPECT_FALSE(Digest::FromHex(kAbc.substr(2)).ok());
  EXPECT_FALSE(Digest::FromHex(std::string(62, 'a') + "zz").ok());
}

TEST(Digest, OrdersByItsBytesAndHashes) {
  const Digest low = Digest::FromHex(std::string(64, '1')).value();
  const Digest high = Digest::FromHex(std::string(64, 'f')).value();
  EXPECT_LT(low, high);
  EXPECT_EQ((std::unordered_set<Digest>{low, high, low}).size(), 2u);
}

}  // namespace
}  // namespace tallystick::crypto
