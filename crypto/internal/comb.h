// Multiplication of fixed points by secret numbers: tables of multiples, read in full and masked at
// every step, so that neither branches nor addresses depend on the number.
//
// A number k < 2^(6t-1) is split into t digits u_i of 6 bits of k + 2^(6t-1), and
// 2k+1 = Σ (2·u_i - 63)·2^(6i): every digit is odd and never zero (Joye and Tunstall, "Exponent
// recoding and regular exponentiation algorithms", AFRICACRYPT 2009), so a window holds the 32 odd
// multiples and the sign is a conditional negation.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "crypto/internal/p256_curve.h"

namespace tallystick::crypto {

// CombTable holds the windows of one point. 2 KiB a window; public content.
//
// Thread safety: immutable.
class CombTable {
 public:
  static constexpr std::size_t kWindowBits = 6;
  static constexpr std::size_t kEntries = std::size_t{1} << (kWindowBits - 1);
  // Enough for any scalar.
  static constexpr std::size_t kScalarWindows = 43;

  // Tabulates `windows` windows of `point`. A caller that never needs the top window's sign may add
  // `top`, a public point, to every entry of it. Cost: about 0.5 ms for kScalarWindows.
  CombTable(const ProjectivePoint& point, std::size_t windows,
            const ProjectivePoint& top = ProjectivePoint());

  std::size_t windows() const { return entries_.size() / kEntries; }

  // Select returns (2u - 63)·2^(6·window)·point for the digit u, negated when `negate` is all ones.
  AffinePoint Select(std::size_t window, Limb digit, Limb negate) const;

 private:
  std::vector<AffinePoint> entries_;
};

// CombDigits are the digits of a secret number; wiped when gone.
class CombDigits {
 public:
  // Of a scalar x in [1, q-1]: x = ±(2k+1) mod q.
  static CombDigits OfScalar(ByteView bytes32);
  // Of k itself, a number below 2^(6·windows - 1), windows <= 10.
  static CombDigits OfNumber(std::uint64_t k, std::size_t windows);

  CombDigits(const CombDigits&) = default;
  CombDigits& operator=(const CombDigits&) = default;
  ~CombDigits();

  Limb at(std::size_t window) const { return digits_[window]; }
  // All ones when the number is minus what the digits say.
  Limb negate() const { return negate_; }

 private:
  CombDigits() = default;

  std::array<std::uint8_t, CombTable::kScalarWindows> digits_{};
  Limb negate_ = 0;
};

// The generator's table, made on first use.
const CombTable& GeneratorTable();

// CombMul returns x times the table's point by complete additions. REQUIRES: a table of
// kScalarWindows without `top`.
ProjectivePoint CombMul(const CombTable& table, const CombDigits& digits);

}  // namespace tallystick::crypto
