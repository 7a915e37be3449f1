#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "crypto/hash.h"
#include "storage/chunk_store.h"
#include "storage/commit_log.h"
#include "storage/file_system.h"

namespace tallystick::storage {

struct BackupFacts {
  std::uint64_t record_count = 0;
  crypto::Digest head;
  std::uint64_t chunk_count = 0;
};

// BackupStore copies a store that may be in use to `directory`, which must be missing or empty:
// DIR/log, DIR/chunks, and last DIR/BACKUP, without which a backup is not complete. The copy is
// consistent: it holds the records up to the moment of the call and every chunk that they refer
// to and that was not removed meanwhile. The key store is left out on purpose: a copy of it would
// outlive the destruction of keys. Without it the chunks of a backup cannot be read.
// Fails with kFailedPrecondition "storage.backup-not-empty", and with errors of reading and
// writing. Cost: reads and writes everything.
Result<BackupFacts> BackupStore(const CommitLog& log, const ChunkStore& chunks, FileSystem& files,
                                const std::filesystem::path& directory);

// CheckBackup reads DIR/BACKUP and checks the copied log against it. Fails with
// kFailedPrecondition "storage.backup-incomplete" and kDataLoss "storage.backup-differs".
Result<BackupFacts> CheckBackup(const FileSystem& files, const std::filesystem::path& directory);

}  // namespace tallystick::storage
