// What holds of a whole store: the view follows the log, fsck finds what is wrong, a backup is
// consistent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/backup.h"
#include "storage/disk_space.h"
#include "storage/fsck.h"
#include "storage/home_lock.h"
#include "storage/memory_view.h"
#include "storage/reconcile.h"
#include "storage/rocksdb_view.h"
#include "tests/support/simulated_file_system.h"
#include "tests/support/temporary_directory.h"

namespace tallystick::storage {
namespace {

using ::testing::ElementsAre;

// A record "k=v" sets a key and counts, under "count", the records before it: so what a record does
// depends on the view.
Result<std::vector<Mutation>> Decode(const LogRecord& record, const View& before) {
  const std::size_t split = record.payload.find('=');
  if (split == Bytes::npos) return Error(Code::kDataLoss, "test.record", "not a record");
  TS_ASSIGN_OR_RETURN(const auto count, before.Get("count"));
  return std::vector<Mutation>{
      {.key = record.payload.substr(0, split), .value = record.payload.substr(split + 1)},
      {.key = "count", .value = std::to_string(count ? std::stoi(*count) + 1 : 1)}};
}

std::vector<std::string> IdsOf(const FsckReport& report) {
  std::vector<std::string> ids;
  for (const Error& problem : report.problems) ids.emplace_back(problem.id());
  return ids;
}

// Store is one of everything on a simulated disk, with a memory view.
class Store {
 public:
  Store()
      : log(CommitLog::Open(disk, "/log", {}).value()),
        chunks(ChunkStore::Open(disk, "/chunks").value()),
        keys(DataKeys::Open(disk, "/keys").value()) {}

  void Append(const std::vector<Bytes>& payloads) {
    TS_CHECK(log->Append(payloads).ok());
    TS_CHECK(ReconcileView(*log, view, Decode).ok());
  }

  ChunkReference PutChunk(const std::string& space, ByteView plaintext) {
    TS_CHECK(keys->Create(space).ok());
    const crypto::Digest address = crypto::Sha256(plaintext);
    TS_CHECK(chunks->Put(space, address, keys->Get(space).value(), plaintext).ok());
    return {.space = space, .address = address, .key_id = space};
  }

  FsckReport Check(const std::vector<ChunkReference>& references = {}) const {
    return CheckStore(*log, view, *chunks, *keys,
                      {.list_chunks =
                           [&references](const auto& visit) {
                             for (const ChunkReference& reference : references) visit(reference);
                             return Ok();
                           },
                       .decode = Decode});
  }

