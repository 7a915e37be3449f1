// The field and the points of crypto/internal, against OpenSSL's P-256 by way of Point::Mul and
// Point::MulGenerator.
#include "crypto/internal/p256_curve.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/fixed_base.h"
#include "crypto/internal/comb.h"
#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

constexpr std::string_view kPrimeLessOne =
    "ffffffff00000001000000000000000000000000fffffffffffffffffffffffe";
constexpr std::string_view kPrime =
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
constexpr std::string_view kOrderLessOne =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";

std::string HexOf(const Fe& a) {
  char bytes[32];
  FeToBytes(a, bytes);
  return ToHex(ByteView(bytes, 32));
}

Fe FeOf(std::string_view hex) {
  Limb in_range = 0;
  const Fe out = FeFromBytes(Hex(hex), &in_range);
  EXPECT_EQ(in_range, ~Limb{0});
  return out;
}

Fe RandomFe() {
  Bytes bytes = RandomBytes(32);
  bytes[0] = 0;
  Limb in_range = 0;
  return FeFromBytes(bytes, &in_range);
}

bool Equal(const Fe& a, const Fe& b) { return EqualMask(a, b) != 0; }

// Values at which carries and borrows happen.
std::vector<Fe> Edges() {
  std::vector<Fe> edges = {Fe{}, kFeOne, -kFeOne, FeOf(kPrimeLessOne), RandomFe()};
  for (int bit = 0; bit < 256; bit += 31) {
    Fe power = kFeOne;
    for (int i = 0; i < bit; ++i) power = power + power;
    edges.push_back(power);
    edges.push_back(power - kFeOne);
    edges.push_back(-power);
  }
  // Raw limbs of all ones and zeros, in Montgomery form.
  edges.push_back(Fe{{0xfffffffffffffffe, 0x00000000ffffffff, 0, 0xffffffff00000001}});
  edges.push_back(Fe{{0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0}});
  edges.push_back(Fe{{0, 0, 0, 0xffffffff00000001}});
  return edges;
}

Scalar ScalarOf(std::string_view hex) { return Scalar::FromBytes(Hex(hex)).value(); }
Scalar Small(std::uint64_t value) { return Scalar::FromInteger(value).value(); }
ProjectivePoint Open(const Point& point) { return ToProjective(PointCodec::Open(point)); }

TEST(Fe, DecodesBelowThePrimeOnlyAndEncodesTheSame) {
  Limb in_range = 1;
  FeFromBytes(Hex(kPrime), &in_range);
  EXPECT_EQ(in_range, 0u);
  FeFromBytes(Bytes(32, '\xff'), &in_range);
  EXPECT_EQ(in_range, 0u);
  EXPECT_EQ(HexOf(FeOf(kPrimeLessOne)), kPrimeLessOne);
  EXPECT_EQ(HexOf(Fe{}), std::string(64, '0'));
  EXPECT_EQ(HexOf(kFeOne), std::string(63, '0') + "1");
}

TEST(Fe, KeepsTheLawsOfAFieldAtItsEdges) {
  const std::vector<Fe> edges = Edges();
  for (const Fe& a : edges) {
    EXPECT_TRUE(Equal(a + (-a), Fe{}));
    EXPECT_TRUE(Equal(a * kFeOne, a));
    EXPECT_TRUE(Equal(a * Invert(a), IsZeroMask(a) != 0 ? Fe{} : kFeOne));
    for (const Fe& b : edges) {
      EXPECT_TRUE(Equal(a + b, b + a));
      EXPECT_TRUE(Equal(a * b, b * a));
      EXPECT_TRUE(Equal((a + b) - b, a));
      EXPECT_TRUE(Equal(Square(a + b) - Square(a - b), FeFromInteger({4, 0, 0, 0}) * a * b));
      const Fe c = RandomFe();
      EXPECT_TRUE(Equal(a * (b + c), a * b + a * c));
      EXPECT_TRUE(Equal((a * b) * c, a * (b * c)));
    }
  }
}

TEST(Fe, IsTheSameInAssemblyAndInPortableCode) {
  std::vector<Fe> values = Edges();
  for (int i = 0; i < 100; ++i) values.push_back(RandomFe());
  for (const Fe& a : values) {
    for (const Fe& b : values) {
      EXPECT_EQ((a + b).limb, PortableAdd(a, b).limb);
      EXPECT_EQ((a - b).limb, PortableSub(a, b).limb);
      EXPECT_EQ((a * b).limb, PortableMul(a, b).limb);
    }
  }
}

// Functions of their own, in which the compiler knows a's limbs: two of them are p's, which the
// assembly has in registers as well.
constexpr Fe LikeThePrime() { return Fe{{5, 0x00000000ffffffff, 0, 0xffffffff00000001}}; }
Fe AddToKnown(const Fe& b) { return LikeThePrime() + b; }
Fe SubtractFromKnown(const Fe& b) { return LikeThePrime() - b; }
Fe MultiplyKnown(const Fe& b) { return LikeThePrime() * b; }

