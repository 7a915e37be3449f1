// Points of P-256 for code that handles many at once. Additions are the complete formulas of Renes,
// Costello and Batina, "Complete addition formulas for prime order elliptic curves" (EUROCRYPT
// 2016) for a = -3: one sequence of field operations for every pair of points, the identity, equal
// and opposite ones included, so that there is no special case to branch on or to forget.
//
// Thread safety: values and pure functions.
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/internal/p256_field.h"
#include "crypto/p256.h"

namespace tallystick::crypto {

// AffinePoint is a point on the curve, never the identity.
struct AffinePoint {
  Fe x;
  Fe y;
};

// ProjectivePoint is (X/Z, Y/Z), the identity when Z is zero, which it is to begin with.
struct ProjectivePoint {
  Fe x;
  Fe y = kFeOne;
  Fe z;
};

// b of y² = x³ - 3x + b.
inline constexpr Fe kCurveB{
    {0xd89cdf6229c4bddf, 0xacf005cd78843090, 0xe5a220abf7212ed6, 0xdc30061d04874834}};
// FIPS 186-4 D.1.2.3.
inline constexpr AffinePoint kGenerator{
    {{0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510, 0x18905f76a53755c6}},
    {{0xddf25357ce95560a, 0x8b4ab8e4ba19e45c, 0xd2e88688dd21f325, 0x8571ff1825885d85}}};

ProjectivePoint ToProjective(const AffinePoint& point);
// Algorithm 4 of the paper: 14 multiplications.
ProjectivePoint Add(const ProjectivePoint& a, const ProjectivePoint& b);
// Algorithm 5: 13 multiplications.
ProjectivePoint Add(const ProjectivePoint& a, const AffinePoint& b);
ProjectivePoint Negate(const ProjectivePoint& a);
AffinePoint Negate(const AffinePoint& a);

inline Limb IsIdentityMask(const ProjectivePoint& a) { return IsZeroMask(a.z); }

// Normalise divides by Z, with one inversion for all. The identity's place holds zeros, which are
// no point: ask IsIdentityMask() before. REQUIRES: as many outputs as points.
void Normalise(std::span<const ProjectivePoint> points, std::span<AffinePoint> out);

// DecodePoint takes 04 ‖ x ‖ y; false when it is anything but a point of the curve. Cost: 6
// multiplications.
bool DecodePoint(ByteView bytes65, AffinePoint* out);
// EncodePoint writes 65 bytes.
void EncodePoint(const AffinePoint& point, char* out65);

// PointCodec is where Point and the types here meet.
struct PointCodec {
  static AffinePoint Open(const Point& point);
  static Point Close(const AffinePoint& point);
  // Fails with "crypto.point" for the identity.
  static Result<Point> Close(const ProjectivePoint& point);
};

}  // namespace tallystick::crypto
