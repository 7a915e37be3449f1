#include "crypto/merkle.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace tallystick::crypto {
namespace {

constexpr std::size_t kMaxProof = 65;  // a tree of 2^64 leaves, and one more in consistency

// The largest power of two below `n`: where RFC 6962 splits n leaves. REQUIRES: n > 1.
std::uint64_t SplitPoint(std::uint64_t n) { return std::bit_floor(n - 1); }

Error BadInclusion() {
  return Error(Code::kPermissionDenied, "crypto.bad-inclusion-proof",
               "the proof does not show the entry to be in the log");
}

Error BadConsistency() {
  return Error(Code::kPermissionDenied, "crypto.bad-consistency-proof",
               "the proof does not show the log to extend its earlier state");
}

// Position walks from a node to the root: `node` is its number on the present level, `last` that of
// the level's last node.
struct Position {
  std::uint64_t node;
  std::uint64_t last;

  bool HasLeftSibling() const { return (node & 1) != 0 || node == last; }
  void Up() {
    node >>= 1;
    last >>= 1;
  }
  // After hashing with a left sibling: a last node without a right sibling moved up unhashed.
  void SkipLevelsWithoutSibling() {
    while (node != 0 && (node & 1) == 0) Up();
  }
};

}  // namespace

Digest LeafHash(ByteView leaf) {
  Sha256Hasher hasher;
  hasher.Update(ByteView("\x00", 1));
  hasher.Update(leaf);
  return hasher.Finish();
}

Digest NodeHash(const Digest& left, const Digest& right) {
  Sha256Hasher hasher;
  hasher.Update(ByteView("\x01", 1));
  hasher.Update(left.view());
  hasher.Update(right.view());
  return hasher.Finish();
}

Digest MerkleRootOf(std::span<const Digest> leaf_hashes) {
  if (leaf_hashes.empty()) return Sha256("");
  if (leaf_hashes.size() == 1) return leaf_hashes.front();
  const std::size_t split = SplitPoint(leaf_hashes.size());
  return NodeHash(MerkleRootOf(leaf_hashes.first(split)), MerkleRootOf(leaf_hashes.subspan(split)));
}

void MerkleTree::Append(const Digest& leaf_hash) {
  if (levels_.empty()) levels_.emplace_back();
  levels_[0].push_back(leaf_hash);
  for (std::size_t k = 0; levels_[k].size() % 2 == 0; ++k) {
    const std::size_t count = levels_[k].size();
    if (k + 1 == levels_.size()) levels_.emplace_back();
    levels_[k + 1].push_back(NodeHash(levels_[k][count - 2], levels_[k][count - 1]));
  }
}

Digest MerkleTree::RangeHash(std::uint64_t begin, std::uint64_t end) const {
  const std::uint64_t count = end - begin;
  if (std::has_single_bit(count)) {
    const auto level = static_cast<std::size_t>(std::countr_zero(count));
    return levels_[level][begin >> level];
  }
  const std::uint64_t split = begin + SplitPoint(count);
  return NodeHash(RangeHash(begin, split), RangeHash(split, end));
}

Digest MerkleTree::RootAt(std::uint64_t at) const {
  TS_CHECK(at <= size());
  return at == 0 ? Sha256("") : RangeHash(0, at);
}

const Digest& MerkleTree::LeafHashAt(std::uint64_t index) const {
  TS_CHECK(index < size());
  return levels_[0][index];
}

std::vector<Digest> MerkleTree::InclusionProof(std::uint64_t index, std::uint64_t at) const {
  TS_CHECK(index < at && at <= size());
  std::vector<Digest> proof;  // from the root down, reversed at the end
  std::uint64_t begin = 0;
  std::uint64_t end = at;
  while (end - begin > 1) {
    const std::uint64_t split = begin + SplitPoint(end - begin);
    if (index < split) {
      proof.push_back(RangeHash(split, end));
      end = split;
    } else {
      proof.push_back(RangeHash(begin, split));
      begin = split;
    }
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

std::vector<Digest> MerkleTree::ConsistencyProof(std::uint64_t from, std::uint64_t to) const {
  TS_CHECK(from <= to && to <= size());
  std::vector<Digest> proof;
  if (from == 0 || from == to) return proof;
  std::uint64_t begin = 0;
  std::uint64_t end = to;
  while (from != end) {  // SUBPROOF of RFC 6962; `from` counts from the tree's start
    const std::uint64_t split = begin + SplitPoint(end - begin);
    if (from <= split) {
      proof.push_back(RangeHash(split, end));
      end = split;
    } else {
      proof.push_back(RangeHash(begin, split));
      begin = split;
    }
  }
  // The verifier has the subtree's hash already when it is the whole old tree.
  if (begin != 0) proof.push_back(RangeHash(begin, end));
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Status VerifyInclusion(const Digest& leaf_hash, std::uint64_t index, std::uint64_t size,
                       std::span<const Digest> proof, const Digest& root) {
  if (index >= size || proof.size() > kMaxProof) return BadInclusion();
  Position position{index, size - 1};
  Digest hash = leaf_hash;
  for (const Digest& sibling : proof) {
    if (position.last == 0) return BadInclusion();
    if (position.HasLeftSibling()) {
      hash = NodeHash(sibling, hash);
      position.SkipLevelsWithoutSibling();
    } else {
      hash = NodeHash(hash, sibling);
    }
    position.Up();
  }
  if (position.last != 0 || hash != root) return BadInclusion();
  return Ok();
}

Status VerifyConsistency(std::uint64_t from, const Digest& from_root, std::uint64_t to,
                         const Digest& to_root, std::span<const Digest> proof) {
  if (from > to || proof.size() > kMaxProof) return BadConsistency();
  if (from == 0 && from_root != Sha256("")) return BadConsistency();
  if (from == to && from_root != to_root) return BadConsistency();
  if (from == 0 || from == to) return proof.empty() ? Ok() : Status(BadConsistency());
  if (proof.empty()) return BadConsistency();

  Position position{from - 1, to - 1};
  while ((position.node & 1) != 0) position.Up();
  // The old tree, when it is complete, is itself the first node of the path.
  Digest old_hash = from_root;
  if (!std::has_single_bit(from)) {
    old_hash = proof.front();
    proof = proof.subspan(1);
  }
  Digest new_hash = old_hash;
  for (const Digest& sibling : proof) {
    if (position.last == 0) return BadConsistency();
    if (position.HasLeftSibling()) {
      old_hash = NodeHash(sibling, old_hash);
      new_hash = NodeHash(sibling, new_hash);
      position.SkipLevelsWithoutSibling();
    } else {
      new_hash = NodeHash(new_hash, sibling);
    }
    position.Up();
  }
  if (position.last != 0 || old_hash != from_root || new_hash != to_root) return BadConsistency();
  return Ok();
}

}  // namespace tallystick::crypto
