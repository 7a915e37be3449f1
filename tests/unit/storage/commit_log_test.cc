#include "storage/commit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "storage/internal/log_format.h"
#include "tests/support/simulated_file_system.h"

namespace tallystick::storage {
namespace {

using ::testing::ElementsAre;

constexpr char kDirectory[] = "/log";
constexpr char kFirstSegment[] = "/log/00000000000000000000.log";

std::unique_ptr<CommitLog> MustOpen(FileSystem& files, const CommitLogOptions& options = {}) {
  auto log = CommitLog::Open(files, kDirectory, options);
  if (!log.ok()) ADD_FAILURE() << log.error().ToString();
  return log.ok() ? std::move(log).value() : nullptr;
}

void MustAppend(CommitLog& log, const std::vector<Bytes>& payloads) {
  const auto first = log.Append(payloads);
  ASSERT_TRUE(first.ok()) << first.error().ToString();
}

std::vector<Bytes> PayloadsOf(const CommitLog& log) {
  std::vector<Bytes> payloads;
  const Status status =
      log.ReadRange(0, log.next_sequence(), [&payloads](const LogRecord& record) -> Status {
        EXPECT_EQ(record.sequence, payloads.size());
        payloads.push_back(record.payload);
        return Ok();
      });
  EXPECT_TRUE(status.ok());
  return payloads;
}

std::uint64_t FieldOf(const Error& error, std::string_view key) {
  for (const Error::Field& field : error.fields()) {
    if (field.key.view() == key) return std::get<std::uint64_t>(field.value);
  }
  ADD_FAILURE() << "no field " << key << " in " << error.ToString();
  return 0;
}

TEST(CommitLog, StartsEmptyWithAHeadOfZeros) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  EXPECT_EQ(log->next_sequence(), 0U);
  EXPECT_EQ(log->head(), crypto::Digest());
  EXPECT_EQ(log->Read(0).error().id(), "storage.no-record");
}

TEST(CommitLog, ReturnsTheSequenceOfABatchsFirstRecord) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  EXPECT_EQ(log->Append(std::vector<Bytes>{"a", "b"}).value(), 0U);
  EXPECT_EQ(log->Append(std::vector<Bytes>{"c"}).value(), 2U);
  EXPECT_EQ(log->next_sequence(), 3U);
  EXPECT_EQ(log->Read(1)->payload, "b");
}

TEST(CommitLog, AnEmptyBatchWritesNothing) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  const std::uint64_t before = disk.operation_count();
  EXPECT_EQ(log->Append({}).value(), 0U);
  EXPECT_EQ(disk.operation_count(), before);
}

TEST(CommitLog, ChainsHeadsAsDocumented) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  MustAppend(*log, {"first", "second"});
  const crypto::Digest first_head = crypto::Sha256(Bytes(32, '\0') + Bytes(8, '\0') + "first");
  EXPECT_EQ(log->Read(1)->previous, first_head);
  EXPECT_EQ(log->head(), NextHead(first_head, 1, "second"));
}

TEST(CommitLog, ReadsBackEverythingAfterReopening) {
  SimulatedFileSystem disk(1);
  std::vector<Bytes> expected;
  crypto::Digest head;
  {
    const auto log = MustOpen(disk, {.segment_bytes = 300});
    for (int i = 0; i < 40; ++i) {
      std::vector<Bytes> batch;
      for (int k = 0; k <= i % 3; ++k) batch.push_back(Bytes(static_cast<std::size_t>(i * k), 'x'));
      MustAppend(*log, batch);
      expected.insert(expected.end(), batch.begin(), batch.end());
    }
    EXPECT_EQ(PayloadsOf(*log), expected);
    head = log->head();
  }
  const auto log = MustOpen(disk, {.segment_bytes = 300});
  EXPECT_EQ(log->head(), head);
  EXPECT_EQ(PayloadsOf(*log), expected);
  EXPECT_GT(disk.List(kDirectory)->size(), 3U);
}

TEST(CommitLog, KeepsBinaryAndEmptyPayloads) {
  SimulatedFileSystem disk(1);
  const Bytes binary("\0\xff\n\0", 4);
  MustAppend(*MustOpen(disk), {binary, ""});
  EXPECT_THAT(PayloadsOf(*MustOpen(disk)), ElementsAre(binary, ""));
}

