// The encrypted sums of a release, and what commits to how they came about.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agreements/rendered_table.h"
#include "base/result.h"
#include "crypto/elgamal.h"
#include "crypto/hash.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::matcher {

// MeasureSumsInput is one measure's sums by leaf cell of its table. `squares` may be empty.
struct MeasureSumsInput {
  const agreements::RenderedTable* table = nullptr;
  std::vector<crypto::CiphertextSum> sums, squares;
};

// EncryptedSumsOf returns the sum, and the sum of squares, of every cell that the measure's table
// publishes, margins included. Fails with kInternal "release.sum-count" when a sum is not over as
// many ciphertexts as the table says. Cost: 2^rank merges a leaf.
Result<std::vector<v1::EncryptedSum>> EncryptedSumsOf(std::uint32_t measure,
                                                      const MeasureSumsInput& input);

// OpeningsRoot is the Merkle root (RFC 6962 hashing) over, in this order, every sum, as
//   salt_i ‖ "sum" ‖ measure u32 ‖ cell u64 ‖ count u64 ‖ lp(sum) ‖ lp(squares),
// and for every measure every row of its side, as
//   salt_i ‖ "row" ‖ measure u32 ‖ row u32 ‖ leaf u32 (2^32 - 1: in none),
// where salt_i is the first half of HMAC-SHA256(salt, "tallystick/v1/opening-leaf" ‖ i u64). So a
// release commits to which row it counted where; whoever is shown a leaf with its salt and path
// can check it against the chunks that the party signed. Cost: 1 µs a row.
crypto::Digest OpeningsRoot(ByteView salt, std::span<const v1::EncryptedSum> sums,
                            std::span<const std::vector<std::uint32_t>> leaf_of_row);

}  // namespace tallystick::matcher
