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
  // Four words and two limbs at a time; every machine we build for has registers of 16 bytes.
  using Words = std::uint32_t __attribute__((vector_size(16)));
  using Limbs = Limb __attribute__((vector_size(16)));
  using StoredLimbs = Limb __attribute__((vector_size(16), aligned(8), may_alias));
  const auto wanted = static_cast<std::uint32_t>(ValueBarrier(index));
  const Words target = {wanted, wanted, wanted, wanted};
  Words here = {0, 0, 0, 0};
  Limbs x_low = {0, 0};
  Limbs x_high = {0, 0};
  Limbs y_low = {0, 0};
  Limbs y_high = {0, 0};
  const auto* entry = reinterpret_cast<const StoredLimbs*>(&entries_[window * kEntries]);
  static_assert(sizeof(AffinePoint) == 4 * sizeof(StoredLimbs));
  for (std::size_t i = 0; i < kEntries; ++i, here += 1, entry += 4) {
    const auto mask = reinterpret_cast<Limbs>(here == target);
    x_low |= entry[0] & mask;
    x_high |= entry[1] & mask;
    y_low |= entry[2] & mask;
    y_high |= entry[3] & mask;
  }
  AffinePoint found{Fe{{x_low[0], x_low[1], x_high[0], x_high[1]}},
                    Fe{{y_low[0], y_low[1], y_high[0], y_high[1]}}};
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