TEST(CommitLog, RefusesARecordOverTheLimitAndWritesNothing) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  const auto refused = log->Append(std::vector<Bytes>{"ok", Bytes(kMaxRecordBytes + 1, 'x')});
  EXPECT_EQ(refused.error().id(), "storage.record-too-large");
  EXPECT_EQ(log->next_sequence(), 0U);
  MustAppend(*log, {Bytes(kMaxRecordBytes, 'x')});
  EXPECT_EQ(log->Read(0)->payload.size(), kMaxRecordBytes);
}

TEST(CommitLog, ReadRangeStopsAtTheVisitorsError) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  MustAppend(*log, {"a", "b", "c"});
  int seen = 0;
  const Status status = log->ReadRange(1, 99, [&seen](const LogRecord&) -> Status {
    ++seen;
    return Error(Code::kInternal, "test.stop", "stop");
  });
  EXPECT_EQ(status.error().id(), "test.stop");
  EXPECT_EQ(seen, 1);
}

// Promise P1, P2: at every operation of a run of appends the power fails; what was acknowledged is
// there, what was not is there as a whole batch or not at all, and the log goes on.
TEST(CommitLog, LosesNothingAcknowledgedAtAnyCrashPointP1P2) {
  const std::vector<std::vector<Bytes>> batches = {
      {"one"}, {"two", "three", Bytes(2000, 'q')}, {Bytes(1500, 'y')}, {"", "z"}, {"last"}};
  constexpr CommitLogOptions kSmallSegments{.segment_bytes = 1000};
  std::uint64_t operation_count = 0;
  {
    SimulatedFileSystem disk(0);
    const auto log = MustOpen(disk, kSmallSegments);
    for (const auto& batch : batches) MustAppend(*log, batch);
    operation_count = disk.operation_count();
  }
  ASSERT_GT(operation_count, 15U);
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (std::uint64_t crash = 1; crash <= operation_count; ++crash) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed << " crash " << crash);
      SimulatedFileSystem disk(seed);
      disk.FailAfter(crash);
      std::vector<Bytes> acknowledged;
      std::vector<Bytes> in_doubt;
      if (const auto log = CommitLog::Open(disk, kDirectory, kSmallSegments); log.ok()) {
        for (const auto& batch : batches) {
          if (!(*log)->Append(batch).ok()) {
            in_doubt = batch;
            break;
          }
          acknowledged.insert(acknowledged.end(), batch.begin(), batch.end());
        }
      }
      disk.PowerCut();
      const auto log = MustOpen(disk, kSmallSegments);
      ASSERT_NE(log, nullptr);
      const std::vector<Bytes> found = PayloadsOf(*log);
      if (found.size() != acknowledged.size()) {
        acknowledged.insert(acknowledged.end(), in_doubt.begin(), in_doubt.end());
      }
      ASSERT_EQ(found, acknowledged);
      MustAppend(*log, {"after"});
      disk.PowerCut();
      acknowledged.push_back("after");
      ASSERT_EQ(PayloadsOf(*MustOpen(disk, kSmallSegments)), acknowledged);
    }
  }
}

// The same, when the power fails once more while the log is being opened.
TEST(CommitLog, SurvivesACrashDuringRecovery) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SimulatedFileSystem disk(seed);
    {
      const auto log = MustOpen(disk);
      MustAppend(*log, {"one", "two"});
      disk.FailAfter(1 + seed % 2);
      ASSERT_FALSE(log->Append(std::vector<Bytes>{"three", Bytes(1500, 'x')}).ok());
    }
    disk.PowerCut();
    disk.FailAfter(1 + seed % 5);
    static_cast<void>(CommitLog::Open(disk, kDirectory, {}));
    disk.PowerCut();
    const auto log = MustOpen(disk);
    ASSERT_NE(log, nullptr);
    ASSERT_GE(log->next_sequence(), 2U);
    ASSERT_TRUE(log->next_sequence() == 2 || log->next_sequence() == 4);
    EXPECT_EQ(log->Read(1)->payload, "two");
  }
}

// What a killed process left in the kernel's cache counts as committed once a new process has read
// it, so it must be on the disk by then.
TEST(CommitLog, WhatIsReadAfterAKillSurvivesAPowerCut) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (std::uint64_t crash = 1; crash < 8; ++crash) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed << " crash " << crash);
      SimulatedFileSystem disk(seed);
      {
        const auto log = MustOpen(disk, {.segment_bytes = 60});
        disk.FailAfter(crash);
        static_cast<void>(log->Append(std::vector<Bytes>{"one", "two"}));
        static_cast<void>(log->Append(std::vector<Bytes>{Bytes(1500, 'x')}));
      }
      disk.Restart();
      std::vector<Bytes> found = PayloadsOf(*MustOpen(disk));
      disk.Restart();
      if (seed % 2 == 0) {
        MustAppend(*MustOpen(disk), {"more"});
        found.push_back("more");
      }
      disk.PowerCut();
      ASSERT_EQ(PayloadsOf(*MustOpen(disk)), found);
    }
  }
}

