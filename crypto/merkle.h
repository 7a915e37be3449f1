// Merkle trees with the hashing of RFC 6962 section 2.1, and their proofs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"

namespace tallystick::crypto {

// LeafHash is SHA-256(00 ‖ leaf), NodeHash SHA-256(01 ‖ left ‖ right): a leaf never passes for a
// node.
Digest LeafHash(ByteView leaf);
Digest NodeHash(const Digest& left, const Digest& right);

// MerkleRootOf returns the root over `leaf_hashes`; of none, SHA-256 of nothing.
Digest MerkleRootOf(std::span<const Digest> leaf_hashes);

// MerkleTree is an append-only tree in memory. It keeps the hash of every complete subtree (64
// bytes a leaf in all), so that roots and proofs, of now or of any earlier size, cost O(log n).
// Asking for an index or size beyond the tree is a programming error and aborts: check what comes
// from outside first.
//
// Thread safety: const methods from any thread while nobody appends.
class MerkleTree {
 public:
  // Append takes a leaf's LeafHash(), not the leaf. Amortised O(1).
  void Append(const Digest& leaf_hash);

  std::uint64_t size() const { return levels_.empty() ? 0 : levels_.front().size(); }

  Digest Root() const { return RootAt(size()); }
  // REQUIRES: at <= size().
  Digest RootAt(std::uint64_t at) const;

  // REQUIRES: index < size().
  const Digest& LeafHashAt(std::uint64_t index) const;

  // InclusionProof proves leaf `index` to be in the tree of the first `at` leaves (section 2.1.1).
  // REQUIRES: index < at <= size().
  std::vector<Digest> InclusionProof(std::uint64_t index, std::uint64_t at) const;

  // ConsistencyProof proves the tree of `to` leaves to extend that of `from` (section 2.1.2);
  // empty when from is 0 or equals to. REQUIRES: from <= to <= size().
  std::vector<Digest> ConsistencyProof(std::uint64_t from, std::uint64_t to) const;

 private:
  // The hash over leaves [begin, end).
  Digest RangeHash(std::uint64_t begin, std::uint64_t end) const;

  std::vector<std::vector<Digest>> levels_;  // levels_[k][i] covers leaves [i·2^k, (i+1)·2^k)
};

// VerifyInclusion and VerifyConsistency (RFC 9162 sections 2.1.3.2 and 2.1.4.2) accept exactly the
// proofs above. All arguments may be hostile. They fail with kPermissionDenied
// "crypto.bad-inclusion-proof" and "crypto.bad-consistency-proof". Cost: O(log size).
Status VerifyInclusion(const Digest& leaf_hash, std::uint64_t index, std::uint64_t size,
                       std::span<const Digest> proof, const Digest& root);

// A `from` of 0 is consistent with everything, provided that from_root is the empty root.
Status VerifyConsistency(std::uint64_t from, const Digest& from_root, std::uint64_t to,
                         const Digest& to_root, std::span<const Digest> proof);

}  // namespace tallystick::crypto
