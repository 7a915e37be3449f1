// A submission: lp(manifest) and then a chunk. What decodes encodes to the same bytes; a manifest
// that passes is consistent enough to place a chunk in.
#include "base/check.h"
#include "matcher/registry/submissions.h"
#include "proto/codec.h"
#include "proto/column_chunk.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/agreement_text.h"

namespace tallystick {
namespace {

Bytes Encoded(const ColumnChunk& chunk) {
  const ChunkPlace place{chunk.column, chunk.first_entry};
  switch (chunk.kind) {
    case ColumnKind::kTokens:
      return EncodeTokenChunk(place, chunk.salt, chunk.tokens, chunk.rows);
    case ColumnKind::kCategories:
      return EncodeCategoryChunk(place, chunk.salt, chunk.categories);
    case ColumnKind::kPseudonyms:
      return EncodePseudonymChunk(place, chunk.salt, chunk.pseudonyms);
    case ColumnKind::kCiphertexts:
      return EncodeCiphertextChunk(place, chunk.salt, chunk.ciphertexts);
  }
  return {};
}

// Whether the manifest passes; if so, its columns must cover its chunks exactly once.
bool TryManifest(const v1::Manifest& manifest) {
  static const auto* const agreement = new agreements::Agreement(agreements::TestAgreement());
  const auto again = Parse<v1::Manifest>(Serialise(manifest), kMaxManifestBytes);
  TS_CHECK(!again.ok() || Serialise(*again) == Serialise(manifest));
  const Status status = matcher::CheckManifest(manifest, *agreement);
  TS_CHECK(status.ok() || status.error().code() == Code::kInvalidArgument);
  if (!status.ok()) return false;
  std::uint64_t covered = 0;
  for (const v1::ColumnDescription& column : manifest.columns()) {
    TS_CHECK(column.first_chunk() == covered);
    covered += column.chunk_count();
  }
  TS_CHECK(covered == static_cast<std::uint64_t>(manifest.chunks_size()));
  return true;
}

}  // namespace

bool FuzzOne(ByteView input) {
  if (input.size() < 4) return false;
  const ByteView manifest_bytes = input.substr(4, ReadU32(input, 0));
  // A copy, because a chunk is aligned in memory.
  const Bytes chunk_bytes(input.substr(4 + manifest_bytes.size()));
  const auto manifest = Parse<v1::Manifest>(manifest_bytes, kMaxManifestBytes);
  const auto chunk = DecodeColumnChunk(chunk_bytes);
  if (chunk.ok()) TS_CHECK(Encoded(*chunk) == chunk_bytes);
  if (!manifest.ok() || !TryManifest(*manifest)) return false;
  if (!chunk.ok()) return false;
  bool placed = false;
  for (int i = 0; i <= manifest->chunks_size(); ++i) {
    const auto index = static_cast<std::uint32_t>(i);
    const bool here = matcher::CheckChunk(*manifest, index, *chunk).ok();
    TS_CHECK(!here || (!placed && i < manifest->chunks_size()));
    placed = placed || here;
  }
  return placed;
}

}  // namespace tallystick
