// Appending to and opening the commit log on the file system below TMPDIR (default /tmp). Appends
// are bounded by the disk's fdatasync; a batch shares one.
#include <benchmark/benchmark.h>

#include <vector>

#include "storage/commit_log.h"
#include "tests/support/temporary_directory.h"

namespace tallystick::storage {
namespace {

constexpr std::size_t kPayloadBytes = 512;

std::vector<Bytes> MakeBatch(std::int64_t size) {
  return std::vector<Bytes>(static_cast<std::size_t>(size), Bytes(kPayloadBytes, 'x'));
}

void BM_CommitLogAppend(benchmark::State& state) {
  const TemporaryDirectory directory;
  const auto log = CommitLog::Open(PosixFileSystem(), directory.path() / "log", {}).value();
  const std::vector<Bytes> batch = MakeBatch(state.range(0));
  for (auto _ : state) {
    if (!log->Append(batch).ok()) state.SkipWithError("append failed");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_CommitLogAppend)->ArgName("batch")->Arg(1)->Arg(16)->UseRealTime();

// Fills a log of `records` records and opens it, which checks all of it.
void BM_CommitLogOpen(benchmark::State& state) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "log";
  {
    const auto log = CommitLog::Open(PosixFileSystem(), path, {}).value();
    const std::vector<Bytes> batch = MakeBatch(1000);
    while (log->next_sequence() < static_cast<std::uint64_t>(state.range(0))) {
      if (!log->Append(batch).ok()) state.SkipWithError("append failed");
    }
  }
  std::uint64_t size_bytes = 0;
  for (auto _ : state) {
    const auto log = CommitLog::Open(PosixFileSystem(), path, {});
    if (!log.ok()) {
      state.SkipWithError("open failed");
      break;
    }
    size_bytes = (*log)->size_bytes();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size_bytes));
}
BENCHMARK(BM_CommitLogOpen)
    ->ArgName("records")
    ->Arg(200000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void BM_CommitLogRead(benchmark::State& state) {
  const TemporaryDirectory directory;
  const auto log = CommitLog::Open(PosixFileSystem(), directory.path() / "log", {}).value();
  if (!log->Append(MakeBatch(10000)).ok()) state.SkipWithError("append failed");
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(log->Read(sequence));
    sequence = (sequence + 7919) % 10000;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_CommitLogRead);

}  // namespace
}  // namespace tallystick::storage

BENCHMARK_MAIN();
