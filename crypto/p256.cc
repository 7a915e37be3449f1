#include "crypto/p256.h"

#include <cstdint>

#include "crypto/internal/expand.h"
#include "crypto/internal/openssl.h"
#include "crypto/internal/p256_curve.h"

namespace tallystick::crypto {
namespace {

// The order q, big-endian.
constexpr std::uint8_t kOrder[Scalar::kSize] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

// Made once, never freed: shared, read-only and needed until the process ends.
const EC_GROUP* Group() {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  TS_CHECK(group != nullptr);
  return group;
}

// Whether 0 < bytes < q, without branching on a byte.
bool InRange(ByteView bytes) {
  unsigned borrow = 0;
  unsigned any = 0;
  for (std::size_t i = Scalar::kSize; i-- > 0;) {
    const unsigned byte = static_cast<std::uint8_t>(bytes[i]);
    any |= byte;
    borrow = ((byte - kOrder[i] - borrow) >> 8) & 1;
  }
  return (borrow & static_cast<unsigned>(any != 0)) == 1;
}

Error NoScalar() { return Error(Code::kInvalidArgument, "crypto.scalar", "not a scalar of P-256"); }

Error NoPoint() {
  return Error(Code::kInvalidArgument, "crypto.point", "not an uncompressed point of P-256");
}

BnPtr ToBn(const Scalar& scalar) {
  BnPtr number(BN_secure_new());
  TS_CHECK(number != nullptr);
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  scalar.ExposeBytes([&](ByteView bytes) {
    TS_CHECK(BN_bin2bn(Unsigned(bytes), Scalar::kSize, number.get()) != nullptr);
  });
  return number;
}

Result<Scalar> FromBn(const BIGNUM* number) {
  const auto bytes = SecretBytes<Scalar::kSize>::Generate([&](char* out) {
    TS_CHECK(BN_bn2binpad(number, Unsigned(out), Scalar::kSize) == Scalar::kSize);
  });
  return bytes.Expose([](ByteView view) { return Scalar::FromBytes(view); });
}

BnCtxPtr NewBnCtx() {
  BnCtxPtr context(BN_CTX_secure_new());
  TS_CHECK(context != nullptr);
  return context;
}

EcPointPtr NewPoint() {
  EcPointPtr point(EC_POINT_new(Group()));
  TS_CHECK(point != nullptr);
  return point;
}

// Points made from `bytes` of a Point decode: FromBytes or Encode() made them.
EcPointPtr Decode(const Point& point, BN_CTX* context) {
  EcPointPtr decoded = NewPoint();
  TS_CHECK(EC_POINT_oct2point(Group(), decoded.get(), Unsigned(point.bytes()), Point::kSize,
                              context) == 1);
  return decoded;
}

// Returns the 65 bytes, or nothing for the identity.
Bytes Encode(const EC_POINT* point, BN_CTX* context) {
  if (EC_POINT_is_at_infinity(Group(), point) == 1) return Bytes();
  Bytes bytes(Point::kSize, '\0');
  TS_CHECK(EC_POINT_point2oct(Group(), point, POINT_CONVERSION_UNCOMPRESSED, Unsigned(bytes.data()),
                              bytes.size(), context) == Point::kSize);
  return bytes;
}

}  // namespace

Scalar Scalar::Random() {
  while (true) {  // once in 2^32 times the number is not below q
    auto bytes = SecretBytes<kSize>::Random();
    if (bytes.Expose(InRange)) return Scalar(std::move(bytes));
  }
}

Scalar Scalar::Random(RandomStream& stream) {
  while (true) {
    auto bytes = SecretBytes<kSize>::Generate([&stream](char* out) { stream.Fill(out, kSize); });
    if (bytes.Expose(InRange)) return Scalar(std::move(bytes));
  }
}

Result<Scalar> Scalar::FromInteger(std::uint64_t value) {
  auto bytes = SecretBytes<kSize>::Generate([value](char* out) {
    for (std::size_t i = 0; i < 8; ++i) {
      out[kSize - 1 - i] = static_cast<char>(value >> (8 * i) & 0xff);
    }
  });
  if (!bytes.Expose(InRange)) return NoScalar();
  return Scalar(std::move(bytes));
}

Result<Scalar> Scalar::FromBytes(ByteView bytes) {
  if (bytes.size() != kSize || !InRange(bytes)) return NoScalar();
  TS_ASSIGN_OR_RETURN(auto secret, SecretBytes<kSize>::FromBytes(bytes));
  return Scalar(std::move(secret));
}

Result<Scalar> Scalar::HashToScalar(ByteView message, ByteView dst) {
  const Bytes uniform = ExpandMessageXmd(message, dst, 48);
  const BnCtxPtr context = NewBnCtx();
  const BnPtr number(BN_bin2bn(Unsigned(uniform), 48, nullptr));
  TS_CHECK(number != nullptr);
  TS_CHECK(BN_nnmod(number.get(), number.get(), EC_GROUP_get0_order(Group()), context.get()) == 1);
  return FromBn(number.get());
}

Result<Scalar> Scalar::Add(const Scalar& a, const Scalar& b) {
  const BnPtr sum = ToBn(a);
  TS_CHECK(BN_mod_add_quick(sum.get(), sum.get(), ToBn(b).get(), EC_GROUP_get0_order(Group())) ==
           1);
  return FromBn(sum.get());
}

Result<Scalar> Scalar::Sub(const Scalar& a, const Scalar& b) {
  const BnPtr difference = ToBn(a);
  TS_CHECK(BN_mod_sub_quick(difference.get(), difference.get(), ToBn(b).get(),
                            EC_GROUP_get0_order(Group())) == 1);
  return FromBn(difference.get());
}

Scalar Scalar::Negate(const Scalar& a) {
  const BnPtr negative(BN_secure_new());
  TS_CHECK(negative != nullptr);
  TS_CHECK(BN_sub(negative.get(), EC_GROUP_get0_order(Group()), ToBn(a).get()) == 1);
  return FromBn(negative.get()).value();
}

Scalar Scalar::Mul(const Scalar& a, const Scalar& b) {
  const BnCtxPtr context = NewBnCtx();
  BN_MONT_CTX* const order = EC_GROUP_get_mont_data(Group());
  const BnPtr product = ToBn(a);
  TS_CHECK(BN_to_montgomery(product.get(), product.get(), order, context.get()) == 1);
  TS_CHECK(BN_mod_mul_montgomery(product.get(), product.get(), ToBn(b).get(), order,
                                 context.get()) == 1);
  return FromBn(product.get()).value();
}

Scalar Scalar::Invert(const Scalar& a) {
  const BnCtxPtr context = NewBnCtx();
  const BIGNUM* const order = EC_GROUP_get0_order(Group());
  const BnPtr exponent(BN_dup(order));
  const BnPtr inverse = ToBn(a);
  TS_CHECK(exponent != nullptr && BN_sub_word(exponent.get(), 2) == 1);
  TS_CHECK(BN_mod_exp_mont_consttime(inverse.get(), inverse.get(), exponent.get(), order,
                                     context.get(), EC_GROUP_get_mont_data(Group())) == 1);
  return FromBn(inverse.get()).value();
}

Result<Scalar> Scalar::MulAdd(const Scalar& a, const Scalar& b, const Scalar& c) {
  const BnCtxPtr context = NewBnCtx();
  BN_MONT_CTX* const order = EC_GROUP_get_mont_data(Group());
  const BnPtr product = ToBn(a);
  // Montgomery multiplication, unlike BN_mod_mul, does not depend on the values.
  TS_CHECK(BN_to_montgomery(product.get(), product.get(), order, context.get()) == 1);
  TS_CHECK(BN_mod_mul_montgomery(product.get(), product.get(), ToBn(b).get(), order,
                                 context.get()) == 1);
  TS_CHECK(BN_mod_add_quick(product.get(), product.get(), ToBn(c).get(),
                            EC_GROUP_get0_order(Group())) == 1);
  return FromBn(product.get());
}

Result<Point> Point::FromBytes(ByteView bytes) {
  if (bytes.size() != kSize || bytes[0] != POINT_CONVERSION_UNCOMPRESSED) return NoPoint();
  const ErrorQueueGuard guard;
  const EcPointPtr point = NewPoint();
  // Checks that both coordinates are below p and that the point is on the curve. The cofactor is 1.
  if (EC_POINT_oct2point(Group(), point.get(), Unsigned(bytes), kSize, nullptr) != 1) {
    return NoPoint();
  }
  return Point(Bytes(bytes));
}

Bytes Point::Compressed() const {
  Bytes compressed(1, (bytes_.back() & 1) == 0 ? '\2' : '\3');
  return compressed.append(bytes_, 1, 32);
}

Point Point::Negate() const { return PointCodec::Close(crypto::Negate(PointCodec::Open(*this))); }

Point Point::MulGenerator(const Scalar& x) {
  const BnCtxPtr context = NewBnCtx();
  const EcPointPtr product = NewPoint();
  TS_CHECK(EC_POINT_mul(Group(), product.get(), ToBn(x).get(), nullptr, nullptr, context.get()) ==
           1);
  return Point(Encode(product.get(), context.get()));
}

Point Point::Mul(const Scalar& x) const {
  const BnCtxPtr context = NewBnCtx();
  const EcPointPtr product = NewPoint();
  TS_CHECK(EC_POINT_mul(Group(), product.get(), nullptr, Decode(*this, context.get()).get(),
                        ToBn(x).get(), context.get()) == 1);
  return Point(Encode(product.get(), context.get()));
}

Result<Point> Point::Add(const Point& a, const Point& b) {
  return PointCodec::Close(crypto::Add(ToProjective(PointCodec::Open(a)), PointCodec::Open(b)));
}

}  // namespace tallystick::crypto
