// The four operations that everything of p256_field.h is made of, for x86-64 without extensions:
// g++ 12 makes twice the instructions of the portable code, for it keeps no carry in the flag.
// Straight lines: no branch, and no address but the operands' own. Every output is early-clobber:
// one that is not may share the register of an input of the same value, such as a limb of p.
// Include p256_field.h instead.
#pragma once

#include <cstdint>

namespace tallystick::crypto {

// out = a + b mod p.
inline void FieldAdd(std::uint64_t* out, const std::uint64_t* a, const std::uint64_t* b) {
  std::uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3], carry = 0;
  std::uint64_t r0, r1, r2, r3;
  __asm__(
      "addq 0(%[b]), %[t0]\n\t"
      "adcq 8(%[b]), %[t1]\n\t"
      "adcq 16(%[b]), %[t2]\n\t"
      "adcq 24(%[b]), %[t3]\n\t"
      "adcq $0, %[carry]\n\t"
      "movq %[t0], %[r0]\n\t"
      "movq %[t1], %[r1]\n\t"
      "movq %[t2], %[r2]\n\t"
      "movq %[t3], %[r3]\n\t"
      "subq $-1, %[r0]\n\t"
      "sbbq %[p1], %[r1]\n\t"
      "sbbq $0, %[r2]\n\t"
      "sbbq %[p3], %[r3]\n\t"
      "sbbq $0, %[carry]\n\t"
      "cmovcq %[t0], %[r0]\n\t"
      "cmovcq %[t1], %[r1]\n\t"
      "cmovcq %[t2], %[r2]\n\t"
      "cmovcq %[t3], %[r3]"
      : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [carry] "+&r"(carry),
        [r0] "=&r"(r0), [r1] "=&r"(r1), [r2] "=&r"(r2), [r3] "=&r"(r3)
      :
      [b] "r"(b), [p1] "r"(std::uint64_t{0xffffffff}), [p3] "r"(std::uint64_t{0xffffffff00000001}),
      "m"(*reinterpret_cast<const std::uint64_t(*)[4]>(b))
      : "cc");
  out[0] = r0;
  out[1] = r1;
  out[2] = r2;
  out[3] = r3;
}

// out = a - b mod p.
inline void FieldSub(std::uint64_t* out, const std::uint64_t* a, const std::uint64_t* b) {
  std::uint64_t t0 = a[0], t1 = a[1], t2 = a[2], t3 = a[3];
  std::uint64_t mask, p1, p3 = 0xffffffff00000001;
  __asm__(
      "subq 0(%[b]), %[t0]\n\t"
      "sbbq 8(%[b]), %[t1]\n\t"
      "sbbq 16(%[b]), %[t2]\n\t"
      "sbbq 24(%[b]), %[t3]\n\t"
      "sbbq %[mask], %[mask]\n\t"
      "movl %k[mask], %k[p1]\n\t"
      "andq %[mask], %[p3]\n\t"
      "addq %[mask], %[t0]\n\t"
      "adcq %[p1], %[t1]\n\t"
      "adcq $0, %[t2]\n\t"
      "adcq %[p3], %[t3]"
      : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [mask] "=&r"(mask),
        [p1] "=&r"(p1), [p3] "+&r"(p3)
      : [b] "r"(b), "m"(*reinterpret_cast<const std::uint64_t(*)[4]>(b))
      : "cc");
  out[0] = t0;
  out[1] = t1;
  out[2] = t2;
  out[3] = t3;
}

// One limb of b times a, added to the five limbs t0..t4.
#define TS_P256_STEP(offset, t) \
  "movq " offset                \
  "(%[a]), %%rax\n\t"           \
  "mulq %[limb]\n\t"            \
  "addq %[high], %[" t          \
  "]\n\t"                       \
  "adcq $0, %%rdx\n\t"          \
  "addq %%rax, %[" t            \
  "]\n\t"                       \
  "adcq $0, %%rdx\n\t"          \
  "movq %%rdx, %[high]\n\t"
