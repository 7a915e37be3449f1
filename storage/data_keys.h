#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/secret.h"
#include "storage/file_system.h"

namespace tallystick::storage {

// DataKeys is the key store: one random 256-bit data key for each id, all of them sealed under a
// key-encryption key (KEK). It lives apart from log and chunks and is never part of a backup of
// those, so that destroying a data key here erases the data in every copy. (protocol.md, 5)
//
// Files: generation N is "<N>.kek" (32 bytes) and "<N>.keys" (AES-256-GCM under the KEK, AAD =
// lp("tallystick/v1/data-keys") ‖ N); CURRENT names N and is switched by a rename. Destroy makes a
// new generation of the survivors, switches, then overwrites and removes the old KEK; opening
// finishes what was interrupted.
//
// Limit: overwriting reaches the old place on the disk only where the file system writes in place
// (ext4, xfs); on copy-on-write file systems and inside flash the old KEK may stay until reused.
//
// Thread safety: any thread, any method.
class DataKeys {
 public:
  // Opens or creates the key store. Fails with kDataLoss "storage.keys-corrupt".
  static Result<std::unique_ptr<DataKeys>> Open(FileSystem& files,
                                                const std::filesystem::path& directory);
  static Result<std::unique_ptr<DataKeys>> Open(const std::filesystem::path& directory);

  // Makes a data key for `id` (1 to 200 bytes); durable on return; present is fine.
  // Cost: two syncs; rewrites the generation's file, about 100 bytes an id.
  Status Create(std::string_view id);

  // Fails with kNotFound "storage.key-missing".
  Result<crypto::SecretBytes<32>> Get(std::string_view id) const;
  bool Has(std::string_view id) const;
  std::vector<std::string> Ids() const;  // sorted

  // Destroys the data keys of `ids`; unknown ids are fine. When it returns Ok the old KEK is
  // overwritten and gone. After an error other than storage.disk-full it is unknown which
  // generation is current: every later call fails until the store is opened again.
  Status Destroy(std::span<const std::string> ids);

  // The number of the current generation, from 1.
  std::uint64_t generation() const;

 private:
  using Table = std::map<std::string, crypto::SecretBytes<32>, std::less<>>;

  DataKeys(FileSystem& files, std::filesystem::path directory);

  Status Load();
  Status StartFresh();
  Status RemoveOtherGenerations();
  Status WriteGeneration(std::uint64_t generation, const crypto::SecretBytes<32>& kek,
                         const Table& table);
  Status WriteTable(std::uint64_t generation, const crypto::SecretBytes<32>& kek,
                    const Table& table);
  Status EraseGeneration(std::uint64_t generation);

  FileSystem& files_;
  const std::filesystem::path directory_;
  mutable std::mutex mutex_;
  std::uint64_t generation_ = 0;
  std::optional<crypto::SecretBytes<32>> kek_;
  Table table_;
  std::optional<Error> poison_;
};

}  // namespace tallystick::storage
