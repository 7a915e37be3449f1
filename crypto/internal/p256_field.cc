#include "crypto/internal/p256_field.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace tallystick::crypto {
namespace {

// 2^512 mod p: brings a value into Montgomery form.
constexpr Fe kSquareOfR{
    {0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe, 0x00000004fffffffd}};

Limb LoadBigEndian(ByteView bytes, std::size_t at) {
  Limb limb;
  std::memcpy(&limb, bytes.substr(at, sizeof(limb)).data(), sizeof(limb));
  return std::endian::native == std::endian::little ? __builtin_bswap64(limb) : limb;
}

Fe SquareTimes(Fe a, int times) {
  for (int i = 0; i < times; ++i) a = Square(a);
  return a;
}

}  // namespace

Fe FeFromBytes(ByteView bytes32, Limb* in_range) {
  TS_CHECK(bytes32.size() == 32);
  Fe raw;
  for (std::size_t i = 0; i < 4; ++i) raw.limb[i] = LoadBigEndian(bytes32, 24 - 8 * i);
  Limb borrow = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    borrow = static_cast<Limb>((Wide{raw.limb[i]} - kFieldPrime[i] - borrow) >> 64) & 1;
  }
  *in_range = BitMask(borrow);
  return raw * kSquareOfR;
}

Fe FeFromInteger(const std::array<Limb, 4>& value) { return Fe{value} * kSquareOfR; }

Fe FeFromWideBytes(ByteView bytes48) {
  TS_CHECK(bytes48.size() == 48);
  // high·2^192 + low, each of 192 bits and so below p.
  Fe high;
  Fe low;
  for (std::size_t i = 0; i < 3; ++i) {
    high.limb[i] = LoadBigEndian(bytes48, 16 - 8 * i);
    low.limb[i] = LoadBigEndian(bytes48, 40 - 8 * i);
  }
  static const Fe kShift = FeFromInteger({0, 0, 0, 1});
  return high * kSquareOfR * kShift + low * kSquareOfR;
}

void FeToBytes(const Fe& a, char out32[32]) {
  const Fe plain = a * Fe{{1, 0, 0, 0}};
  for (std::size_t i = 0; i < 4; ++i) {
    const Limb limb = plain.limb[3 - i];
    const Limb stored = std::endian::native == std::endian::little ? __builtin_bswap64(limb) : limb;
    std::memcpy(out32 + 8 * i, &stored, sizeof(stored));
  }
}

Fe PowPublic(const Fe& a, const std::array<Limb, 4>& exponent) {
  Fe power = kFeOne;
  for (std::size_t bit = 256; bit-- > 0;) {
    power = Square(power);
    if ((exponent[bit / 64] >> (bit % 64) & 1) == 1) power = power * a;
  }
  return power;
}

Fe Invert(const Fe& a) {
  // a^(p-2), p-2 = ffffffff 00000001 00000000 00000000 00000000 ffffffff ffffffff fffffffd. x_n is
  // a^(2^n - 1).
  const Fe x2 = SquareTimes(a, 1) * a;
  const Fe x4 = SquareTimes(x2, 2) * x2;
  const Fe x8 = SquareTimes(x4, 4) * x4;
  const Fe x16 = SquareTimes(x8, 8) * x8;
  const Fe x32 = SquareTimes(x16, 16) * x16;
  Fe power = SquareTimes(x32, 32) * a;
  power = SquareTimes(power, 128) * x32;
  power = SquareTimes(power, 32) * x32;
  power = SquareTimes(power, 16) * x16;
  power = SquareTimes(power, 8) * x8;
  power = SquareTimes(power, 4) * x4;
  power = SquareTimes(power, 2) * x2;
  return SquareTimes(power, 2) * a;
}

bool InvertAll(std::span<Fe> values, std::span<Fe> scratch) {
  TS_CHECK(scratch.size() >= values.size());
  if (values.empty()) return true;
  // Chains of products side by side, for each product waits for the one before it in its chain.
  // scratch[i] is the product of its chain up to and with i.
  constexpr std::size_t kChains = 4;
  const std::size_t count = values.size();
  for (std::size_t i = 0; i < count; ++i) {
    MulTo(scratch[i], i < kChains ? kFeOne : scratch[i - kChains], values[i]);
  }
  std::array<Fe, kChains> chains{kFeOne, kFeOne, kFeOne, kFeOne};
  for (std::size_t i = count - std::min(count, kChains); i < count; ++i) {
    chains[i % kChains] = scratch[i];
  }
  const Fe left = chains[0] * chains[1];
  const Fe right = chains[2] * chains[3];
  const Fe all = left * right;
  if (IsZeroMask(all) != 0) return false;
  const Fe inverse = Invert(all);
  const Fe left_inverse = inverse * right;
  const Fe right_inverse = inverse * left;
  // From here on the inverses of the chains up to and with i.
  chains = {left_inverse * chains[1], left_inverse * chains[0], right_inverse * chains[3],
            right_inverse * chains[2]};
  for (std::size_t i = count; i-- > 0;) {
    Fe& chain = chains[i % kChains];
    // scratch[i] is not needed any more: it takes the inverse of values[i].
    MulTo(scratch[i], chain, i < kChains ? kFeOne : scratch[i - kChains]);
    MulTo(chain, chain, values[i]);
  }
  std::copy_n(scratch.begin(), count, values.begin());
  return true;
}

}  // namespace tallystick::crypto
