#include "crypto/fixed_base.h"

#include "crypto/internal/comb.h"

namespace tallystick::crypto {

FixedBase::FixedBase(const Point& point)
    : point_(point),
      table_(std::make_unique<const CombTable>(ToProjective(PointCodec::Open(point)),
                                               CombTable::kScalarWindows)) {}
FixedBase::FixedBase(FixedBase&&) noexcept = default;
FixedBase& FixedBase::operator=(FixedBase&&) noexcept = default;
FixedBase::~FixedBase() = default;

Point FixedBase::Mul(const Scalar& x) const {
  const CombDigits digits =
      x.ExposeBytes([](ByteView bytes) { return CombDigits::OfScalar(bytes); });
  // A scalar is neither zero nor a multiple of the order.
  return PointCodec::Close(CombMul(*table_, digits)).value();
}

}  // namespace tallystick::crypto