  SimulatedFileSystem disk{1};
  MemoryView view;
  std::unique_ptr<CommitLog> log;
  std::unique_ptr<ChunkStore> chunks;
  std::unique_ptr<DataKeys> keys;
};

TEST(ReconcileView, ReplaysWhatTheViewLacks) {
  Store store;
  ASSERT_TRUE(store.log->Append(std::vector<Bytes>{"a=1", "b=2", "a=3"}).ok());
  ASSERT_TRUE(ReconcileView(*store.log, store.view, Decode).ok());
  EXPECT_EQ(store.view.applied(), 3U);
  EXPECT_EQ(store.view.Get("a").value(), "3");
  EXPECT_EQ(store.view.Get("count").value(), "3");
  ASSERT_TRUE(ReconcileView(*store.log, store.view, Decode).ok());
  EXPECT_EQ(store.view.Get("count").value(), "3");
}

TEST(ReconcileView, RefusesAViewAheadOfTheLogP10) {
  Store store;
  ASSERT_TRUE(store.view.Apply(5, {}).ok());
  const Status status = ReconcileView(*store.log, store.view, Decode);
  EXPECT_EQ(status.error().id(), "storage.rollback");
  EXPECT_EQ(status.error().code(), Code::kDataLoss);
}

TEST(ReconcileView, PassesOnADecodingError) {
  Store store;
  ASSERT_TRUE(store.log->Append(std::vector<Bytes>{"a=1", "nonsense"}).ok());
  EXPECT_EQ(ReconcileView(*store.log, store.view, Decode).error().id(), "test.record");
  EXPECT_EQ(store.view.applied(), 1U);
}

TEST(ReconcileView, RebuildsARemovedRocksDbView) {
  const TemporaryDirectory directory;
  const auto log = CommitLog::Open(PosixFileSystem(), directory.path() / "log", {}).value();
  ASSERT_TRUE(log->Append(std::vector<Bytes>{"a=1", "b=2", "c=3"}).ok());
  const auto path = directory.path() / "view";
  for (int round = 0; round < 2; ++round) {
    {
      const auto view = OpenRocksDbView(path, {.free_floor_bytes = 0}).value();
      EXPECT_EQ(view->applied(), 0U);
      ASSERT_TRUE(ReconcileView(*log, *view, Decode).ok());
      EXPECT_EQ(view->Get("count").value(), "3");
    }
    ASSERT_TRUE(RemoveRocksDbView(path).ok());
  }
}

TEST(CheckStore, FindsNothingWrongWithASoundStore) {
  Store store;
  store.Append({"a=1", "b=2"});
  const auto chunk = store.PutChunk("one", "content");
  store.PutChunk("one", "of an interrupted upload");
  const FsckReport report = store.Check({chunk});
  EXPECT_TRUE(report.ok()) << report.problems.front().ToString();
  EXPECT_EQ(report.record_count, 2U);
  EXPECT_EQ(report.chunk_count, 1U);
  EXPECT_EQ(report.unreferenced_chunk_count, 1U);
}

TEST(CheckStore, ToleratesAViewThatLags) {
  Store store;
  store.Append({"a=1"});
  ASSERT_TRUE(store.log->Append(std::vector<Bytes>{"b=2"}).ok());
  const FsckReport report = store.Check();
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.view_lag_count, 1U);
}

TEST(CheckStore, FindsARolledBackLog) {
  Store store;
  ASSERT_TRUE(store.view.Apply(3, {}).ok());
  EXPECT_THAT(IdsOf(store.Check()), ElementsAre("storage.rollback"));
}

TEST(CheckStore, FindsAViewThatIsNotWhatTheLogAddsUpTo) {
  const std::vector<std::vector<Mutation>> edits = {{{.key = "a", .value = "9"}},
                                                    {{.key = "new", .value = "1"}},
                                                    {{.key = "a", .value = std::nullopt}}};
  for (const auto& edit : edits) {
    Store store;
    store.Append({"a=1", "b=2"});
    ASSERT_TRUE(store.view.Apply(2, edit).ok());
    EXPECT_THAT(IdsOf(store.Check()), ElementsAre("storage.view-differs"));
  }
}

TEST(CheckStore, GoesOnAfterADamagedRecord) {
  Store store;
  store.Append({"a=1"});
  store.Append({"b=2"});
  store.disk.FlipBit("/log/00000000000000000000.log", 50, 0);
  const FsckReport report = store.Check();
  EXPECT_EQ(report.record_count, 1U);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.problems.front().id(), "storage.log-corrupt");
}

TEST(CheckStore, FindsChunksThatAreMissingDamagedOrWithoutKey) {
  Store store;
  const auto sound = store.PutChunk("one", "sound");
  const auto damaged = store.PutChunk("one", "damaged");
  const auto missing = store.PutChunk("one", "missing");
  const auto erased = store.PutChunk("two", "erased");
  const auto path = [](const ChunkReference& c) { return "/chunks/one/" + c.address.hex(); };
  store.disk.FlipBit(path(damaged), 15, 0);
  store.disk.Delete(path(missing));
  ASSERT_TRUE(store.keys->Destroy(std::vector<std::string>{"two"}).ok());
  const FsckReport report = store.Check({sound, damaged, missing, erased});
  EXPECT_EQ(report.chunk_count, 1U);
  EXPECT_THAT(IdsOf(report),
              ElementsAre("storage.chunk-corrupt", "storage.chunk-missing", "storage.key-missing"));
}

TEST(CheckStore, CountsProblemsBeyondThoseItKeeps) {
  Store store;
  std::vector<ChunkReference> references;
  for (std::size_t i = 0; i < kMaxFsckProblems + 5; ++i) {
    references.push_back(
        {.space = "one", .address = crypto::Sha256(std::to_string(i)), .key_id = "none"});
  }
  const FsckReport report = store.Check(references);
  EXPECT_EQ(report.problems.size(), kMaxFsckProblems);
  EXPECT_EQ(report.problem_count, kMaxFsckProblems + 5);
}

TEST(BackupStore, CopiesLogAndChunksButNoKeys) {
  Store store;
  store.Append({"a=1", "b=2"});
  const auto chunk = store.PutChunk("one", "content");
  const auto facts = BackupStore(*store.log, *store.chunks, store.disk, "/backup");
  ASSERT_TRUE(facts.ok()) << facts.error().ToString();
  EXPECT_EQ(facts->record_count, 2U);
  EXPECT_EQ(facts->head, store.log->head());
  EXPECT_EQ(facts->chunk_count, 1U);
  store.disk.PowerCut();
  EXPECT_EQ(CheckBackup(store.disk, "/backup")->head, facts->head);
  const Bytes kek = store.disk.Contents().at("/keys/1.kek");
  for (const auto& [path, content] : store.disk.Contents()) {
    if (!path.starts_with("/backup/")) continue;
    EXPECT_EQ(content.find(kek), Bytes::npos) << path;
  }
  const auto log = CommitLog::Open(store.disk, "/backup/log", {}).value();
  MemoryView view;
  ASSERT_TRUE(ReconcileView(*log, view, Decode).ok());
  EXPECT_EQ(view.Get("b").value(), "2");
  const auto chunks = ChunkStore::Open(store.disk, "/backup/chunks").value();
  const auto keys = DataKeys::Open(store.disk, "/keys").value();
  EXPECT_EQ(chunks->Get("one", chunk.address, keys->Get("one").value()).value(), "content");
}

