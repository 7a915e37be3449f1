#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agents/encode/encoded_rows.h"
#include "agents/submit/chunk_spool.h"
#include "base/result.h"
#include "crypto/elgamal.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agents {

inline constexpr std::uint32_t kDroppedRow = 0xFFFF'FFFF;

// ShuffledRows gives each row that stays its place in the submission: a uniformly random
// permutation, so that the order of the file does not leave the premises.
struct ShuffledRows {
  std::vector<std::uint32_t> positions;  // by index; kDroppedRow for a row that was left out
  std::uint32_t row_count = 0;           // rows that stay
};

// `dropped` has one entry for each of `rows`.
ShuffledRows Shuffle(const std::vector<bool>& dropped);

// Each of these writes one column of the submission to the spool, from chunk
// description.first_chunk() on; `column` is its position in the manifest. Any thread.

// The entries are sorted and, where the description says so, padded with random tokens.
Status WriteTokenColumn(const EncodedRows& rows, std::size_t match_key,
                        const ShuffledRows& shuffled, const v1::ColumnDescription& description,
                        std::uint16_t column, ChunkSpool& spool);
Status WriteCategoryColumn(std::span<const std::uint16_t> ordinals,
                           const v1::ColumnDescription& description, std::uint16_t column,
                           ChunkSpool& spool);
Status WritePseudonymColumn(const EncodedRows& rows, const ShuffledRows& shuffled,
                            const v1::ColumnDescription& description, std::uint16_t column,
                            ChunkSpool& spool);

// WriteMeasureChunk encrypts and writes the chunk-th chunk of a column of ciphertexts, so that
// threads can share a column; `values` is by row of the submission. Memory: three times
// kMaxChunkPlainBytes. Cost: about 0.5 s for a full chunk.
Status WriteMeasureChunk(const MeasureValues& values, const crypto::Encryptor& encryptor,
                         const v1::ColumnDescription& description, std::uint16_t column,
                         std::uint32_t chunk, ChunkSpool& spool);

// A measure's values by row of the submission.
MeasureValues MeasureByPosition(const EncodedRows& rows, std::size_t measure,
                                const ShuffledRows& shuffled);

// A category's ordinals by row of the submission.
std::vector<std::uint16_t> OrdinalsByPosition(const EncodedRows& rows, std::size_t category,
                                              const ShuffledRows& shuffled);

// The entries of a token column without padding.
std::uint64_t RealTokenCount(const EncodedRows& rows, std::size_t match_key,
                             const ShuffledRows& shuffled);

}  // namespace tallystick::agents
