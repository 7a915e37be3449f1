// The commit log never crashes on any bytes, and never shows records that were not written: what it
// opens is the beginning of what was appended, up to the end of a batch.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"
#include "storage/commit_log.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/simulated_file_system.h"

namespace tallystick {
namespace {

using storage::CheckLog;
using storage::CommitLog;
using storage::CommitLogOptions;
using storage::LogRecord;
using storage::SimulatedFileSystem;

constexpr char kDirectory[] = "/log";
constexpr char kSegment[] = "/log/00000000000000000000.log";

const std::vector<std::vector<Bytes>>& Batches() {
  static const auto* const batches = new std::vector<std::vector<Bytes>>{
      {"first"}, {"second", "", Bytes(700, 'x')}, {"third"}, {Bytes(40, '\0'), "last"}};
  return *batches;
}

// Takes four bytes of input for each edit of the segment.
Bytes Edit(Bytes segment, ByteView edits) {
  for (; edits.size() >= 4 && !segment.empty(); edits.remove_prefix(4)) {
    const auto byte = [&edits](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(edits[i]));
    };
    const std::size_t at = (byte(1) << 8 | byte(2)) % segment.size();
    switch (byte(0) % 5) {
      case 0:
        segment[at] = edits[3];
        break;
      case 1:
        segment.resize(at);
        break;
      case 2:
        segment.insert(at, byte(3) % 64, edits[3]);
        break;
      case 3:
        segment.erase(at, byte(3));
        break;
      case 4:
        segment.insert(at, segment.substr(0, byte(3)));
        break;
    }
  }
  return segment;
}

// Opens whatever is on the disk; if that works, the log must take a record and show it again.
std::vector<Bytes> OpenAndAppend(SimulatedFileSystem& disk) {
  std::vector<Bytes> payloads;
  const bool readable = CheckLog(disk, kDirectory).ok();
  const auto log = CommitLog::Open(disk, kDirectory, CommitLogOptions());
  TS_CHECK(log.ok() == readable);
  if (!log.ok()) {
    TS_CHECK(log.error().code() == Code::kDataLoss);
    return payloads;
  }
  const Status status =
      (*log)->ReadRange(0, UINT64_MAX, [&payloads](const LogRecord& record) -> Status {
        payloads.push_back(record.payload);
        return Ok();
      });
  TS_CHECK(status.ok());
  TS_CHECK((*log)->Append(std::vector<Bytes>{"more"}).ok());
  disk.PowerCut();
  const auto again = CommitLog::Open(disk, kDirectory, CommitLogOptions());
  TS_CHECK(again.ok());
  TS_CHECK((*again)->next_sequence() == payloads.size() + 1);
  return payloads;
}

void CheckIsBeginning(const std::vector<Bytes>& payloads) {
  std::vector<Bytes> expected;
  for (std::size_t i = 0; expected.size() < payloads.size(); ++i) {
    TS_CHECK(i < Batches().size());
    expected.insert(expected.end(), Batches()[i].begin(), Batches()[i].end());
  }
  TS_CHECK(payloads == expected);
}

}  // namespace

bool FuzzOne(ByteView input) {
  if (input.empty()) return false;
  const bool edits = input.front() % 2 != 0;
  input.remove_prefix(1);
  SimulatedFileSystem disk(1);
  {
    const auto log = CommitLog::Open(disk, kDirectory, CommitLogOptions());
    TS_CHECK(log.ok());
    for (const auto& batch : Batches()) TS_CHECK((*log)->Append(batch).ok());
  }
  if (!edits) {
    disk.Put(kSegment, input);
    return !OpenAndAppend(disk).empty();
  }
  disk.Put(kSegment, Edit(disk.Contents().at(kSegment), input));
  const std::vector<Bytes> payloads = OpenAndAppend(disk);
  CheckIsBeginning(payloads);
  return !payloads.empty();
}

}  // namespace tallystick
