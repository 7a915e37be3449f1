// Exponential ElGamal on P-256 under the joint key of an agreement's parties (protocol.md section
// 6): sums are computed without being able to read a value, and read only with every party's share.
//
// The plaintext of a row is its value plus kRowOffset, so that an opened sum also tells how many
// rows are in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/fixed_base.h"
#include "crypto/p256.h"
#include "crypto/random.h"

namespace tallystick::crypto {

// Values, and sums of values, are below 2^40.
inline constexpr std::uint64_t kRowOffset = std::uint64_t{1} << 40;

// JointKey adds the parties' public shares P_i. kInvalidArgument when there are none or they cancel
// out; whether each party knows its share is for VerifyKnowledge().
Result<Point> JointKey(std::span<const Point> shares);

// Ciphertext is (C1, C2) = (r·G, m·G + r·P), both points uncompressed. A value type, public.
class Ciphertext {
 public:
  static constexpr std::size_t kSize = 2 * Point::kSize;

  // FromBytes takes kSize bytes; kInvalidArgument "crypto.ciphertext" when a half is no point of
  // the curve or the identity. Cost: 0.2 µs.
  static Result<Ciphertext> FromBytes(ByteView bytes);

  ByteView view() const { return ByteView(bytes_.data(), kSize); }
  Point c1() const;
  Point c2() const;

  friend bool operator==(const Ciphertext&, const Ciphertext&) = default;

 private:
  friend class CiphertextSum;
  Ciphertext() = default;

  std::array<char, kSize> bytes_{};
};

// Encryptor encrypts rows' values under one joint key. Neither branches nor addresses depend on a
// value or on its randomness r: tables are read in full and masked (see FixedBase). The one branch
// on their outcome is whether two of the intermediate points coincide, which chance brings about
// once in 2^240 batches.
//
// Thread safety: immutable; share one, but give each thread its own RandomStream.
class Encryptor {
 public:
  explicit Encryptor(const Point& joint_key) : base_(joint_key) {}

  const Point& joint_key() const { return base_.point(); }

  // Encrypt appends the ciphertext of value + kRowOffset for each value, with fresh randomness.
  // REQUIRES: every value is below 2^40 (checked, aborts): validate before. Cost: about 11 µs a
  // value, and 0.25 ms for each 512 or part of them, which share their inversions: encrypt in
  // calls of hundreds. 260 KiB of memory.
  void Encrypt(std::span<const std::uint64_t> values, RandomStream& random, Bytes& out) const;

 private:
  FixedBase base_;
};

// CiphertextSum adds ciphertexts of one joint key; under several keys the sum is noise that nobody
// can open. The result does not depend on order or grouping.
//
// Thread safety: none; give each worker its own and Merge() them.
class CiphertextSum {
 public:
  CiphertextSum();

  // Cost: 0.5 µs.
  void Add(const Ciphertext& ciphertext);
  // AddEncoded checks and adds kSize bytes; on kInvalidArgument "crypto.ciphertext" the sum is as
  // before. Cost: 0.8 µs.
  Status AddEncoded(ByteView bytes);
  void Merge(const CiphertextSum& other);

  std::uint64_t count() const { return count_; }

  // Normalise returns each sum as a ciphertext, with one field inversion for all. kInvalidArgument
  // "crypto.empty-sum" when one is the identity, as a sum of nothing is. Cost: 0.25 µs a sum.
  static Result<std::vector<Ciphertext>> Normalise(std::span<const CiphertextSum> sums);

 private:
  // Two points (X : Y : Z) in the form of crypto/internal.
  std::array<std::uint64_t, 24> limbs_;
  std::uint64_t count_ = 0;
};

// PartialDecrypt returns D = x·C1, which opens the ciphertext to whoever has those of all parties:
// it is sealed to the other agent and never goes to the matcher. Cost: 32 µs, the same for every x
// as far as OpenSSL's multiplication is.
Point PartialDecrypt(const Scalar& share, const Ciphertext& ciphertext);

// Combine returns M = C2 - ΣD. REQUIRES nothing of the points: with a D missing or wrong, M is a
// point whose logarithm nobody finds. Cost: 5 µs.
PointOrIdentity Combine(const Ciphertext& ciphertext, std::span<const Point> partials);

// WithoutRows takes the offset of `rows` rows away from M: what is left is the sum times G. With a
// wrong number of rows there is no logarithm below 2^40 to find.
PointOrIdentity WithoutRows(const PointOrIdentity& combined, std::uint64_t rows);

}  // namespace tallystick::crypto