// The last record is a whole batch: any damage to it looks like a torn tail. Damage to any other
// record is corruption, and names its segment and offset.
TEST(CommitLog, DetectsEveryFlippedBitBeforeTheLastBatch) {
  SimulatedFileSystem disk(1);
  constexpr CommitLogOptions kSmallSegments{.segment_bytes = 200};
  {
    const auto log = MustOpen(disk, kSmallSegments);
    for (const char* payload : {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"}) {
      MustAppend(*log, {payload});
    }
  }
  const auto names = disk.List(kDirectory).value();
  ASSERT_EQ(names.size(), 2U);
  const Bytes second = disk.Contents().at("/log/" + names[1]);
  const std::uint64_t last_record = second.size() - kRecordHeaderBytes - 3;  // "eta"
  std::uint64_t detected = 0;
  for (std::size_t segment = 0; segment < names.size(); ++segment) {
    const std::string path = "/log/" + names[segment];
    const Bytes original = disk.Contents().at(path);
    for (std::uint64_t offset = 0; offset < original.size(); ++offset) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        SCOPED_TRACE(::testing::Message() << path << " offset " << offset << " bit " << bit);
        disk.FlipBit(path, offset, bit);
        const auto log = CommitLog::Open(disk, kDirectory, kSmallSegments);
        if (segment == 1 && offset >= last_record) {
          ASSERT_TRUE(log.ok());
          ASSERT_EQ((*log)->next_sequence(), 6U);
        } else {
          ASSERT_FALSE(log.ok());
          ASSERT_EQ(log.error().code(), Code::kDataLoss);
          ASSERT_EQ(log.error().id(), "storage.log-corrupt");
          ASSERT_EQ(FieldOf(log.error(), "segment"), segment);
          ASSERT_LE(FieldOf(log.error(), "offset"), offset);
          ++detected;
        }
        disk.Put(path, original);
      }
    }
  }
  EXPECT_GT(detected, 2000U);
}

TEST(CommitLog, CutsOffATornTailOfAnyLength) {
  SimulatedFileSystem disk(1);
  {
    const auto log = MustOpen(disk);
    MustAppend(*log, {"kept"});
    MustAppend(*log, {"torn", "batch"});
  }
  const Bytes whole = disk.Contents().at(kFirstSegment);
  const std::uint64_t first_size = kRecordHeaderBytes + 4;
  for (std::uint64_t size = first_size; size < whole.size(); ++size) {
    disk.Put(kFirstSegment, ByteView(whole).substr(0, static_cast<std::size_t>(size)));
    const auto facts = CheckLog(disk, kDirectory);
    ASSERT_TRUE(facts.ok());
    EXPECT_EQ(facts->torn_bytes, size - first_size);
    const auto log = MustOpen(disk);
    ASSERT_EQ(log->next_sequence(), 1U);
    ASSERT_EQ(disk.FileSize(kFirstSegment).value(), first_size);
  }
}

TEST(CommitLog, ADroppedTailIsReplacedByTheNextRecord) {
  SimulatedFileSystem disk(1);
  MustAppend(*MustOpen(disk), {"kept"});
  MustAppend(*MustOpen(disk), {"torn"});
  disk.Cut(kFirstSegment, disk.FileSize(kFirstSegment).value() - 1);
  MustAppend(*MustOpen(disk), {"new"});
  EXPECT_THAT(PayloadsOf(*MustOpen(disk)), ElementsAre("kept", "new"));
}

// Sectors of one unsynced batch reach the disk in any order.
TEST(CommitLog, DropsALastBatchWhoseMiddleIsMissing) {
  SimulatedFileSystem disk(1);
  {
    const auto log = MustOpen(disk);
    MustAppend(*log, {"kept"});
    MustAppend(*log, {"a", Bytes(1000, 'b'), "c"});
  }
  disk.FlipBit(kFirstSegment, 400, 0);
  EXPECT_THAT(PayloadsOf(*MustOpen(disk)), ElementsAre("kept"));
}

