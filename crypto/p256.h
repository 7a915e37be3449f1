// The group of NIST P-256 (FIPS 186-4): secret scalars and public points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/random.h"
#include "crypto/secret.h"

namespace tallystick::crypto {

// Scalar is a secret number in [1, q-1], q the order of the group. Move-only, wiped; arithmetic
// takes the same time for every value.
//
// Thread safety: const access from any thread.
class Scalar {
 public:
  static constexpr std::size_t kSize = 32;

  // Random is uniform in [1, q-1]. With a stream it costs 50 ns, without 1 µs.
  static Scalar Random();
  static Scalar Random(RandomStream& stream);

  // FromInteger takes 1 and up; kInvalidArgument for zero.
  static Result<Scalar> FromInteger(std::uint64_t value);

  // FromBytes takes 32 bytes, big-endian; kInvalidArgument when zero or not below q.
  static Result<Scalar> FromBytes(ByteView bytes);

  // HashToScalar is hash_to_field of RFC 9380 section 5.2 with modulus q, expand_message_xmd and
  // SHA-256, as in RFC 9497 section 4.3. REQUIRES: 1 <= dst.size() <= 255. Fails only on a hash of
  // zero, which nobody can find.
  static Result<Scalar> HashToScalar(ByteView message, ByteView dst);

  // Add returns a + b mod q, Sub a - b, MulAdd a·b + c; kInvalidArgument when that is zero.
  static Result<Scalar> Add(const Scalar& a, const Scalar& b);
  static Result<Scalar> Sub(const Scalar& a, const Scalar& b);
  static Result<Scalar> MulAdd(const Scalar& a, const Scalar& b, const Scalar& c);

  // Mul returns a·b mod q, Negate q - a, Invert 1/a mod q: never zero. Invert costs about 10 µs,
  // for it raises to the power q - 2.
  static Scalar Mul(const Scalar& a, const Scalar& b);
  static Scalar Negate(const Scalar& a);
  static Scalar Invert(const Scalar& a);

  // ExposeBytes calls f(ByteView) with the 32 bytes.
  template <class F>
  decltype(auto) ExposeBytes(F&& f) const {
    return bytes_.Expose(std::forward<F>(f));
  }

  friend bool operator==(const Scalar&, const Scalar&) = default;

 private:
  explicit Scalar(SecretBytes<kSize> bytes) : bytes_(std::move(bytes)) {}

  SecretBytes<kSize> bytes_;
};

// Point is a public point, never the identity, kept as its 65 uncompressed bytes: decoding those
// costs 0.8 µs, a compressed form 18. A value type.
//
// Thread safety: const access from any thread.
class Point {
 public:
  static constexpr std::size_t kSize = 65;

  // FromBytes takes 04 ‖ x ‖ y; kInvalidArgument when not on the curve or of another form.
  static Result<Point> FromBytes(ByteView bytes);

  const Bytes& bytes() const { return bytes_; }

  // Compressed returns the 33 bytes of SEC 1 section 2.3.3, which some standards hash.
  Bytes Compressed() const;

  // MulGenerator returns x·G. Cost: about 10 µs, the same for every x.
  static Point MulGenerator(const Scalar& x);
  // Mul returns x·P. Cost: about 45 µs, the same for every x.
  Point Mul(const Scalar& x) const;
  // Add returns a + b; kInvalidArgument when the sum is the identity. Cost: about 5 µs, most of it
  // the division: not for sums over many.
  static Result<Point> Add(const Point& a, const Point& b);
  Point Negate() const;

  friend bool operator==(const Point&, const Point&) = default;

 private:
  friend struct PointCodec;

  explicit Point(Bytes bytes) : bytes_(std::move(bytes)) {}

  Bytes bytes_;
};

// PointOrIdentity is for results in which zero is a value like others: a sum of measures may be 0.
// Where a point stands for a key, a share or a ciphertext's half, use Point.
class PointOrIdentity {
 public:
  PointOrIdentity() = default;  // the identity
  explicit PointOrIdentity(Point point) : point_(std::move(point)) {}

  bool IsIdentity() const { return !point_.has_value(); }
  // REQUIRES: not the identity.
  const Point& point() const { return point_.value(); }

  friend bool operator==(const PointOrIdentity&, const PointOrIdentity&) = default;

 private:
  std::optional<Point> point_;
};

}  // namespace tallystick::crypto
