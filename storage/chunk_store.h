#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/secret.h"
#include "storage/file_system.h"

namespace tallystick::storage {

// The largest plaintext a chunk may have. Submissions use 4 MiB (proto/column_chunk.h).
inline constexpr std::uint64_t kMaxChunkBytes = std::uint64_t{16} << 20;

// ChunkStore keeps bulk data in files, one for each chunk, encrypted and content-addressed:
// DIR/<space>/<address in hex>. A space is a directory of its own ([a-z0-9-]{1,64}, for instance a
// submission), so that it can be removed as a whole. The address is the SHA-256 of the plaintext;
// the caller computes it, and has usually just checked it.
//
// File: nonce 12 ‖ AES-256-GCM ciphertext ‖ tag 16, with
// AAD = lp("tallystick/v1/chunk") ‖ lp(space) ‖ address. So a flipped bit, a cut or a file put in
// another's place is kDataLoss on reading, never other data.
//
// Danger: a chunk is garbage until a log record refers to it. Put first, append the record after.
//
// Thread safety: any thread, any method; RemoveSpace not beside a Put into the same space.
class ChunkStore {
 public:
  // Opens or creates the store and removes the temporary files of interrupted Puts.
  static Result<std::unique_ptr<ChunkStore>> Open(FileSystem& files,
                                                  const std::filesystem::path& directory);

  // Stores a chunk; durable on return. One that is there and readable with `data_key` stays (a
  // repeated upload costs a read); one that is there and damaged is replaced and logged. Fails with
  //   kInvalidArgument storage.space-name, storage.chunk-too-large
  //   kConflict storage.chunk-differs  other content has this address: the caller's error
  //   kExhausted storage.disk-full     nothing stored
  // Cost: two syncs, about 8 ms.
  Status Put(std::string_view space, const crypto::Digest& address,
             const crypto::SecretBytes<32>& data_key, ByteView plaintext);

  // Returns the plaintext. Fails with kNotFound "storage.chunk-missing" and kDataLoss
  // "storage.chunk-corrupt" (damaged, moved, or another data key).
  Result<Bytes> Get(std::string_view space, const crypto::Digest& address,
                    const crypto::SecretBytes<32>& data_key) const;

  bool Has(std::string_view space, const crypto::Digest& address) const;

  // Removes all chunks of a space; missing is fine. This frees disk space; it erases nothing for
  // good: that is DataKeys::Destroy.
  Status RemoveSpace(std::string_view space);

  // Sorted.
  Result<std::vector<std::string>> Spaces() const;
  // Sorted; empty when there is no such space.
  Result<std::vector<crypto::Digest>> List(std::string_view space) const;

  // Copies all chunks, still encrypted, into the existing, empty `directory`, and syncs them.
  // Chunks that come or go meanwhile may or may not be copied. Returns how many were.
  Result<std::uint64_t> CopyTo(FileSystem& to_files, const std::filesystem::path& directory) const;

 private:
  ChunkStore(FileSystem& files, std::filesystem::path directory);

  Status RemoveTemporaryFiles();
  Status MakeSpace(std::string_view space);
  Status Write(std::string_view space, const crypto::Digest& address, ByteView sealed);
  std::filesystem::path PathOf(std::string_view space) const;
  std::filesystem::path PathOf(std::string_view space, const crypto::Digest& address) const;

  FileSystem& files_;
  const std::filesystem::path directory_;
  std::atomic<std::uint64_t> next_temporary_{0};
  std::mutex mutex_;
  std::set<std::string, std::less<>> durable_spaces_;  // directories known to be; under mutex_
};

}  // namespace tallystick::storage