TEST(CommitLog, DamageInABatchWithAnotherBehindItIsCorruption) {
  SimulatedFileSystem disk(1);
  {
    const auto log = MustOpen(disk);
    MustAppend(*log, {"a", Bytes(1000, 'b'), "c"});
    MustAppend(*log, {"d"});
  }
  disk.FlipBit(kFirstSegment, 400, 0);
  EXPECT_EQ(CommitLog::Open(disk, kDirectory, {}).error().id(), "storage.log-corrupt");
}

TEST(CommitLog, DetectsMissingSwappedAndTruncatedSegmentsP9) {
  constexpr CommitLogOptions kOneRecordEach{.segment_bytes = 1};
  const auto tamper =
      [&](const std::function<void(SimulatedFileSystem&, std::string, std::string)>& damage) {
        SimulatedFileSystem disk(1);
        {
          const auto log = MustOpen(disk, kOneRecordEach);
          for (const char* payload : {"a", "b", "c", "d"}) MustAppend(*log, {payload});
        }
        const auto names = disk.List(kDirectory).value();
        EXPECT_EQ(names.size(), 4U);
        damage(disk, "/log/" + names[1], "/log/" + names[2]);
        const auto log = CommitLog::Open(disk, kDirectory, kOneRecordEach);
        ASSERT_FALSE(log.ok());
        EXPECT_EQ(log.error().id(), "storage.log-corrupt");
      };
  tamper([](auto& disk, auto b, auto) { disk.Delete(b); });
  tamper([](auto& disk, auto b, auto c) { disk.Swap(b, c); });
  tamper([](auto& disk, auto b, auto) { disk.Cut(b, 20); });
  tamper([](auto& disk, auto b, auto) { disk.Cut(b, 0); });
  tamper([](auto& disk, auto, auto) { disk.Delete(kFirstSegment); });
  tamper([](auto& disk, auto b, auto) { disk.Put(b, disk.Contents().at(b) + "tail"); });
}

TEST(CommitLog, ARecordOfAnotherHistoryIsCorruption) {
  SimulatedFileSystem disk(1);
  SimulatedFileSystem other(1);
  MustAppend(*MustOpen(disk), {"a", "b"});
  MustAppend(*MustOpen(other), {"x", "b"});
  // The last record of `other` has the right sequence and a good CRC, but links to "x".
  const Bytes ours = disk.Contents().at(kFirstSegment);
  const Bytes theirs = other.Contents().at(kFirstSegment);
  const std::size_t first_size = kRecordHeaderBytes + 1;
  disk.Put(kFirstSegment, ours.substr(0, first_size) + theirs.substr(first_size));
  EXPECT_EQ(CommitLog::Open(disk, kDirectory, {}).error().id(), "storage.log-corrupt");
}

TEST(CommitLog, ReadDetectsDamageWhileOpen) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  MustAppend(*log, {"a"});
  disk.FlipBit(kFirstSegment, kRecordHeaderBytes, 3);
  EXPECT_EQ(log->Read(0).error().code(), Code::kDataLoss);
}

TEST(CommitLog, StaysUsableWhenTheDiskIsFullP8) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  MustAppend(*log, {"before"});
  for (std::uint64_t room = 0; room < kRecordHeaderBytes + 6; ++room) {
    disk.SetCapacity(log->size_bytes() + room);
    const auto full = log->Append(std::vector<Bytes>{"does not fit"});
    ASSERT_EQ(full.error().id(), "storage.disk-full");
    ASSERT_EQ(full.error().code(), Code::kExhausted);
    ASSERT_FALSE(log->poisoned());
    ASSERT_EQ(disk.FileSize(kFirstSegment).value(), log->size_bytes());
  }
  disk.SetCapacity(std::nullopt);
  MustAppend(*log, {"after"});
  EXPECT_THAT(PayloadsOf(*MustOpen(disk)), ElementsAre("before", "after"));
}

TEST(CommitLog, AFullDiskAtANewSegmentLeavesTheLogUsable) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk, {.segment_bytes = 1});
  MustAppend(*log, {"a"});
  disk.SetCapacity(log->size_bytes());
  EXPECT_EQ(log->Append(std::vector<Bytes>{"b"}).error().id(), "storage.disk-full");
  EXPECT_THAT(PayloadsOf(*MustOpen(disk)), ElementsAre("a"));
  disk.SetCapacity(std::nullopt);
  MustAppend(*log, {"c"});
  EXPECT_THAT(PayloadsOf(*MustOpen(disk)), ElementsAre("a", "c"));
}

