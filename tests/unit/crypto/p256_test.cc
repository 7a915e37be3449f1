#include "crypto/p256.h"

#include <gtest/gtest.h>

#include "crypto/internal/expand.h"
#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

constexpr std::string_view kOrder =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
// SEC 2 section 2.4.2.
constexpr std::string_view kGenerator =
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

Scalar ScalarOf(std::string_view hex) { return Scalar::FromBytes(Hex(hex)).value(); }
Scalar Small(char value) {
  Bytes bytes(32, '\0');
  bytes.back() = value;
  return Scalar::FromBytes(bytes).value();
}
std::string HexOf(const Scalar& scalar) {
  return scalar.ExposeBytes([](ByteView bytes) { return ToHex(bytes); });
}

TEST(Scalar, AcceptsExactlyOneToTheOrderLessOne) {
  EXPECT_TRUE(Scalar::FromBytes(Hex(std::string(63, '0') + "1")).ok());
  EXPECT_TRUE(Scalar::FromBytes(Hex(std::string(kOrder.substr(0, 63)) + "0")).ok());
  EXPECT_EQ(Scalar::FromBytes(Bytes(32, '\0')).error().id(), "crypto.scalar");
  EXPECT_FALSE(Scalar::FromBytes(Hex(kOrder)).ok());
  EXPECT_FALSE(Scalar::FromBytes(Hex(std::string(kOrder.substr(0, 63)) + "2")).ok());
  EXPECT_FALSE(Scalar::FromBytes(Bytes(32, '\xff')).ok());
  EXPECT_FALSE(Scalar::FromBytes(Bytes(31, '\x01')).ok());
  EXPECT_FALSE(Scalar::FromBytes(Bytes(33, '\x01')).ok());
}

TEST(Scalar, RandomOnesDiffer) { EXPECT_FALSE(Scalar::Random() == Scalar::Random()); }

TEST(Scalar, ComputesModuloTheOrder) {
  const Scalar minus_one = ScalarOf(std::string(kOrder.substr(0, 63)) + "0");
  EXPECT_EQ(Scalar::Add(Small(2), Small(3)).value(), Small(5));
  EXPECT_EQ(Scalar::Add(minus_one, Small(3)).value(), Small(2));
  EXPECT_EQ(Scalar::MulAdd(Small(3), Small(4), Small(5)).value(), Small(17));
  EXPECT_EQ(Scalar::MulAdd(minus_one, minus_one, Small(5)).value(), Small(6));
  EXPECT_FALSE(Scalar::Add(minus_one, Small(1)).ok());
  EXPECT_FALSE(Scalar::MulAdd(minus_one, Small(7), Small(7)).ok());
}

TEST(Scalar, SubtractsMultipliesNegatesAndInverts) {
  const Scalar minus_one = ScalarOf(std::string(kOrder.substr(0, 63)) + "0");
  EXPECT_EQ(Scalar::Sub(Small(7), Small(5)).value(), Small(2));
  EXPECT_EQ(Scalar::Sub(Small(5), Small(6)).value(), minus_one);
  EXPECT_FALSE(Scalar::Sub(Small(5), Small(5)).ok());
  EXPECT_EQ(Scalar::Mul(Small(6), Small(7)), Small(42));
  EXPECT_EQ(Scalar::Mul(minus_one, minus_one), Small(1));
  EXPECT_EQ(Scalar::Negate(Small(1)), minus_one);
  EXPECT_EQ(Scalar::Negate(minus_one), Small(1));
  EXPECT_EQ(Scalar::Invert(Small(1)), Small(1));
  EXPECT_EQ(Scalar::Invert(minus_one), minus_one);
  const Scalar x = Scalar::Random();
  EXPECT_EQ(Scalar::Mul(x, Scalar::Invert(x)), Small(1));
  EXPECT_FALSE(Scalar::Add(x, Scalar::Negate(x)).ok());
}

TEST(Scalar, ComesFromIntegersAndStreams) {
  EXPECT_EQ(Scalar::FromInteger(5).value(), Small(5));
  EXPECT_EQ(HexOf(Scalar::FromInteger(~std::uint64_t{0}).value()),
            std::string(48, '0') + std::string(16, 'f'));
  EXPECT_EQ(Scalar::FromInteger(0).error().id(), "crypto.scalar");
  RandomStream stream;
  EXPECT_FALSE(Scalar::Random(stream) == Scalar::Random(stream));
}

TEST(Scalar, HashToScalarGivesTheKeysOfRfc9497AppendixA3) {
  // DeriveKeyPair of section 3.2.1 with seed a3a3…, key info "test key", modes 0 and 1.
  constexpr std::string_view kExpected[] = {
      "159749d750713afe245d2d39ccfaae8381c53ce92d098a9375ee70739c7ac0bf",
      "ca5d94c8807817669a51b196c34c1b7f8442fde4334a7121ae4736364312fca6"};
  Bytes message(32, '\xa3');
  message.append("\0\x08test key\0", 11);
  for (char mode = 0; mode < 2; ++mode) {
    const Bytes dst = Bytes("DeriveKeyPairOPRFV1-") + mode + "-P256-SHA256";
    EXPECT_EQ(HexOf(Scalar::HashToScalar(message, dst).value()), kExpected[static_cast<int>(mode)]);
  }
}

