#include "storage/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "storage/file_system.h"
#include "storage/memory_view.h"
#include "storage/overlay_view.h"
#include "storage/rocksdb_view.h"
#include "tests/support/temporary_directory.h"

namespace tallystick::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Entries = std::vector<std::pair<Bytes, Bytes>>;

Entries ScanAll(const View& view, ByteView prefix = {}) {
  Entries entries;
  const Status status = view.Scan(prefix, [&entries](ByteView key, ByteView value) {
    entries.emplace_back(key, value);
    return true;
  });
  EXPECT_TRUE(status.ok());
  return entries;
}

Mutation Put(Bytes key, Bytes value) { return {.key = std::move(key), .value = std::move(value)}; }
Mutation Erase(Bytes key) { return {.key = std::move(key), .value = std::nullopt}; }

void MustApply(MutableView& view, std::uint64_t next, const std::vector<Mutation>& mutations) {
  const Status status = view.Apply(next, mutations);
  ASSERT_TRUE(status.ok()) << status.error().ToString();
}

std::unique_ptr<MutableView> MustOpen(const std::filesystem::path& path) {
  auto view = OpenRocksDbView(path, {.free_floor_bytes = 0});
  if (!view.ok()) ADD_FAILURE() << view.error().ToString();
  return view.ok() ? std::move(view).value() : nullptr;
}

enum class Kind { kMemory, kRocksDb };

// MutableViewContract holds for every implementation.
class MutableViewContract : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::kMemory) {
      view_ = std::make_unique<MemoryView>();
    } else {
      view_ = MustOpen(directory_.path() / "view");
    }
    ASSERT_NE(view_, nullptr);
  }

  TemporaryDirectory directory_;
  std::unique_ptr<MutableView> view_;
};

TEST_P(MutableViewContract, StartsEmptyWithNothingApplied) {
  EXPECT_EQ(view_->applied(), 0U);
  EXPECT_EQ(view_->Get("a").value(), std::nullopt);
  EXPECT_THAT(ScanAll(*view_), IsEmpty());
}

TEST_P(MutableViewContract, AppliesMutationsInOrder) {
  MustApply(*view_, 3, {Put("a", "1"), Put("b", "2"), Put("a", "3"), Put("c", "4"), Erase("b")});
  EXPECT_EQ(view_->applied(), 3U);
  EXPECT_THAT(ScanAll(*view_), ElementsAre(std::pair("a", "3"), std::pair("c", "4")));
}

TEST_P(MutableViewContract, ScansAPrefixInTheOrderOfUnsignedBytes) {
  MustApply(*view_, 1,
            {Put("p\xff", "4"), Put("p", "1"), Put("p\x01", "2"), Put("p\x7f", "3"), Put("o", "0"),
             Put("q", "9"), Put(Bytes("p\0", 2), "1b")});
  std::vector<Bytes> values;
  for (const auto& [key, value] : ScanAll(*view_, "p")) values.push_back(value);
  EXPECT_THAT(values, ElementsAre("1", "1b", "2", "3", "4"));
}

TEST_P(MutableViewContract, EndsAScanWhenToldTo) {
  MustApply(*view_, 1, {Put("a", "1"), Put("b", "2"), Put("c", "3")});
  int seen = 0;
  ASSERT_TRUE(view_->Scan({}, [&seen](ByteView, ByteView) { return ++seen < 2; }).ok());
  EXPECT_EQ(seen, 2);
}

TEST_P(MutableViewContract, KeepsEmptyKeysAndValues) {
  MustApply(*view_, 1, {Put("", "x"), Put("k", "")});
  EXPECT_EQ(view_->Get("").value(), "x");
  EXPECT_EQ(view_->Get("k").value(), "");
}

INSTANTIATE_TEST_SUITE_P(All, MutableViewContract,
                         ::testing::Values(Kind::kMemory, Kind::kRocksDb));