TEST(BackupStore, ABackupHoldsNothingReadableAfterDestruction) {
  Store store;
  const auto chunk = store.PutChunk("one", "content");
  ASSERT_TRUE(BackupStore(*store.log, *store.chunks, store.disk, "/backup").ok());
  ASSERT_TRUE(store.keys->Destroy(std::vector<std::string>{"one"}).ok());
  EXPECT_EQ(store.keys->Get("one").error().id(), "storage.key-missing");
  EXPECT_TRUE(store.disk.Exists("/backup/chunks/one/" + chunk.address.hex()));
}

TEST(BackupStore, RefusesADirectoryInUse) {
  Store store;
  store.Append({"a=1"});
  EXPECT_EQ(BackupStore(*store.log, *store.chunks, store.disk, "/log").error().id(),
            "storage.backup-not-empty");
}

TEST(BackupStore, ABackupIsCompleteOrSaysThatItIsNot) {
  std::uint64_t operation_count = 0;
  for (std::uint64_t crash = 0; crash <= operation_count; ++crash) {
    Store store;
    store.Append({"a=1"});
    store.PutChunk("one", "content");
    const std::uint64_t before = store.disk.operation_count();
    if (crash > 0) store.disk.FailAfter(crash);
    const bool done = BackupStore(*store.log, *store.chunks, store.disk, "/backup").ok();
    if (crash == 0) {
      operation_count = store.disk.operation_count() - before;
      continue;
    }
    EXPECT_FALSE(done);
    store.disk.PowerCut();
    const auto facts = CheckBackup(store.disk, "/backup");
    if (facts.ok()) {
      EXPECT_EQ(facts->head, NextHead(crypto::Digest(), 0, "a=1"));
    } else {
      EXPECT_EQ(facts.error().id(), "storage.backup-incomplete");
    }
  }
}

TEST(CheckBackup, FindsACutOrDamagedCopy) {
  Store store;
  store.Append({"a=1"});
  store.Append({"b=2"});
  ASSERT_TRUE(BackupStore(*store.log, *store.chunks, store.disk, "/backup").ok());
  const std::string segment = "/backup/log/00000000000000000000.log";
  const Bytes original = store.disk.Contents().at(segment);
  store.disk.Cut(segment, original.size() / 2);
  EXPECT_EQ(CheckBackup(store.disk, "/backup").error().id(), "storage.backup-differs");
  store.disk.Put(segment, original);
  store.disk.FlipBit(segment, 50, 0);
  EXPECT_EQ(CheckBackup(store.disk, "/backup").error().id(), "storage.log-corrupt");
}

TEST(HomeLock, IsHeldByOneAtATime) {
  const TemporaryDirectory directory;
  {
    auto lock = HomeLock::Acquire(directory.path());
    ASSERT_TRUE(lock.ok());
    EXPECT_EQ(HomeLock::Acquire(directory.path()).error().id(), "storage.home-locked");
    const HomeLock moved = std::move(lock).value();
    EXPECT_FALSE(HomeLock::Acquire(directory.path()).ok());
  }
  EXPECT_TRUE(HomeLock::Acquire(directory.path()).ok());
}

TEST(HomeLock, FailsWithoutAHome) {
  EXPECT_EQ(HomeLock::Acquire("/nonexistent/home").error().id(), "storage.io");
}

TEST(DiskSpace, RefusesBelowTheFloor) {
  SimulatedFileSystem disk(1);
  disk.SetCapacity(1000);
  EXPECT_TRUE(CheckDiskFloor(disk, "/", 1000).ok());
  EXPECT_EQ(CheckDiskFloor(disk, "/", 1001).error().id(), "storage.disk-floor");
  EXPECT_TRUE(CheckDiskFloor(PosixFileSystem(), "/", 0).ok());
  EXPECT_FALSE(CheckDiskFloor(PosixFileSystem(), "/", std::uint64_t{1} << 60).ok());
}

}  // namespace
}  // namespace tallystick::storage
