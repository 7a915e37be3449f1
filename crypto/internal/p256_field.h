// The field of P-256: integers modulo p = 2^256 - 2^224 + 2^192 + 2^96 - 1, for code that handles
// many points at once, where OpenSSL's EC_POINT costs a microsecond and an allocation a step.
//
// Nothing here branches on a value or indexes by one, unless its name says Public. Conditions are
// masks, all ones or all zeros, behind ValueBarrier() so that the compiler keeps them masks.
//
// Thread safety: values and pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

// clang keeps carries in the flag by itself; without optimisation g++ runs out of registers.
#if defined(__x86_64__) && defined(__OPTIMIZE__) && !defined(__clang__)
#include "crypto/internal/p256_field_x86_64.h"
#define TS_P256_ASSEMBLY 1
#else
#define TS_P256_ASSEMBLY 0
#endif

namespace tallystick::crypto {

using Limb = std::uint64_t;
__extension__ using Wide = unsigned __int128;

// Hides where `value` came from, so that selection by a mask is not turned back into a branch.
inline Limb ValueBarrier(Limb value) {
  __asm__("" : "+r"(value));
  return value;
}

// All ones when x is zero, else zero.
inline Limb IsZeroMask(Limb x) { return ValueBarrier(Limb{0} - ((~x & (x - 1)) >> 63)); }
// All ones when bit is 1, zero when it is 0.
inline Limb BitMask(Limb bit) { return ValueBarrier(Limb{0} - bit); }

// Fe is a fully reduced field element times 2^256 (Montgomery 1985), least significant limb first.
struct Fe {
  std::array<Limb, 4> limb{};
};

inline constexpr std::array<Limb, 4> kFieldPrime = {0xffffffffffffffff, 0x00000000ffffffff,
                                                    0x0000000000000000, 0xffffffff00000001};
// 1, that is 2^256 - p.
inline constexpr Fe kFeOne{
    {0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff, 0x00000000fffffffe}};

// Takes p away from carry·2^256 + t, which is below 2p, when that leaves it non-negative.
inline Fe ReduceOnce(Limb t0, Limb t1, Limb t2, Limb t3, Limb carry) {
  const Wide d0 = Wide{t0} - kFieldPrime[0];
  const Wide d1 = Wide{t1} - kFieldPrime[1] - (static_cast<Limb>(d0 >> 64) & 1);
  const Wide d2 = Wide{t2} - kFieldPrime[2] - (static_cast<Limb>(d1 >> 64) & 1);
  const Wide d3 = Wide{t3} - kFieldPrime[3] - (static_cast<Limb>(d2 >> 64) & 1);
  const Limb borrow = static_cast<Limb>(d3 >> 64) & 1;
  const Limb keep = BitMask(borrow & ~carry & 1);  // t was below p
  return Fe{{(t0 & keep) | (static_cast<Limb>(d0) & ~keep),
             (t1 & keep) | (static_cast<Limb>(d1) & ~keep),
             (t2 & keep) | (static_cast<Limb>(d2) & ~keep),
             (t3 & keep) | (static_cast<Limb>(d3) & ~keep)}};
}

// The portable operations, which tests compare with those in assembly.
inline Fe PortableAdd(const Fe& a, const Fe& b) {
  Wide s = Wide{a.limb[0]} + b.limb[0];
  const Limb t0 = static_cast<Limb>(s);
  s = (s >> 64) + a.limb[1] + b.limb[1];
  const Limb t1 = static_cast<Limb>(s);
  s = (s >> 64) + a.limb[2] + b.limb[2];
  const Limb t2 = static_cast<Limb>(s);
  s = (s >> 64) + a.limb[3] + b.limb[3];
  return ReduceOnce(t0, t1, t2, static_cast<Limb>(s), static_cast<Limb>(s >> 64));
}

inline Fe PortableSub(const Fe& a, const Fe& b) {
  const Wide d0 = Wide{a.limb[0]} - b.limb[0];
  const Wide d1 = Wide{a.limb[1]} - b.limb[1] - (static_cast<Limb>(d0 >> 64) & 1);
  const Wide d2 = Wide{a.limb[2]} - b.limb[2] - (static_cast<Limb>(d1 >> 64) & 1);
  const Wide d3 = Wide{a.limb[3]} - b.limb[3] - (static_cast<Limb>(d2 >> 64) & 1);
  const Limb negative = BitMask(static_cast<Limb>(d3 >> 64) & 1);
  Wide s = Wide{static_cast<Limb>(d0)} + (kFieldPrime[0] & negative);
  Fe out;
  out.limb[0] = static_cast<Limb>(s);
  s = (s >> 64) + static_cast<Limb>(d1) + (kFieldPrime[1] & negative);
  out.limb[1] = static_cast<Limb>(s);
  s = (s >> 64) + static_cast<Limb>(d2);
  out.limb[2] = static_cast<Limb>(s);
  s = (s >> 64) + static_cast<Limb>(d3) + (kFieldPrime[3] & negative);
  out.limb[3] = static_cast<Limb>(s);
  return out;
}

// Montgomery multiplication, one limb of b at a time. -1/p is 1 modulo 2^64, so that a round adds
// m·p with m = t0, and m·p + t0 = m·2^96 + m·(2^64 - 2^32 + 1)·2^192 but for t0's own place.
inline Fe PortableMul(const Fe& a, const Fe& b) {
  Limb t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0;
#pragma GCC unroll 4
  for (std::size_t i = 0; i < 4; ++i) {
    const Limb bi = b.limb[i];
    Wide s = Wide{a.limb[0]} * bi + t0;
    const Limb m = static_cast<Limb>(s);
    s = Wide{a.limb[1]} * bi + t1 + static_cast<Limb>(s >> 64);
    t1 = static_cast<Limb>(s);
    s = Wide{a.limb[2]} * bi + t2 + static_cast<Limb>(s >> 64);
    t2 = static_cast<Limb>(s);
    s = Wide{a.limb[3]} * bi + t3 + static_cast<Limb>(s >> 64);
    t3 = static_cast<Limb>(s);
    s = Wide{t4} + static_cast<Limb>(s >> 64);
    t4 = static_cast<Limb>(s);
    const Limb t5 = static_cast<Limb>(s >> 64);

    s = Wide{t1} + (m << 32);
    t0 = static_cast<Limb>(s);
    s = Wide{t2} + (m >> 32) + static_cast<Limb>(s >> 64);
    t1 = static_cast<Limb>(s);
    s = Wide{m} * kFieldPrime[3] + t3 + static_cast<Limb>(s >> 64);
    t2 = static_cast<Limb>(s);
    s = Wide{t4} + static_cast<Limb>(s >> 64);
    t3 = static_cast<Limb>(s);
    t4 = t5 + static_cast<Limb>(s >> 64);
  }
  return ReduceOnce(t0, t1, t2, t3, t4);
}

#if TS_P256_ASSEMBLY
inline Fe operator+(const Fe& a, const Fe& b) {
  Fe out;
  FieldAdd(out.limb.data(), a.limb.data(), b.limb.data());
  return out;
}
inline Fe operator-(const Fe& a, const Fe& b) {
  Fe out;
  FieldSub(out.limb.data(), a.limb.data(), b.limb.data());
  return out;
}
inline Fe operator*(const Fe& a, const Fe& b) {
  Fe out;
  FieldMul(out.limb.data(), a.limb.data(), b.limb.data());
  return out;
}
#else
inline Fe operator+(const Fe& a, const Fe& b) { return PortableAdd(a, b); }
inline Fe operator-(const Fe& a, const Fe& b) { return PortableSub(a, b); }
inline Fe operator*(const Fe& a, const Fe& b) { return PortableMul(a, b); }
#endif

// Writes a·b in place, which may be a or b: a copy made right after a multiplication waits for its
// four stores.
inline void MulTo(Fe& out, const Fe& a, const Fe& b) {
#if TS_P256_ASSEMBLY
  FieldMul(out.limb.data(), a.limb.data(), b.limb.data());
#else
  out = PortableMul(a, b);
#endif
}

inline Fe Square(const Fe& a) { return a * a; }

inline Fe operator-(const Fe& a) { return Fe{} - a; }

inline Limb IsZeroMask(const Fe& a) {
  return IsZeroMask(a.limb[0] | a.limb[1] | a.limb[2] | a.limb[3]);
}
inline Limb EqualMask(const Fe& a, const Fe& b) {
  return IsZeroMask((a.limb[0] ^ b.limb[0]) | (a.limb[1] ^ b.limb[1]) | (a.limb[2] ^ b.limb[2]) |
                    (a.limb[3] ^ b.limb[3]));
}

// a where the mask is all ones, b where it is zero.
inline Fe Select(Limb mask, const Fe& a, const Fe& b) {
  Fe out;
  for (std::size_t i = 0; i < 4; ++i) out.limb[i] = (a.limb[i] & mask) | (b.limb[i] & ~mask);
  return out;
}

// FeFromBytes decodes 32 bytes, big-endian. *in_range is all ones when they are below p, else zero
// and the value is meaningless.
Fe FeFromBytes(ByteView bytes32, Limb* in_range);
// FeFromInteger is for constants: REQUIRES value below p.
Fe FeFromInteger(const std::array<Limb, 4>& value);
// FeFromWideBytes reduces 48 bytes, big-endian, modulo p.
Fe FeFromWideBytes(ByteView bytes48);
void FeToBytes(const Fe& a, char out32[32]);

// PowPublic returns a^e, e being public and least significant limb first.
Fe PowPublic(const Fe& a, const std::array<Limb, 4>& exponent);
// Invert returns 1/a, and 0 for 0. Cost: 255 squarings and 13 multiplications, about 4 µs.
Fe Invert(const Fe& a);
// InvertAll replaces every value by its inverse (Montgomery 1987: three multiplications a value and
// one inversion). False, and the values are then meaningless, when one of them is zero. `scratch`
// holds as many.
bool InvertAll(std::span<Fe> values, std::span<Fe> scratch);

}  // namespace tallystick::crypto
