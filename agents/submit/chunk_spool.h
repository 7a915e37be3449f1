#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::agents {

// ChunkAad binds a sealed chunk to its place: submission id ‖ chunk index, big endian.
Bytes ChunkAad(ByteView submission_id, std::uint32_t index);

// ChunkSpool is a directory of chunks sealed to the matcher, each in a file named by its index,
// where they wait to be sent. It removes them again unless Finish() was called.
//
// Thread safety: Write() from any thread for different indices.
class ChunkSpool {
 public:
  // Makes `directory`/chunks, mode 0700, and empties it.
  static Result<ChunkSpool> Create(std::filesystem::path directory, Bytes submission_id,
                                   crypto::SealingPublicKey matcher_key, std::uint32_t chunk_count);
  ChunkSpool(ChunkSpool&& other) noexcept;
  ~ChunkSpool();

  // Seals and writes a chunk. Cost: hashing, sealing and copying, about 6 ms for 4 MiB.
  Status Write(std::uint32_t index, ByteView plaintext);

  // Makes all chunks durable and lists them in `manifest` with their root. Returns the bytes
  // written. Fails with kExhausted "submission.too-large" when the manifest becomes larger than
  // kMaxManifestBytes. REQUIRES: every index was written.
  Result<std::uint64_t> Finish(v1::Manifest& manifest);

 private:
  ChunkSpool(std::filesystem::path chunks, Bytes submission_id,
             crypto::SealingPublicKey matcher_key, std::uint32_t chunk_count)
      : chunks_(std::move(chunks)),
        submission_id_(std::move(submission_id)),
        matcher_key_(std::move(matcher_key)),
        written_(chunk_count) {}

  struct Written {
    crypto::Digest address;
    std::uint32_t sealed_bytes = 0;
  };

  std::filesystem::path chunks_;  // empty: nothing to remove
  Bytes submission_id_;
  crypto::SealingPublicKey matcher_key_;
  std::vector<Written> written_;
};

}  // namespace tallystick::agents