TEST(CommitLog, RefusesToAppendBelowTheDiskFloor) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk, {.free_floor_bytes = 1000});
  disk.SetCapacity(500);
  EXPECT_EQ(log->Append(std::vector<Bytes>{"a"}).error().id(), "storage.disk-floor");
  disk.SetCapacity(5000);
  MustAppend(*log, {"a"});
}

TEST(CommitLog, TheFirstFailedSyncPoisonsItForGoodP7) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  MustAppend(*log, {"a"});
  disk.FailNextSync();
  EXPECT_EQ(log->Append(std::vector<Bytes>{"b"}).error().id(), "storage.fsync-failed");
  EXPECT_TRUE(log->poisoned());
  EXPECT_EQ(log->Append(std::vector<Bytes>{"c"}).error().id(), "storage.fsync-failed");
  EXPECT_EQ(log->next_sequence(), 1U);
  EXPECT_EQ(log->Read(0)->payload, "a");
}

TEST(CommitLog, AFailedDirectorySyncPoisonsItToo) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  disk.FailNextSync();  // of the first segment's name
  EXPECT_EQ(log->Append(std::vector<Bytes>{"a"}).error().id(), "storage.fsync-failed");
  EXPECT_TRUE(log->poisoned());
}

// After a failed fdatasync the kernel shows the pages and never writes them. What a restarted
// process reads as committed must be made so before anyone relies on it.
TEST(CommitLog, WhatAFailedSyncLeftVisibleIsDurableAfterReopening) {
  SimulatedFileSystem disk(1);
  {
    const auto log = MustOpen(disk);
    MustAppend(*log, {"a"});
    disk.FailNextSync();
    ASSERT_FALSE(log->Append(std::vector<Bytes>{"b", "c"}).ok());
  }
  ASSERT_THAT(PayloadsOf(*MustOpen(disk)), ElementsAre("a", "b", "c"));
  disk.PowerCut();
  EXPECT_THAT(PayloadsOf(*MustOpen(disk)), ElementsAre("a", "b", "c"));
}

TEST(CommitLog, CopiesUpToTheEndOfABatch) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk, {.segment_bytes = 120});
  MustAppend(*log, {"a", "b"});
  MustAppend(*log, {"c"});
  MustAppend(*log, {"d", "e"});
  ASSERT_TRUE(disk.MakeDirectory("/copy").ok());
  ASSERT_TRUE(log->CopyTo(disk, "/copy", 3).ok());
  const auto copy = CommitLog::Open(disk, "/copy", {});
  ASSERT_TRUE(copy.ok());
  EXPECT_THAT(PayloadsOf(**copy), ElementsAre("a", "b", "c"));
  EXPECT_EQ((*copy)->head(), log->Read(3)->previous);
  ASSERT_TRUE(disk.MakeDirectory("/half").ok());
  EXPECT_EQ(log->CopyTo(disk, "/half", 4).error().id(), "storage.not-a-batch-end");
}

TEST(CommitLog, CopyingFindsDamage) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk);
  MustAppend(*log, {"a"});
  MustAppend(*log, {"b"});
  disk.FlipBit(kFirstSegment, kRecordHeaderBytes, 0);
  ASSERT_TRUE(disk.MakeDirectory("/copy").ok());
  EXPECT_EQ(log->CopyTo(disk, "/copy", 2).error().id(), "storage.log-corrupt");
}

TEST(CommitLog, ReadersSeeOnlyWholeRecordsBesideAppends) {
  SimulatedFileSystem disk(1);
  const auto log = MustOpen(disk, {.segment_bytes = 2000});
  std::thread writer([&log] {
    for (int i = 0; i < 300; ++i) {
      const std::vector<Bytes> batch(3, Bytes(50, static_cast<char>('a' + i % 26)));
      EXPECT_TRUE(log->Append(batch).ok());
    }
  });
  for (std::uint64_t seen = 0; seen < 900;) {
    seen = log->next_sequence();
    EXPECT_EQ(seen % 3, 0U);
    if (seen == 0) continue;
    const auto record = log->Read(seen - 1);
    ASSERT_TRUE(record.ok());
    EXPECT_EQ(record->payload.size(), 50U);
  }
  writer.join();
}

TEST(CommitLog, IgnoresFilesThatAreNotSegments) {
  SimulatedFileSystem disk(1);
  MustAppend(*MustOpen(disk), {"a"});
  disk.Put("/log/README", "not a segment");
  disk.Put("/log/1.log", "not a segment either");
  EXPECT_THAT(PayloadsOf(*MustOpen(disk)), ElementsAre("a"));
}

}  // namespace
}  // namespace tallystick::storage