#define TS_P256_ROW(offset, t0, t1, t2, t3, t4, t5)                      \
  "movq " offset                                                         \
  "(%[b]), %[limb]\n\t"                                                  \
  "movq 0(%[a]), %%rax\n\t"                                              \
  "mulq %[limb]\n\t"                                                     \
  "addq %%rax, %[" t0                                                    \
  "]\n\t"                                                                \
  "adcq $0, %%rdx\n\t"                                                   \
  "movq %%rdx, %[high]\n\t" TS_P256_STEP("8", t1) TS_P256_STEP("16", t2) \
      TS_P256_STEP("24", t3) "xorl %k[" t5 "], %k[" t5                   \
                             "]\n\t"                                     \
                             "addq %[high], %[" t4                       \
                             "]\n\t"                                     \
                             "adcq $0, %[" t5 "]\n\t"
// Adds t0·p, which makes t0 zero: t0·2^96 and t0·p3·2^192 in the places of t1 to t5.
#define TS_P256_REDUCE(t0, t1, t2, t3, t4, t5) \
  "movq %[" t0                                 \
  "], %%rax\n\t"                               \
  "mulq %[p3]\n\t"                             \
  "movq %[" t0                                 \
  "], %[high]\n\t"                             \
  "shlq $32, %[" t0                            \
  "]\n\t"                                      \
  "shrq $32, %[high]\n\t"                      \
  "addq %[" t0 "], %[" t1                      \
  "]\n\t"                                      \
  "adcq %[high], %[" t2                        \
  "]\n\t"                                      \
  "adcq %%rax, %[" t3                          \
  "]\n\t"                                      \
  "adcq %%rdx, %[" t4                          \
  "]\n\t"                                      \
  "adcq $0, %[" t5 "]\n\t"

// In memory: FieldMul has no register left for it.
inline constexpr std::uint64_t kTopPrimeLimb = 0xffffffff00000001;

// out = a·b / 2^256 mod p.
inline void FieldMul(std::uint64_t* out, const std::uint64_t* a, const std::uint64_t* b) {
  std::uint64_t t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, t5;
  std::uint64_t limb, high, r0, r1;
  // clang-format off
  __asm__(
      TS_P256_ROW("0", "t0", "t1", "t2", "t3", "t4", "t5")
      TS_P256_REDUCE("t0", "t1", "t2", "t3", "t4", "t5")
      TS_P256_ROW("8", "t1", "t2", "t3", "t4", "t5", "t0")
      TS_P256_REDUCE("t1", "t2", "t3", "t4", "t5", "t0")
      TS_P256_ROW("16", "t2", "t3", "t4", "t5", "t0", "t1")
      TS_P256_REDUCE("t2", "t3", "t4", "t5", "t0", "t1")
      TS_P256_ROW("24", "t3", "t4", "t5", "t0", "t1", "t2")
      TS_P256_REDUCE("t3", "t4", "t5", "t0", "t1", "t2")
      // The number is t4, t5, t0, t1 and a carry in t2: less p, if that is not negative.
      "movl $-1, %k[t3]\n\t"
      "movq %[t4], %%rax\n\t"
      "movq %[t5], %%rdx\n\t"
      "movq %[t0], %[limb]\n\t"
      "movq %[t1], %[high]\n\t"
      "subq $-1, %%rax\n\t"
      "sbbq %[t3], %%rdx\n\t"
      "sbbq $0, %[limb]\n\t"
      "sbbq %[p3], %[high]\n\t"
      "sbbq $0, %[t2]\n\t"
      "cmovcq %[t4], %%rax\n\t"
      "cmovcq %[t5], %%rdx\n\t"
      "cmovcq %[t0], %[limb]\n\t"
      "cmovcq %[t1], %[high]"
      : [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "+&r"(t4),
        [t5] "=&r"(t5), [limb] "=&r"(limb), [high] "=&r"(high), "=&a"(r0), "=&d"(r1)
      : [a] "r"(a), [b] "r"(b), [p3] "m"(kTopPrimeLimb),
        "m"(*reinterpret_cast<const std::uint64_t(*)[4]>(a)),
        "m"(*reinterpret_cast<const std::uint64_t(*)[4]>(b))
      : "cc");
  // clang-format on
  out[0] = r0;
  out[1] = r1;
  out[2] = limb;
  out[3] = high;
}
#undef TS_P256_STEP
#undef TS_P256_ROW
#undef TS_P256_REDUCE

}  // namespace tallystick::crypto
