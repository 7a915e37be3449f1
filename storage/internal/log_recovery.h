#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "storage/file_system.h"
#include "storage/internal/log_format.h"

namespace tallystick::storage {

// LogSegment is what is known in memory of one segment file.
struct LogSegment {
  std::uint64_t first_sequence = 0;
  std::vector<std::uint64_t> offsets;  // of its records
  std::uint64_t size_bytes = 0;        // of its whole batches

  std::uint64_t end_sequence() const { return first_sequence + offsets.size(); }
};

struct RecoveredLog {
  std::vector<LogSegment> segments;
  std::uint64_t next_sequence = 0;
  crypto::Digest head;
  std::uint64_t last_batch_offset = 0;  // in the last segment; its size when that has no batch
  std::uint64_t torn_bytes = 0;         // behind the last segment's size_bytes
};

// SegmentName returns the name of the segment file whose first record is `first_sequence`.
std::string SegmentName(std::uint64_t first_sequence);

// LogCorrupt is the error for damage at `offset` of segment number `segment`.
Error LogCorrupt(std::size_t segment, std::uint64_t offset, std::uint64_t sequence);

// RecoverLog reads and checks all segments in `directory` and changes nothing. Fails with
// kDataLoss "storage.log-corrupt" as described at CommitLog, and with errors of reading.
Result<RecoveredLog> RecoverLog(const FileSystem& files, const std::filesystem::path& directory);

}  // namespace tallystick::storage
