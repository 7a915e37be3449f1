#include "storage/fsck.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "storage/memory_view.h"

namespace tallystick::storage {
namespace {

void Note(FsckReport& report, Error error) {
  ++report.problem_count;
  if (report.problems.size() < kMaxFsckProblems) report.problems.push_back(std::move(error));
}

// Reads each record by itself, so that one bad record does not hide the next.
void CheckRecords(const CommitLog& log, FsckReport& report) {
  const std::uint64_t count = log.next_sequence();
  std::optional<crypto::Digest> head = crypto::Digest();
  for (std::uint64_t sequence = 0; sequence < count; ++sequence) {
    auto record = log.Read(sequence);
    if (!record.ok()) {
      Note(report, std::move(record).error());
      head.reset();
      continue;
    }
    if (head && *head != record->previous) {
      Note(report, Error(Code::kDataLoss, "storage.log-corrupt", "two records do not link")
                       .With("sequence", sequence));
    }
    head = NextHead(record->previous, sequence, record->payload);
    ++report.record_count;
  }
}

Status Replay(const CommitLog& log, std::uint64_t up_to, const DecodeRecord& decode,
              MemoryView& view) {
  return log.ReadRange(0, up_to, [&](const LogRecord& record) -> Status {
    TS_ASSIGN_OR_RETURN(const std::vector<Mutation> mutations, decode(record, view));
    return view.Apply(record.sequence + 1, mutations);
  });
}

// Counts the keys that only one of the two has, or that have another value there.
Result<std::uint64_t> CountDifferences(const View& view, const View& rebuilt) {
  std::uint64_t differing = 0;
  std::uint64_t shared = 0;
  std::optional<Error> failure;
  TS_RETURN_IF_ERROR(view.Scan({}, [&](ByteView key, ByteView value) {
    const auto expected = rebuilt.Get(key);
    if (!expected.ok()) {
      failure = expected.error();
      return false;
    }
    if (*expected) ++shared;
    if (!*expected || **expected != value) ++differing;
    return true;
  }));
  if (failure) return *failure;
  std::uint64_t rebuilt_count = 0;
  TS_RETURN_IF_ERROR(rebuilt.Scan({}, [&](ByteView, ByteView) {
    ++rebuilt_count;
    return true;
  }));
  return differing + (rebuilt_count - shared);
}

void CheckView(const CommitLog& log, const MutableView& view, const DecodeRecord& decode,
               FsckReport& report) {
  const std::uint64_t next_sequence = log.next_sequence();
  const std::uint64_t applied = view.applied();
  if (applied > next_sequence) {
    Note(report,
         Error(Code::kDataLoss, "storage.rollback", "the view knows records that the log lacks")
             .With("applied", applied)
             .With("next_sequence", next_sequence));
    return;
  }
  report.view_lag_count = next_sequence - applied;
  if (!decode) return;
  MemoryView rebuilt;
  if (Status status = Replay(log, applied, decode, rebuilt); !status.ok()) {
    Note(report, std::move(status).error());
    return;
  }
  auto differing = CountDifferences(view, rebuilt);
  if (!differing.ok()) {
    Note(report, std::move(differing).error());
  } else if (*differing > 0) {
    Note(report, Error(Code::kDataLoss, "storage.view-differs",
                       "the view is not what the log adds up to; it can be rebuilt")
                     .With("differing_entries", *differing));
  }
}

using ReferencedChunks = std::map<std::string, std::set<crypto::Digest>, std::less<>>;

void CheckChunk(const ChunkReference& chunk, const ChunkStore& chunks, const DataKeys& keys,
                FsckReport& report) {
  const auto data_key = keys.Get(chunk.key_id);
  if (!data_key.ok()) {
    Note(report, data_key.error());
    return;
  }
  auto plaintext = chunks.Get(chunk.space, chunk.address, *data_key);
  if (!plaintext.ok()) {
    Note(report, std::move(plaintext).error());
    return;
  }
  crypto::Wipe(*plaintext);
  ++report.chunk_count;
}

Status CountUnreferenced(const ChunkStore& chunks, const ReferencedChunks& referenced,
                         FsckReport& report) {
  TS_ASSIGN_OR_RETURN(const std::vector<std::string> spaces, chunks.Spaces());
  for (const std::string& space : spaces) {
    TS_ASSIGN_OR_RETURN(const std::vector<crypto::Digest> addresses, chunks.List(space));
    const auto known = referenced.find(space);
    report.unreferenced_chunk_count += static_cast<std::uint64_t>(
        std::count_if(addresses.begin(), addresses.end(), [&](const crypto::Digest& address) {
          return known == referenced.end() || !known->second.contains(address);
        }));
  }
  return Ok();
}

void CheckChunks(const ChunkStore& chunks, const DataKeys& keys, const FsckOptions& options,
                 FsckReport& report) {
  ReferencedChunks referenced;
  Status status = options.list_chunks([&](const ChunkReference& chunk) {
    if (referenced[chunk.space].insert(chunk.address).second) {
      CheckChunk(chunk, chunks, keys, report);
    }
  });
  if (status.ok()) status = CountUnreferenced(chunks, referenced, report);
  if (!status.ok()) Note(report, std::move(status).error());
}

}  // namespace

FsckReport CheckStore(const CommitLog& log, const MutableView& view, const ChunkStore& chunks,
                      const DataKeys& keys, const FsckOptions& options) {
  FsckReport report;
  CheckRecords(log, report);
  CheckView(log, view, options.decode, report);
  if (options.list_chunks) CheckChunks(chunks, keys, options, report);
  return report;
}

}  // namespace tallystick::storage
