// Batched proofs that many points were multiplied by one secret: RFC 9497 section 2.2 with
// P256-SHA256. An agent proves with one of these that its partial decryptions are what its share
// makes of the ciphertexts, so that the other can trust the sum that they open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/elgamal.h"
#include "crypto/hash.h"
#include "crypto/p256.h"

namespace tallystick::crypto {

// A proof is c (32 bytes) ‖ s (32 bytes).
inline constexpr std::size_t kDleqProofSize = 64;

// The RFC numbers the points of a batch by two bytes.
inline constexpr std::size_t kMaxDleqBatch = 65535;

// DleqContext is the context string of the RFC: it enters every hash, so that a proof holds in its
// own context only. A value type.
class DleqContext {
 public:
  // FromRaw takes a string of 1 to 200 bytes as the RFC's protocols make it. kInvalidArgument
  // otherwise. The dangerous misuse is a batch in a context that does not depend on `to`: the RFC's
  // weight of a pair hashes that pair only, so that whoever knows k can choose each error in `to`
  // by itself until the weighted errors cancel out (Wagner's k-list algorithm, CRYPTO 2002): 2^32
  // steps for 65,535 pairs, 2^35 for 1,000.
  static Result<DleqContext> FromRaw(ByteView raw);

  // What an opening is bound to (protocol.md section 6).
  struct Opening {
    Digest chain;  // of the agreement
    std::uint64_t epoch = 0;
    Digest job;
    std::string_view party;                   // whose share it is
    std::span<const Ciphertext> ciphertexts;  // in the order of the partial decryptions
    std::span<const Point> partials;          // of all of them, as in the batch: see FromRaw()
  };
  // "tallystick/v1/opening-" ‖ hex of SHA-256(lp(chain) ‖ epoch u64 ‖ lp(job) ‖ lp(party) ‖
  // count u64 ‖ ciphertexts ‖ count u64 ‖ partials).
  static DleqContext ForOpening(const Opening& opening);

  ByteView view() const { return raw_; }

 private:
  explicit DleqContext(Bytes raw) : raw_(std::move(raw)) {}

  Bytes raw_;
};

// DleqBatch is the statement "the k with key = k·G also takes each of `from` to its place in `to`".
// It borrows the points.
class DleqBatch {
 public:
  // kInvalidArgument "crypto.dleq-batch" unless there are as many of one as of the other, 1 to
  // kMaxDleqBatch.
  static Result<DleqBatch> Make(const Point& key, std::span<const Point> from,
                                std::span<const Point> to);

  const Point& key() const { return key_; }
  std::span<const Point> from() const { return from_; }
  std::span<const Point> to() const { return to_; }

 private:
  DleqBatch(const Point& key, std::span<const Point> from, std::span<const Point> to)
      : key_(key), from_(from), to_(to) {}

  Point key_;
  std::span<const Point> from_;
  std::span<const Point> to_;
};

// ProveDleq shows that the batch holds. REQUIRES: it does (the key's own equation is checked; a
// wrong `to` gives a proof that does not verify). Cost: 32 µs a point; the same for every k of one
// batch. Thread safety: any thread.
Bytes ProveDleq(const Scalar& k, const DleqBatch& batch, const DleqContext& context);

// VerifyDleq fails with kPermissionDenied "crypto.bad-proof", whatever is wrong with the proof.
// Cost: 75 µs a point.
Status VerifyDleq(const DleqBatch& batch, ByteView proof, const DleqContext& context);

}  // namespace tallystick::crypto