TEST(Fe, KeepsAKnownOperandApartFromThePrime) {
  for (const Fe& b : Edges()) {
    EXPECT_EQ(AddToKnown(b).limb, PortableAdd(LikeThePrime(), b).limb);
    EXPECT_EQ(SubtractFromKnown(b).limb, PortableSub(LikeThePrime(), b).limb);
    EXPECT_EQ(MultiplyKnown(b).limb, PortableMul(LikeThePrime(), b).limb);
  }
}

TEST(Fe, MultipliesAsIntegersDo) {
  EXPECT_EQ(HexOf(FeFromInteger({0xffffffff, 0, 0, 0}) * FeFromInteger({0xffffffff, 0, 0, 0})),
            std::string(48, '0') + "fffffffe00000001");
  // (p - 1)² = 1
  EXPECT_TRUE(Equal(Square(FeOf(kPrimeLessOne)), kFeOne));
  // 2^256 = 2^224 - 2^192 - 2^96 + 1
  Bytes wide(48, '\0');
  wide[15] = 1;
  EXPECT_EQ(HexOf(FeFromWideBytes(wide)),
            "00000000fffffffeffffffffffffffffffffffff000000000000000000000001");
}

TEST(Fe, InvertsAllAtOnceOrSaysThatOneIsZero) {
  for (std::size_t count = 0; count < 14; ++count) {
    std::vector<Fe> values;
    while (values.size() < count) values.push_back(RandomFe());
    const std::vector<Fe> before = values;
    std::vector<Fe> scratch(count);
    ASSERT_TRUE(InvertAll(values, scratch));
    for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(Equal(values[i], Invert(before[i])));
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<Fe> with_zero = before;
      with_zero[i] = Fe{};
      EXPECT_FALSE(InvertAll(with_zero, scratch)) << i << " of " << count;
    }
  }
}

TEST(ProjectivePoint, AddsWithoutExceptions) {
  const ProjectivePoint identity;
  const Point p = Point::MulGenerator(Scalar::Random());
  const AffinePoint affine = PointCodec::Open(p);
  const Point doubled = p.Mul(Small(2));
  EXPECT_EQ(PointCodec::Close(Add(Open(p), Open(p))).value(), doubled);
  EXPECT_EQ(PointCodec::Close(Add(Open(p), affine)).value(), doubled);
  EXPECT_EQ(PointCodec::Close(Add(Open(p), identity)).value(), p);
  EXPECT_EQ(PointCodec::Close(Add(identity, Open(p))).value(), p);
  EXPECT_EQ(PointCodec::Close(Add(identity, affine)).value(), p);
  EXPECT_NE(IsIdentityMask(Add(identity, identity)), 0u);
  EXPECT_NE(IsIdentityMask(Add(Open(p), Negate(Open(p)))), 0u);
  EXPECT_NE(IsIdentityMask(Add(Open(p), Negate(affine))), 0u);
  EXPECT_FALSE(PointCodec::Close(Add(Open(p), Negate(affine))).ok());
  // The identity in another representation still is one.
  const ProjectivePoint other = Add(Add(Open(doubled), Negate(Open(doubled))), affine);
  EXPECT_EQ(PointCodec::Close(other).value(), p);
}

TEST(ProjectivePoint, AddsAsOpenSslMultiplies) {
  for (int i = 0; i < 200; ++i) {
    const Scalar a = Scalar::Random();
    const Scalar b = Scalar::Random();
    const Point expected = Point::MulGenerator(Scalar::Add(a, b).value());
    const Point pa = Point::MulGenerator(a);
    const Point pb = Point::MulGenerator(b);
    const ProjectivePoint sum = Add(Open(pa), Open(pb));
    EXPECT_EQ(PointCodec::Close(sum).value(), expected);
    EXPECT_EQ(PointCodec::Close(Add(Open(pa), PointCodec::Open(pb))).value(), expected);
    // Both with Z other than one.
    EXPECT_EQ(PointCodec::Close(Add(sum, sum)).value(), expected.Mul(Small(2)));
  }
}

TEST(ProjectivePoint, NormalisesManyAroundAnIdentity) {
  const Point p = Point::MulGenerator(Scalar::Random());
  const std::vector<ProjectivePoint> points = {Add(Open(p), Open(p)), ProjectivePoint(), Open(p)};
  std::vector<AffinePoint> out(points.size());
  Normalise(points, out);
  EXPECT_EQ(PointCodec::Close(out[0]), p.Mul(Small(2)));
  EXPECT_EQ(PointCodec::Close(out[2]), p);
  Normalise({}, {});
}

