#include "crypto/hash_to_curve.h"

#include "crypto/internal/expand.h"
#include "crypto/internal/p256_curve.h"

namespace tallystick::crypto {
namespace {

constexpr std::size_t kFieldBytes = 48;  // L of section 8.2

// Constants of the simplified SWU map (RFC 9380 sections 6.6.2 and 8.2): A = -3, Z = -10.
struct SswuConstants {
  Fe z = -FeFromInteger({10, 0, 0, 0});
  Fe a = -FeFromInteger({3, 0, 0, 0});
  Fe sqrt_minus_z = PowPublic(FeFromInteger({10, 0, 0, 0}),
                              {0x0000000000000000, 0x0000000040000000, 0x4000000000000000,
                               0x3fffffffc0000000});  // (p + 1) / 4
};

// (p - 3) / 4
constexpr std::array<Limb, 4> kRootExponent = {0xffffffffffffffff, 0x000000003fffffff,
                                               0x4000000000000000, 0x3fffffffc0000000};

// All ones when the plain value of `a` is odd: sgn0 of section 4.1.
Limb OddMask(const Fe& a) { return BitMask((a * Fe{{1, 0, 0, 0}}).limb[0] & 1); }

// sqrt_ratio of appendix F.2.1.2: *root is sqrt(u/v), or sqrt(Z·u/v) when u/v is no square.
Limb SqrtRatio(const Fe& u, const Fe& v, const SswuConstants& constants, Fe* root) {
  const Fe uv = u * v;
  const Fe y1 = PowPublic(Square(v) * uv, kRootExponent) * uv;
  const Fe y2 = y1 * constants.sqrt_minus_z;
  const Limb is_square = EqualMask(Square(y1) * v, u);
  *root = Select(is_square, y1, y2);
  return is_square;
}

// map_to_curve_simple_swu in the straight line of appendix F.2.
ProjectivePoint MapToCurve(const Fe& u) {
  static const SswuConstants constants;
  Fe tv1 = constants.z * Square(u);
  Fe tv2 = Square(tv1) + tv1;
  Fe tv3 = kCurveB * (tv2 + kFeOne);
  Fe tv4 = constants.a * Select(IsZeroMask(tv2), constants.z, -tv2);
  tv2 = Square(tv3);
  Fe tv6 = Square(tv4);
  Fe tv5 = constants.a * tv6;
  tv2 = (tv2 + tv5) * tv3;
  tv6 = tv6 * tv4;
  tv2 = tv2 + kCurveB * tv6;
  Fe x = tv1 * tv3;
  Fe y1;
  const Limb is_square = SqrtRatio(tv2, tv6, constants, &y1);
  Fe y = tv1 * u * y1;
  x = Select(is_square, tv3, x);
  y = Select(is_square, y1, y);
  y = Select(~(OddMask(u) ^ OddMask(y)), y, -y);
  // The point is (x / tv4, y).
  return ProjectivePoint{x, y * tv4, tv4};
}

}  // namespace

Result<Point> HashToCurve(ByteView message, ByteView dst) {
  const Bytes uniform = ExpandMessageXmd(message, dst, 2 * kFieldBytes);
  const ByteView view = uniform;
  const Fe u0 = FeFromWideBytes(view.substr(0, kFieldBytes));
  const Fe u1 = FeFromWideBytes(view.substr(kFieldBytes));
  return PointCodec::Close(Add(MapToCurve(u0), MapToCurve(u1)));
}

Point EncodeToCurve(ByteView message, ByteView dst) {
  const Bytes uniform = ExpandMessageXmd(message, dst, kFieldBytes);
  // The map never gives the identity.
  return PointCodec::Close(MapToCurve(FeFromWideBytes(uniform))).value();
}

}  // namespace tallystick::crypto