TEST(OverlayView, ShowsPendingMutationsOverTheBase) {
  MemoryView base;
  MustApply(base, 1, {Put("a", "1"), Put("b", "2"), Put("d", "4")});
  OverlayView overlay(base);
  overlay.Add(std::vector<Mutation>{Put("c", "3"), Erase("b"), Put("a", "one"), Put("e", "5")});
  EXPECT_EQ(overlay.Get("a").value(), "one");
  EXPECT_EQ(overlay.Get("b").value(), std::nullopt);
  EXPECT_EQ(overlay.Get("d").value(), "4");
  EXPECT_THAT(ScanAll(overlay), ElementsAre(std::pair("a", "one"), std::pair("c", "3"),
                                            std::pair("d", "4"), std::pair("e", "5")));
  EXPECT_EQ(base.Get("b").value(), "2");
}

TEST(OverlayView, PendingAppliedToTheBaseGivesTheSameView) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const auto mutations = [&random] {
      std::vector<Mutation> all;
      for (int i = 0; i < 12; ++i) {
        Bytes key(1 + random() % 2, static_cast<char>('a' + random() % 4));
        all.push_back(random() % 3 == 0 ? Erase(key) : Put(key, std::to_string(random() % 100)));
      }
      return all;
    };
    MemoryView base;
    MustApply(base, 1, mutations());
    OverlayView overlay(base);
    overlay.Add(mutations());
    overlay.Add(mutations());
    const Entries shown = ScanAll(overlay, "b");
    const Entries all = ScanAll(overlay);
    MustApply(base, 2, overlay.Pending());
    EXPECT_EQ(shown, ScanAll(base, "b"));
    EXPECT_EQ(all, ScanAll(base));
  }
}

TEST(OverlayView, EndsAScanWhenToldToAmongPendingAndBase) {
  MemoryView base;
  MustApply(base, 1, {Put("b", "2"), Put("d", "4")});
  OverlayView overlay(base);
  overlay.Add(std::vector<Mutation>{Put("a", "1"), Put("c", "3"), Put("e", "5")});
  for (int limit = 1; limit <= 5; ++limit) {
    int seen = 0;
    ASSERT_TRUE(overlay.Scan({}, [&](ByteView, ByteView) { return ++seen < limit; }).ok());
    EXPECT_EQ(seen, limit);
  }
}

TEST(RocksDbView, KeepsEntriesAndAppliedOverAReopening) {
  const TemporaryDirectory directory;
  MustApply(*MustOpen(directory.path() / "view"), 42, {Put("a", "1")});
  const auto view = MustOpen(directory.path() / "view");
  EXPECT_EQ(view->applied(), 42U);
  EXPECT_EQ(view->Get("a").value(), "1");
}

TEST(RocksDbView, IsReportedAsCorruptAndCanBeRemovedAndRebuilt) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "view";
  MustApply(*MustOpen(path), 1, {Put("a", "1")});
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().filename().string().starts_with("MANIFEST")) {
      std::ofstream(entry.path(), std::ios::trunc | std::ios::binary) << "garbage";
    }
  }
  const auto broken = OpenRocksDbView(path, {.free_floor_bytes = 0});
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().id(), "storage.view-corrupt");
  EXPECT_EQ(broken.error().code(), Code::kDataLoss);
  ASSERT_TRUE(RemoveRocksDbView(path).ok());
  EXPECT_EQ(MustOpen(path)->applied(), 0U);
}

TEST(RocksDbView, RefusesBelowTheDiskFloor) {
  const TemporaryDirectory directory;
  const auto refused =
      OpenRocksDbView(directory.path() / "view", {.free_floor_bytes = std::uint64_t{1} << 60});
  EXPECT_EQ(refused.error().id(), "storage.disk-floor");
}

TEST(RocksDbView, SaysThatSpaceIsShortBeforeItRefuses) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "view";
  const std::uint64_t free = PosixFileSystem().FreeBytes(directory.path()).value();
  const auto view = OpenRocksDbView(path, {.free_floor_bytes = free / 3 * 2});
  ASSERT_TRUE(view.ok());
  EXPECT_EQ((*view)->CheckSpace().error().id(), "storage.disk-floor");
  EXPECT_TRUE((*view)->Apply(1, {}).ok());
}

TEST(RocksDbView, RemovingAMissingViewIsFine) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(RemoveRocksDbView(directory.path() / "none").ok());
}

}  // namespace
}  // namespace tallystick::storage
