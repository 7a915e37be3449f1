#include "crypto/merkle.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

std::vector<Digest> Leaves(std::uint64_t count) {
  std::vector<Digest> leaves;
  for (std::uint64_t i = 0; i < count; ++i) leaves.push_back(LeafHash(std::to_string(i)));
  return leaves;
}

MerkleTree TreeOf(const std::vector<Digest>& leaves) {
  MerkleTree tree;
  for (const Digest& leaf : leaves) tree.Append(leaf);
  return tree;
}

using Path = std::vector<Digest>;

TEST(MerkleTree, GivesTheProofsOfTheExampleInRfc6962Section213) {
  const auto d = Leaves(7);
  const MerkleTree tree = TreeOf(d);
  // The names of the RFC's figure; its leaves a to f and j are the hashes of d0 to d6.
  const Digest &a = d[0], &b = d[1], &c = d[2], &e = d[4], &f = d[5], &j = d[6];
  const Digest& dd = d[3];
  const Digest g = NodeHash(a, b), h = NodeHash(c, dd), i = NodeHash(e, f);
  const Digest k = NodeHash(g, h), l = NodeHash(i, j);
  EXPECT_EQ(tree.Root(), NodeHash(k, l));
  EXPECT_EQ(tree.InclusionProof(0, 7), (Path{b, h, l}));
  EXPECT_EQ(tree.InclusionProof(3, 7), (Path{c, g, l}));
  EXPECT_EQ(tree.InclusionProof(4, 7), (Path{f, j, k}));
  EXPECT_EQ(tree.InclusionProof(6, 7), (Path{i, k}));
  EXPECT_EQ(tree.ConsistencyProof(3, 7), (Path{c, dd, g, l}));
  EXPECT_EQ(tree.ConsistencyProof(4, 7), (Path{l}));
  EXPECT_EQ(tree.ConsistencyProof(6, 7), (Path{i, j, k}));
}

TEST(MerkleTree, GivesTheRootsOfTheReferenceImplementation) {
  // google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc.
  constexpr std::string_view kLeaves[] = {"",
                                          "00",
                                          "10",
                                          "2021",
                                          "3031",
                                          "40414243",
                                          "5051525354555657",
                                          "606162636465666768696a6b6c6d6e6f"};
  constexpr std::string_view kRoots[] = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  MerkleTree tree;
  EXPECT_EQ(tree.Root().hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < std::size(kLeaves); ++i) {
    tree.Append(LeafHash(Hex(kLeaves[i])));
    EXPECT_EQ(tree.Root().hex(), kRoots[i]);
  }
  for (std::size_t i = 0; i < std::size(kLeaves); ++i) {
    EXPECT_EQ(tree.RootAt(i + 1).hex(), kRoots[i]);
  }
}

TEST(MerkleTree, AgreesWithTheDefinitionAtEverySize) {
  const auto leaves = Leaves(200);
  const MerkleTree tree = TreeOf(leaves);
  for (std::size_t size = 0; size <= leaves.size(); ++size) {
    EXPECT_EQ(tree.RootAt(size), MerkleRootOf(std::span(leaves).first(size))) << size;
  }
}

TEST(MerkleTree, ProvesEveryLeafAtEverySize) {
  const auto leaves = Leaves(70);
  const MerkleTree tree = TreeOf(leaves);
  for (std::uint64_t size = 1; size <= 70; ++size) {
    const Digest root = tree.RootAt(size);
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = tree.InclusionProof(index, size);
      EXPECT_TRUE(VerifyInclusion(leaves[index], index, size, proof, root).ok());
    }
  }
}

TEST(MerkleTree, ProvesEverySizeToExtendEverySmallerOne) {
  const MerkleTree tree = TreeOf(Leaves(70));
  for (std::uint64_t to = 0; to <= 70; ++to) {
    for (std::uint64_t from = 0; from <= to; ++from) {
      EXPECT_TRUE(VerifyConsistency(from, tree.RootAt(from), to, tree.RootAt(to),
                                    tree.ConsistencyProof(from, to))
                      .ok())
          << from << " " << to;
    }
  }
}

TEST(MerkleTree, KeepsProofsShortInALargeTree) {
  const MerkleTree tree = TreeOf(Leaves(100000));
  EXPECT_LE(tree.InclusionProof(77777, 99999).size(), 17u);
  EXPECT_LE(tree.ConsistencyProof(54321, 99999).size(), 18u);
}

