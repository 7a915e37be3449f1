// The sums of a proposed release: which there must be, and what they say once every party has given
// its part.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "agents/open/partial_decryption.h"
#include "agreements/agreement.h"
#include "agreements/release_answer.h"
#include "base/result.h"
#include "crypto/discrete_log.h"
#include "crypto/elgamal.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agents {

// SumToOpen is the encrypted sum of one published cell.
struct SumToOpen {
  std::uint32_t measure = 0;  // position in Output::Measures()
  std::uint64_t cell = 0;     // of the measure's table
  std::uint64_t count = 0;    // as published
  crypto::Ciphertext sum;
  std::optional<crypto::Ciphertext> squares;  // where the output publishes sd
};

// ReadSums checks that `proposed` are the sums of CellsToOpen() of each measure's table, in order,
// each over the number of rows that is published, with squares exactly where `output` publishes a
// standard deviation. Takes hostile input. Fails with kPermissionDenied "opening.refused" and rule
// REL-SUMS.
Result<std::vector<SumToOpen>> ReadSums(const agreements::Output& output,
                                        const agreements::AnswerTables& tables,
                                        const v1::ReleaseProposal& proposed);

// The ciphertexts in the order of partial decryptions: each sum followed by its squares.
std::vector<crypto::Ciphertext> CiphertextsOf(std::span<const SumToOpen> sums);

// OpenSums returns the statistics of the sums: a serialised v1::ReleaseBody with nothing else.
// `partials` are those of every party, of CiphertextsOf(sums): with one missing it fails with
// kFailedPrecondition "opening.incomplete". Fails with kPermissionDenied "opening.refused" and rule
// REL-SUM when a sum is not over as many rows as was said (nothing is found then) or out of range.
// Cost: microseconds to 30 ms a sum, see DiscreteLogTable.
Result<Bytes> OpenSums(const agreements::Agreement& agreement, const agreements::Output& output,
                       std::span<const SumToOpen> sums, std::span<const ProvenPartials> partials,
                       const crypto::DiscreteLogTable& logarithms);

}  // namespace tallystick::agents