TEST(DecodePoint, AcceptsWhatOpenSslAccepts) {
  int valid = 0;
  for (const auto& test : LoadVectors("wycheproof_ecdh_p256.json")) {
    const Bytes bytes = Hex(test, "public");
    AffinePoint point;
    const bool decodes = DecodePoint(bytes, &point);
    EXPECT_EQ(decodes, Point::FromBytes(bytes).ok()) << Number(test, "tcId");
    if (!decodes) continue;
    Bytes again(65, '\0');
    EncodePoint(point, again.data());
    EXPECT_EQ(again, bytes);
    ++valid;
  }
  EXPECT_GT(valid, 300);
}

TEST(DecodePoint, RefusesEveryFlippedBit) {
  Bytes bytes = Point::MulGenerator(Scalar::Random()).bytes();
  AffinePoint point;
  ASSERT_TRUE(DecodePoint(bytes, &point));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const char mask = static_cast<char>(1 << (bit % 8));
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
    EXPECT_FALSE(DecodePoint(bytes, &point)) << bit;
    EXPECT_FALSE(Point::FromBytes(bytes).ok()) << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
  }
}

TEST(DecodePoint, RefusesASecondEncodingOfTheSamePoint) {
  // Points whose x = 5, or y = 5, leaves room for x + p, or y + p, in 32 bytes.
  constexpr std::string_view kFive =
      "0000000000000000000000000000000000000000000000000000000000000005";
  constexpr std::string_view kFiveAndPrime =
      "ffffffff00000001000000000000000000000001000000000000000000000004";
  constexpr std::string_view kY =
      "459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc";
  constexpr std::string_view kX =
      "d7325d7646cd60d80a92738ceb345f844cffaf35841022cab176f692de8de1d7";
  const auto point = [](std::string_view x, std::string_view y) {
    return Hex("04" + std::string(x) + std::string(y));
  };
  AffinePoint out;
  for (const Bytes& good : {point(kFive, kY), point(kX, kFive)}) {
    EXPECT_TRUE(DecodePoint(good, &out));
    EXPECT_TRUE(Point::FromBytes(good).ok());
  }
  for (const Bytes& bad : {point(kFiveAndPrime, kY), point(kX, kFiveAndPrime)}) {
    EXPECT_FALSE(DecodePoint(bad, &out));
    EXPECT_FALSE(Point::FromBytes(bad).ok());
  }
}

TEST(FixedBase, MultipliesAsOpenSslDoes) {
  const Point p = Point::MulGenerator(Scalar::Random());
  const FixedBase base(p);
  const FixedBase generator(Point::MulGenerator(Small(1)));
  std::vector<Scalar> scalars;
  for (std::uint64_t i = 1; i < 200; ++i) scalars.push_back(Small(i));
  for (std::size_t bit = 0; bit < 256; ++bit) {  // each power of two, and one less
    Bytes bytes(32, '\0');
    bytes[31 - bit / 8] = static_cast<char>(1 << (bit % 8));
    scalars.push_back(Scalar::FromBytes(bytes).value());
    const auto less = Scalar::Sub(scalars.back(), Small(1));
    if (less.ok()) scalars.push_back(Scalar::Negate(*less));
  }
  scalars.push_back(ScalarOf(kOrderLessOne));
  for (int i = 0; i < 200; ++i) scalars.push_back(Scalar::Random());
  for (const Scalar& x : scalars) {
    EXPECT_EQ(base.Mul(x), p.Mul(x));
    EXPECT_EQ(generator.Mul(x), Point::MulGenerator(x));
  }
}

TEST(CombTable, AddsItsTopToTheLastWindow) {
  // (2k + 1)·G + T for each digit of one window, and at the ends of two.
  const Point offset = Point::MulGenerator(Small(1000000));
  const CombTable one(ToProjective(kGenerator), 1, Open(offset));
  for (std::uint64_t k = 0; k < 32; ++k) {
    const CombDigits digits = CombDigits::OfNumber(k, 1);
    EXPECT_EQ(PointCodec::Close(one.Select(0, digits.at(0), 0)),
              Point::MulGenerator(Small(1000000 + 2 * k + 1)));
  }
  const CombTable two(ToProjective(kGenerator), 2, Open(offset));
  for (const std::uint64_t k : {0, 1, 31, 32, 63, 64, 1000, 2047}) {
    const CombDigits digits = CombDigits::OfNumber(k, 2);
    const ProjectivePoint sum =
        Add(ToProjective(two.Select(0, digits.at(0), 0)), two.Select(1, digits.at(1), 0));
    EXPECT_EQ(PointCodec::Close(sum).value(), Point::MulGenerator(Small(1000000 + 2 * k + 1)));
  }
}

}  // namespace
}  // namespace tallystick::crypto