TEST(MerkleTreeDeathTest, AskingBeyondItsSizeIsAProgrammingError) {
  const MerkleTree tree = TreeOf(Leaves(3));
  EXPECT_DEATH(tree.RootAt(4), "size");
  EXPECT_DEATH(tree.InclusionProof(2, 4), "size");
  EXPECT_DEATH(tree.InclusionProof(2, 2), "index < at");
  EXPECT_DEATH(tree.ConsistencyProof(3, 2), "from <= to");
}

TEST(VerifyInclusion, RefusesAnotherLeafPlaceSizeRootOrPath) {
  const auto leaves = Leaves(50);
  const MerkleTree tree = TreeOf(leaves);
  for (std::uint64_t size = 1; size <= 50; ++size) {
    const Digest root = tree.RootAt(size);
    for (std::uint64_t index = 0; index < size; index += 3) {
      const Path proof = tree.InclusionProof(index, size);
      EXPECT_FALSE(VerifyInclusion(Digest(), index, size, proof, root).ok());
      EXPECT_FALSE(VerifyInclusion(leaves[index], index, size, proof, Digest()).ok());
      EXPECT_FALSE(VerifyInclusion(leaves[index], index ^ 1, size, proof, root).ok());
      EXPECT_FALSE(VerifyInclusion(leaves[index], size, size, proof, root).ok());
      EXPECT_FALSE(VerifyInclusion(leaves[index], index, 0, proof, root).ok());
      Path longer = proof;
      longer.emplace_back();
      EXPECT_FALSE(VerifyInclusion(leaves[index], index, size, longer, root).ok());
      for (std::size_t i = 0; i < proof.size(); ++i) {
        Path altered = proof;
        altered[i] = Digest();
        EXPECT_FALSE(VerifyInclusion(leaves[index], index, size, altered, root).ok());
        altered.erase(altered.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(VerifyInclusion(leaves[index], index, size, altered, root).ok());
      }
    }
  }
}

TEST(VerifyInclusion, RefusesAPathTooShortForTheSize) {
  const Digest leaf = LeafHash("leaf");
  const Digest sibling = LeafHash("sibling");
  EXPECT_FALSE(VerifyInclusion(leaf, 0, 2, {}, leaf).ok());
  EXPECT_FALSE(VerifyInclusion(leaf, 0, 4, Path{sibling}, NodeHash(leaf, sibling)).ok());
  EXPECT_TRUE(VerifyInclusion(leaf, 0, 2, Path{sibling}, NodeHash(leaf, sibling)).ok());
}

TEST(VerifyInclusion, RefusesAPathTooLongForTheSize) {
  const Digest leaf = LeafHash("leaf");
  const Digest sibling = LeafHash("sibling");
  EXPECT_FALSE(VerifyInclusion(leaf, 0, 1, Path{sibling}, NodeHash(sibling, leaf)).ok());
  EXPECT_FALSE(VerifyInclusion(leaf, 0, 1, Path{sibling}, NodeHash(leaf, sibling)).ok());
}

TEST(VerifyInclusion, EndsOnHostileNumbersAndLongProofs) {
  constexpr std::uint64_t kMax = ~std::uint64_t{0};
  const Path endless(100000);
  EXPECT_EQ(VerifyInclusion(Digest(), kMax - 1, kMax, endless, Digest()).error().id(),
            "crypto.bad-inclusion-proof");
  EXPECT_FALSE(VerifyInclusion(Digest(), kMax, kMax, {}, Digest()).ok());
  EXPECT_FALSE(VerifyInclusion(Digest(), 0, kMax, Path(64), Digest()).ok());
  EXPECT_FALSE(VerifyInclusion(Digest(), 0, 0, {}, Digest()).ok());
  EXPECT_TRUE(VerifyInclusion(Digest(), 0, 1, {}, Digest()).ok());
}

TEST(VerifyConsistency, RefusesAForkAShrunkTreeAndEveryAlteredPath) {
  const MerkleTree tree = TreeOf(Leaves(50));
  auto other_leaves = Leaves(50);
  other_leaves[5] = LeafHash("rewritten");
  const MerkleTree fork = TreeOf(other_leaves);
  for (std::uint64_t to = 7; to <= 50; ++to) {
    for (std::uint64_t from = 6; from < to; from += 3) {
      const Digest old_root = tree.RootAt(from);
      const Digest new_root = tree.RootAt(to);
      const Path proof = tree.ConsistencyProof(from, to);
      const Path forked = fork.ConsistencyProof(from, to);
      EXPECT_FALSE(VerifyConsistency(from, old_root, to, fork.RootAt(to), forked).ok());
      EXPECT_FALSE(VerifyConsistency(from, old_root, to, fork.RootAt(to), proof).ok());
      EXPECT_FALSE(VerifyConsistency(to, new_root, from, old_root, proof).ok());
      EXPECT_FALSE(VerifyConsistency(from, old_root, to, new_root, {}).ok());
      Path longer = proof;
      longer.emplace_back();
      EXPECT_FALSE(VerifyConsistency(from, old_root, to, new_root, longer).ok());
      for (std::size_t i = 0; i < proof.size(); ++i) {
        Path altered = proof;
        altered[i] = Digest();
        EXPECT_FALSE(VerifyConsistency(from, old_root, to, new_root, altered).ok());
        altered.erase(altered.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(VerifyConsistency(from, old_root, to, new_root, altered).ok());
      }
    }
  }
}

TEST(VerifyConsistency, JudgesEqualAndEmptyTreesByTheirRoots) {
  const MerkleTree tree = TreeOf(Leaves(4));
  const Digest empty = tree.RootAt(0);
  EXPECT_TRUE(VerifyConsistency(0, empty, 4, tree.Root(), {}).ok());
  EXPECT_TRUE(VerifyConsistency(0, empty, 0, empty, {}).ok());
  EXPECT_TRUE(VerifyConsistency(4, tree.Root(), 4, tree.Root(), {}).ok());
  EXPECT_FALSE(VerifyConsistency(4, tree.Root(), 4, empty, {}).ok());
  EXPECT_FALSE(VerifyConsistency(0, tree.Root(), 4, tree.Root(), {}).ok());
  EXPECT_FALSE(VerifyConsistency(0, tree.Root(), 0, tree.Root(), {}).ok());
  EXPECT_FALSE(VerifyConsistency(0, empty, 4, tree.Root(), Path(1)).ok());
  EXPECT_FALSE(VerifyConsistency(4, tree.Root(), 4, tree.Root(), Path(1)).ok());
}

TEST(VerifyConsistency, RefusesAPathTooShortForTheSize) {
  const Digest root = LeafHash("root");
  const Digest sibling = LeafHash("sibling");
  EXPECT_FALSE(VerifyConsistency(2, root, 8, NodeHash(root, sibling), Path{sibling}).ok());
  EXPECT_TRUE(VerifyConsistency(2, root, 4, NodeHash(root, sibling), Path{sibling}).ok());
}

TEST(VerifyConsistency, RefusesAPathTooLongForTheSize) {
  // An old tree of 3 in a new one of 4 has a path of three; a fourth would change both roots.
  const MerkleTree tree = TreeOf(Leaves(4));
  Path proof = tree.ConsistencyProof(3, 4);
  ASSERT_TRUE(VerifyConsistency(3, tree.RootAt(3), 4, tree.Root(), proof).ok());
  const Digest extra = LeafHash("extra");
  proof.push_back(extra);
  const Digest old_root = NodeHash(extra, tree.RootAt(3));
  const Digest new_root = NodeHash(extra, tree.Root());
  EXPECT_FALSE(VerifyConsistency(3, old_root, 4, new_root, proof).ok());
}

TEST(VerifyConsistency, EndsOnHostileNumbersAndLongProofs) {
  constexpr std::uint64_t kMax = ~std::uint64_t{0};
  EXPECT_FALSE(VerifyConsistency(kMax - 1, Digest(), kMax, Digest(), Path(100000)).ok());
  EXPECT_FALSE(VerifyConsistency(kMax - 1, Digest(), kMax, Digest(), Path(65)).ok());
  EXPECT_FALSE(VerifyConsistency(std::uint64_t{1} << 63, Digest(), kMax, Digest(), Path(1)).ok());
}

}  // namespace
}  // namespace tallystick::crypto
