#include "crypto/internal/comb.h"

#include "base/check.h"
#include "crypto/secret.h"

namespace tallystick::crypto {
namespace {

// The order q of the group.
constexpr std::array<Limb, 4> kOrder = {0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff,
                                        0xffffffff00000000};

}  // namespace

CombTable::CombTable(const ProjectivePoint& point, std::size_t windows,
                     const ProjectivePoint& top) {
  TS_CHECK(windows >= 1 && windows <= kScalarWindows);
  std::vector<ProjectivePoint> multiples;
  multiples.reserve(windows * kEntries);
  ProjectivePoint base = point;
  for (std::size_t window = 0; window < windows; ++window) {
    const ProjectivePoint twice = Add(base, base);
    ProjectivePoint multiple = base;
    const bool last = window + 1 == windows;
    for (std::size_t i = 0; i < kEntries; ++i) {
      multiples.push_back(last ? Add(multiple, top) : multiple);
      multiple = Add(multiple, twice);
    }
    for (std::size_t bit = 0; bit < kWindowBits; ++bit) base = Add(base, base);
  }
  for (const ProjectivePoint& multiple : multiples) TS_CHECK(IsIdentityMask(multiple) == 0);
  entries_.resize(multiples.size());
  Normalise(multiples, entries_);
}

AffinePoint CombTable::Select(std::size_t window, Limb digit, Limb negate) const {
  const Limb positive = BitMask(digit >> (kWindowBits - 1));
  // 2u - 63 is 2(u - 32) + 1 for u >= 32, and -(2(31 - u) + 1) below.
  const Limb index = (digit ^ ~positive) & (kEntries - 1);
  const AffinePoint* const entries = &entries_[window * kEntries];
  AffinePoint found;
  for (Limb i = 0; i < kEntries; ++i) {
    const Limb here = IsZeroMask(i ^ index);
    for (std::size_t limb = 0; limb < 4; ++limb) {
      found.x.limb[limb] |= entries[i].x.limb[limb] & here;
      found.y.limb[limb] |= entries[i].y.limb[limb] & here;
    }
  }
  found.y = crypto::Select(~positive ^ negate, -found.y, found.y);
  return found;
}

CombDigits CombDigits::OfScalar(ByteView bytes32) {
  TS_CHECK(bytes32.size() == Scalar::kSize);
  std::array<Limb, 4> x{};
  for (std::size_t i = 0; i < 32; ++i) {
    x[i / 8] |= Limb{static_cast<std::uint8_t>(bytes32[31 - i])} << (8 * (i % 8));
  }
  CombDigits digits;
  digits.negate_ = BitMask((x[0] & 1) ^ 1);
  Limb borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {  // q - x where x is even
    const Wide difference = Wide{kOrder[i]} - x[i] - borrow;
    borrow = static_cast<Limb>(difference >> 64) & 1;
    x[i] = (static_cast<Limb>(difference) & digits.negate_) | (x[i] & ~digits.negate_);
  }
  // k = x >> 1, with bit 6·43 - 1 = 257 set: bit 5 of the last digit.
  for (std::size_t window = 0; window < CombTable::kScalarWindows; ++window) {
    const std::size_t bit = window * CombTable::kWindowBits + 1;
    Limb digit = x[bit / 64] >> (bit % 64);
    if (bit % 64 > 58 && bit / 64 < 3) digit |= x[bit / 64 + 1] << (64 - bit % 64);
    digits.digits_[window] = static_cast<std::uint8_t>(digit & 63);
  }
  digits.digits_[CombTable::kScalarWindows - 1] |= 32;
  WipeMemory(x.data(), sizeof(x));
  return digits;
}

CombDigits CombDigits::OfNumber(std::uint64_t k, std::size_t windows) {
  TS_CHECK(windows >= 1 && windows <= 10);
  CombDigits digits;
  for (std::size_t window = 0; window < windows; ++window) {
    digits.digits_[window] = static_cast<std::uint8_t>(k >> (window * CombTable::kWindowBits) & 63);
  }
  digits.digits_[windows - 1] |= 32;
  return digits;
}

CombDigits::~CombDigits() { WipeMemory(this, sizeof(*this)); }

const CombTable& GeneratorTable() {
  static const CombTable* const table =
      new CombTable(ToProjective(kGenerator), CombTable::kScalarWindows);
  return *table;
}

ProjectivePoint CombMul(const CombTable& table, const CombDigits& digits) {
  ProjectivePoint sum;
  for (std::size_t window = 0; window < CombTable::kScalarWindows; ++window) {
    sum = Add(sum, table.Select(window, digits.at(window), digits.negate()));
  }
  return sum;
}

}  // namespace tallystick::crypto
