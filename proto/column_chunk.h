// The plaintext of a chunk: one piece of one column of a submission.
//
//   64-byte header: "TSC1", kind u8, 3 zero bytes, column u16, 2 zero bytes, count u32,
//   first_entry u64, salt 16, zeros; then, all little endian,
//   tokens:      count x 16 bytes, then count x u32 rows, sorted by (token, row)
//   categories:  count x u16 dictionary index, by row
//   pseudonyms:  count x 16 bytes, by row
//   ciphertexts: count x 130 bytes, by row (crypto/elgamal.h)
//
// A chunk's address is the SHA-256 of these bytes; the salt makes it unguessable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace tallystick {

// Token is the truncated HMAC of a match key; tokens are ordered bytewise.
using Token = std::array<std::uint8_t, 16>;
// Pseudonym tells the same person's rows in several submissions of one dataset.
using Pseudonym = std::array<std::uint8_t, 16>;
using ChunkSalt = std::array<std::uint8_t, 16>;

inline constexpr std::size_t kColumnChunkHeaderBytes = 64;
// The most entries that fit kMaxChunkPlainBytes.
inline constexpr std::uint32_t kMaxTokensPerChunk = 209'712;
inline constexpr std::uint32_t kMaxCategoriesPerChunk = 2'097'120;
inline constexpr std::uint32_t kMaxPseudonymsPerChunk = 262'140;
inline constexpr std::uint32_t kMaxCiphertextsPerChunk = 32'263;
// One ciphertext: two uncompressed points.
inline constexpr std::size_t kCiphertextBytes = 130;

enum class ColumnKind : std::uint8_t {
  kTokens = 1,
  kCategories = 2,
  kPseudonyms = 3,
  kCiphertexts = 4,
};

// MaxEntriesPerChunk returns the constant above of a kind.
std::uint32_t MaxEntriesPerChunk(ColumnKind kind);

// ColumnChunk is a decoded chunk; its spans point into the bytes it was decoded from. Only the
// spans of its own kind are set, and each of those has `count` entries.
struct ColumnChunk {
  ColumnKind kind = ColumnKind::kTokens;
  std::uint16_t column = 0;       // position of the column in the manifest, per kind
  std::uint32_t count = 0;        // entries in this chunk
  std::uint64_t first_entry = 0;  // entries of the column before this chunk
  ChunkSalt salt{};

  std::span<const Token> tokens;
  std::span<const std::uint32_t> rows;
  std::span<const std::uint16_t> categories;
  std::span<const Pseudonym> pseudonyms;
  ByteView ciphertexts;  // count x kCiphertextBytes

  // REQUIRES: kind is kCiphertexts and index below count.
  ByteView ciphertext(std::size_t index) const {
    return ciphertexts.substr(index * kCiphertextBytes, kCiphertextBytes);
  }
};

// ChunkPlace says which piece of which column a chunk is.
struct ChunkPlace {
  std::uint16_t column = 0;
  std::uint64_t first_entry = 0;
};

// EncodeTokenChunk returns a chunk of (tokens[i], rows[i]) in the order given.
// REQUIRES: equal lengths, 1 to kMaxTokensPerChunk (an empty column has no chunk). The order is the
// caller's to keep.
Bytes EncodeTokenChunk(ChunkPlace place, const ChunkSalt& salt, std::span<const Token> tokens,
                       std::span<const std::uint32_t> rows);
// REQUIRES: 1 to kMaxCategoriesPerChunk.
Bytes EncodeCategoryChunk(ChunkPlace place, const ChunkSalt& salt,
                          std::span<const std::uint16_t> categories);
// REQUIRES: 1 to kMaxPseudonymsPerChunk.
Bytes EncodePseudonymChunk(ChunkPlace place, const ChunkSalt& salt,
                           std::span<const Pseudonym> pseudonyms);
// EncodeCiphertextChunk takes ciphertexts one behind the other.
// REQUIRES: 1 to kMaxCiphertextsPerChunk whole ones.
Bytes EncodeCiphertextChunk(ChunkPlace place, const ChunkSalt& salt, ByteView ciphertexts);

// DecodeColumnChunk reads a chunk from a party that may be hostile, without copying; `plaintext`
// must outlive the result. It checks form and size, neither order nor the range of rows nor whether
// ciphertexts are points of the curve, which whoever adds them does.
// Fails with kInvalidArgument: "chunk.header", "chunk.size", "chunk.empty", "chunk.entry-range";
// with kInternal when `plaintext` is not aligned to 8 bytes ("chunk.alignment"; a Bytes of its own
// always is).
Result<ColumnChunk> DecodeColumnChunk(ByteView plaintext);

}  // namespace tallystick