TEST(ExpandMessageXmd, GivesTheBytesOfRfc9380AppendixK1) {
  const auto tests = LoadVectors("rfc9380_expand_message_xmd.json");
  EXPECT_EQ(tests.size(), 10u);
  for (const auto& test : tests) {
    const Bytes bytes =
        ExpandMessageXmd(Text(test, "msg"), Text(test, "dst"), Number(test, "len_in_bytes"));
    EXPECT_EQ(ToHex(bytes), Text(test, "uniform_bytes"));
  }
}

TEST(Point, MultipliesToTheWycheproofSecretsAndRefusesTheirInvalidPoints) {
  int valid = 0;
  int refused = 0;
  for (const auto& test : LoadVectors("wycheproof_ecdh_p256.json")) {
    SCOPED_TRACE(Number(test, "tcId"));
    const auto point = Point::FromBytes(Hex(test, "public"));
    if (Text(test, "result") != "valid") {  // "acceptable" ones are compressed: not ours
      EXPECT_FALSE(point.ok());
      ++refused;
      continue;
    }
    std::string scalar = Text(test, "private");  // an integer, with or without leading zeros
    if (scalar.size() > 64) scalar.erase(0, scalar.size() - 64);
    scalar.insert(0, 64 - scalar.size(), '0');
    ASSERT_TRUE(point.ok());
    const Point shared = point->Mul(ScalarOf(scalar));
    EXPECT_EQ(ToHex(shared.bytes().substr(1, 32)), Text(test, "shared"));
    ++valid;
  }
  EXPECT_GT(valid, 300);
  EXPECT_GT(refused, 20);
}

TEST(Point, TheGeneratorIsTheStandards) {
  EXPECT_EQ(ToHex(Point::MulGenerator(Small(1)).bytes()), kGenerator);
  EXPECT_EQ(Point::FromBytes(Hex(kGenerator)).value().Mul(Small(5)), Point::MulGenerator(Small(5)));
}

TEST(Point, RefusesWhatIsNoUncompressedPoint) {
  const Bytes good = Hex(kGenerator);
  Bytes off_curve = good;
  off_curve[64] = static_cast<char>(off_curve[64] ^ 1);
  Bytes hybrid = good;
  hybrid[0] = 7;
  const Bytes p = Hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  EXPECT_TRUE(Point::FromBytes(good).ok());
  EXPECT_EQ(Point::FromBytes(off_curve).error().id(), "crypto.point");
  EXPECT_FALSE(Point::FromBytes(hybrid).ok());
  EXPECT_FALSE(Point::FromBytes(Bytes(1, '\0')).ok());  // the identity
  EXPECT_FALSE(Point::FromBytes(Bytes(65, '\0')).ok());
  EXPECT_FALSE(Point::FromBytes("\x04" + p + good.substr(33)).ok());  // x = p
  EXPECT_FALSE(Point::FromBytes("\x03" + good.substr(1, 32)).ok());   // compressed
  EXPECT_FALSE(Point::FromBytes("").ok());
  EXPECT_FALSE(Point::FromBytes(good + "x").ok());
}

TEST(Point, AddsAsTheirScalarsDo) {
  const Scalar a = Scalar::Random();
  const Scalar b = Scalar::Random();
  const auto sum = Point::Add(Point::MulGenerator(a), Point::MulGenerator(b));
  EXPECT_EQ(sum.value(), Point::MulGenerator(Scalar::Add(a, b).value()));
  const auto doubled = Point::Add(Point::MulGenerator(a), Point::MulGenerator(a));
  EXPECT_EQ(doubled.value(), Point::MulGenerator(a).Mul(Small(2)));
}

TEST(Point, CompressesToTheParityOfY) {
  const Point generator = Point::MulGenerator(Small(1));
  EXPECT_EQ(ToHex(generator.Compressed()), "03" + std::string(kGenerator.substr(2, 64)));
  EXPECT_EQ(ToHex(generator.Negate().Compressed()), "02" + std::string(kGenerator.substr(2, 64)));
  EXPECT_EQ(generator.Negate(), Point::MulGenerator(Scalar::Negate(Small(1))));
  EXPECT_FALSE(Point::Add(generator, generator.Negate()).ok());
}

TEST(PointOrIdentity, IsTheIdentityUntilGivenAPoint) {
  const Point generator = Point::MulGenerator(Small(1));
  EXPECT_TRUE(PointOrIdentity().IsIdentity());
  EXPECT_FALSE(PointOrIdentity(generator).IsIdentity());
  EXPECT_EQ(PointOrIdentity(generator).point(), generator);
  EXPECT_FALSE(PointOrIdentity(generator) == PointOrIdentity());
}

TEST(Point, RefusesASumThatIsTheIdentity) {
  const Scalar minus_one = ScalarOf(std::string(kOrder.substr(0, 63)) + "0");
  const auto sum = Point::Add(Point::MulGenerator(Small(1)), Point::MulGenerator(minus_one));
  ASSERT_FALSE(sum.ok());
  EXPECT_EQ(sum.error().id(), "crypto.point");
}

}  // namespace
}  // namespace tallystick::crypto
