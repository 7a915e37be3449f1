#include "crypto/internal/p256_curve.h"

#include <vector>

#include "base/check.h"

namespace tallystick::crypto {

ProjectivePoint ToProjective(const AffinePoint& point) {
  return ProjectivePoint{point.x, point.y, kFeOne};
}

// The names and the order of steps are the paper's.
ProjectivePoint Add(const ProjectivePoint& a, const ProjectivePoint& b) {
  Fe t0 = a.x * b.x;
  Fe t1 = a.y * b.y;
  Fe t2 = a.z * b.z;
  Fe t3 = (a.x + a.y) * (b.x + b.y);
  t3 = t3 - (t0 + t1);
  Fe t4 = (a.y + a.z) * (b.y + b.z);
  t4 = t4 - (t1 + t2);
  Fe x3 = (a.x + a.z) * (b.x + b.z);
  Fe y3 = x3 - (t0 + t2);
  Fe z3 = kCurveB * t2;
  x3 = y3 - z3;
  z3 = x3 + x3;
  x3 = x3 + z3;
  z3 = t1 - x3;
  x3 = t1 + x3;
  y3 = kCurveB * y3;
  t1 = t2 + t2;
  t2 = t1 + t2;
  y3 = y3 - t2;
  y3 = y3 - t0;
  t1 = y3 + y3;
  y3 = t1 + y3;
  t1 = t0 + t0;
  t0 = t1 + t0;
  t0 = t0 - t2;
  t1 = t4 * y3;
  t2 = t0 * y3;
  y3 = x3 * z3 + t2;
  x3 = t3 * x3 - t1;
  z3 = t4 * z3 + t3 * t0;
  return ProjectivePoint{x3, y3, z3};
}

ProjectivePoint Add(const ProjectivePoint& a, const AffinePoint& b) {
  Fe t0 = a.x * b.x;
  Fe t1 = a.y * b.y;
  Fe t3 = (b.x + b.y) * (a.x + a.y);
  t3 = t3 - (t0 + t1);
  Fe t4 = b.y * a.z + a.y;
  Fe y3 = b.x * a.z + a.x;
  Fe z3 = kCurveB * a.z;
  Fe x3 = y3 - z3;
  z3 = x3 + x3;
  x3 = x3 + z3;
  z3 = t1 - x3;
  x3 = t1 + x3;
  y3 = kCurveB * y3;
  t1 = a.z + a.z;
  Fe t2 = t1 + a.z;
  y3 = y3 - t2;
  y3 = y3 - t0;
  t1 = y3 + y3;
  y3 = t1 + y3;
  t1 = t0 + t0;
  t0 = t1 + t0;
  t0 = t0 - t2;
  t1 = t4 * y3;
  t2 = t0 * y3;
  y3 = x3 * z3 + t2;
  x3 = t3 * x3 - t1;
  z3 = t4 * z3 + t3 * t0;
  return ProjectivePoint{x3, y3, z3};
}

ProjectivePoint Negate(const ProjectivePoint& a) { return ProjectivePoint{a.x, -a.y, a.z}; }

AffinePoint Negate(const AffinePoint& a) { return AffinePoint{a.x, -a.y}; }

void Normalise(std::span<const ProjectivePoint> points, std::span<AffinePoint> out) {
  TS_CHECK(points.size() == out.size());
  std::vector<Fe> inverses(points.size());
  std::vector<Fe> scratch(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    inverses[i] = Select(IsIdentityMask(points[i]), kFeOne, points[i].z);
  }
  TS_CHECK(InvertAll(inverses, scratch));
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Limb identity = IsIdentityMask(points[i]);
    out[i].x = Select(identity, Fe{}, points[i].x * inverses[i]);
    out[i].y = Select(identity, Fe{}, points[i].y * inverses[i]);
  }
}

bool DecodePoint(ByteView bytes65, AffinePoint* out) {
  if (bytes65.size() != Point::kSize || bytes65[0] != 4) return false;
  Limb x_in_range = 0;
  Limb y_in_range = 0;
  const Fe x = FeFromBytes(bytes65.substr(1, 32), &x_in_range);
  const Fe y = FeFromBytes(bytes65.substr(33, 32), &y_in_range);
  const Fe right = Square(x) * x - (x + x + x) + kCurveB;
  if ((x_in_range & y_in_range & EqualMask(Square(y), right)) == 0) return false;
  *out = AffinePoint{x, y};
  return true;
}

void EncodePoint(const AffinePoint& point, char* out65) {
  out65[0] = 4;
  FeToBytes(point.x, out65 + 1);
  FeToBytes(point.y, out65 + 33);
}

AffinePoint PointCodec::Open(const Point& point) {
  const ByteView bytes = point.bytes();
  Limb in_range = 0;
  return AffinePoint{FeFromBytes(bytes.substr(1, 32), &in_range),
                     FeFromBytes(bytes.substr(33, 32), &in_range)};
}

Point PointCodec::Close(const AffinePoint& point) {
  Bytes bytes(Point::kSize, '\0');
  EncodePoint(point, bytes.data());
  return Point(std::move(bytes));
}

Result<Point> PointCodec::Close(const ProjectivePoint& point) {
  if (IsIdentityMask(point) != 0) {
    return Error(Code::kInvalidArgument, "crypto.point", "points cancel out");
  }
  AffinePoint affine;
  Normalise(std::span(&point, 1), std::span(&affine, 1));
  return Close(affine);
}

}  // namespace tallystick::crypto
