#include "matcher/release/encrypted_sums.h"

#include "agreements/measure_table.h"
#include "crypto/hmac.h"
#include "crypto/merkle.h"

namespace tallystick::matcher {
namespace {

using agreements::TableShape;
using crypto::CiphertextSum;

constexpr std::string_view kLeafLabel = "tallystick/v1/opening-leaf";
constexpr std::size_t kLeafSaltBytes = 16;

// Sums of `cells`, from those of the leaves.
std::vector<CiphertextSum> SumsOfCells(const TableShape& shape,
                                       const std::vector<CiphertextSum>& leaves,
                                       const std::vector<std::size_t>& cells) {
  constexpr std::size_t kNotWanted = static_cast<std::size_t>(-1);
  std::vector<std::size_t> place(shape.cell_count(), kNotWanted);
  for (std::size_t i = 0; i < cells.size(); ++i) place[cells[i]] = i;
  std::vector<CiphertextSum> sums(cells.size());
  for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
    if (leaves[leaf].count() == 0) continue;
    const std::size_t cell = shape.CellOfLeaf(leaf);
    for (std::uint32_t summed = 0; summed < 1u << shape.rank(); ++summed) {
      std::size_t target = cell;
      for (std::size_t d = 0; d < shape.rank(); ++d) {
        if ((summed >> d & 1u) != 0) target = shape.With(target, d, shape.all(d));
      }
      if (place[target] != kNotWanted) sums[place[target]].Merge(leaves[leaf]);
    }
  }
  return sums;
}

Bytes LeafSalt(const crypto::HmacSha256& hmac, std::uint64_t index) {
  Bytes message(kLeafLabel);
  AppendU64(message, index);
  return Bytes(hmac.Compute(message).view().substr(0, kLeafSaltBytes));
}

}  // namespace

Result<std::vector<v1::EncryptedSum>> EncryptedSumsOf(std::uint32_t measure,
                                                      const MeasureSumsInput& input) {
  const std::vector<std::size_t> cells = agreements::CellsToOpen(*input.table);
  std::vector<v1::EncryptedSum> encrypted(cells.size());
  for (const bool squares : {false, true}) {
    if (squares && input.squares.empty()) continue;
    const std::vector<CiphertextSum> sums =
        SumsOfCells(input.table->shape(), squares ? input.squares : input.sums, cells);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (sums[i].count() == (*input.table)[cells[i]].count()) continue;
      return Error(Code::kInternal, "release.sum-count",
                   "a sum is over another number of rows than its cell counts");
    }
    TS_ASSIGN_OR_RETURN(const auto ciphertexts, CiphertextSum::Normalise(sums));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      v1::EncryptedSum& target = encrypted[i];
      target.set_measure(measure);
      target.set_cell(cells[i]);
      target.set_count((*input.table)[cells[i]].count());
      (squares ? target.mutable_squares() : target.mutable_sum())->assign(ciphertexts[i].view());
    }
  }
  return encrypted;
}

crypto::Digest OpeningsRoot(ByteView salt, std::span<const v1::EncryptedSum> sums,
                            std::span<const std::vector<std::uint32_t>> leaf_of_row) {
  const crypto::HmacSha256 hmac(salt);
  std::vector<crypto::Digest> leaves;
  for (const v1::EncryptedSum& sum : sums) {
    Bytes leaf = LeafSalt(hmac, leaves.size());
    leaf += "sum";
    AppendU32(leaf, sum.measure());
    AppendU64(leaf, sum.cell());
    AppendU64(leaf, sum.count());
    AppendLp(leaf, sum.sum());
    AppendLp(leaf, sum.squares());
    leaves.push_back(crypto::LeafHash(leaf));
  }
  for (std::size_t measure = 0; measure < leaf_of_row.size(); ++measure) {
    for (std::size_t row = 0; row < leaf_of_row[measure].size(); ++row) {
      Bytes leaf = LeafSalt(hmac, leaves.size());
      leaf += "row";
      AppendU32(leaf, static_cast<std::uint32_t>(measure));
      AppendU32(leaf, static_cast<std::uint32_t>(row));
      AppendU32(leaf, leaf_of_row[measure][row]);
      leaves.push_back(crypto::LeafHash(leaf));
    }
  }
  return crypto::MerkleRootOf(leaves);
}

}  // namespace tallystick::matcher
