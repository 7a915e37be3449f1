#include "storage/data_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "crypto/aead.h"
#include "tests/support/simulated_file_system.h"
#include "tests/support/temporary_directory.h"

namespace tallystick::storage {
namespace {

using ::testing::ElementsAre;

constexpr char kDirectory[] = "/keys";

std::unique_ptr<DataKeys> MustOpen(FileSystem& files) {
  auto keys = DataKeys::Open(files, kDirectory);
  if (!keys.ok()) ADD_FAILURE() << keys.error().ToString();
  return keys.ok() ? std::move(keys).value() : nullptr;
}

void MustCreate(DataKeys& keys, std::string_view id) {
  const Status status = keys.Create(id);
  ASSERT_TRUE(status.ok()) << status.error().ToString();
}

Bytes BytesOf(const DataKeys& keys, std::string_view id) {
  const auto key = keys.Get(id);
  if (!key.ok()) return Bytes();
  return key->Expose([](ByteView bytes) { return Bytes(bytes); });
}

TEST(DataKeys, MakesADifferentKeyForEachIdAndKeepsIt) {
  SimulatedFileSystem disk(1);
  Bytes a;
  {
    const auto keys = MustOpen(disk);
    MustCreate(*keys, "a");
    MustCreate(*keys, "b");
    a = BytesOf(*keys, "a");
    EXPECT_EQ(a.size(), 32U);
    EXPECT_NE(a, BytesOf(*keys, "b"));
    MustCreate(*keys, "a");
    EXPECT_EQ(BytesOf(*keys, "a"), a);
  }
  const auto keys = MustOpen(disk);
  EXPECT_EQ(BytesOf(*keys, "a"), a);
  EXPECT_THAT(keys->Ids(), ElementsAre("a", "b"));
  EXPECT_EQ(keys->Get("c").error().id(), "storage.key-missing");
}

TEST(DataKeys, RefusesIdsThatAreEmptyOrTooLong) {
  SimulatedFileSystem disk(1);
  const auto keys = MustOpen(disk);
  EXPECT_EQ(keys->Create("").error().id(), "storage.key-id");
  EXPECT_EQ(keys->Create(Bytes(201, 'a')).error().id(), "storage.key-id");
  MustCreate(*keys, Bytes(200, 'a'));
}

TEST(DataKeys, WritesNoDataKeyInTheClear) {
  SimulatedFileSystem disk(1);
  const auto keys = MustOpen(disk);
  MustCreate(*keys, "a");
  const Bytes key = BytesOf(*keys, "a");
  for (const auto& [path, content] : disk.Contents()) {
    EXPECT_EQ(content.find(key), Bytes::npos) << path;
  }
}

// Promise P28.
TEST(DataKeys, DestroyLeavesNoWayToTheKeyAndKeepsTheSurvivorsP28) {
  SimulatedFileSystem disk(1);
  const auto keys = MustOpen(disk);
  for (const char* id : {"a", "b", "c"}) MustCreate(*keys, id);
  const Bytes b = BytesOf(*keys, "b");
  const auto before = disk.Contents();
  const Bytes old_kek = before.at("/keys/1.kek");
  const Bytes old_table = before.at("/keys/1.keys");
  const std::vector<std::string> doomed = {"a", "c", "unknown"};
  ASSERT_TRUE(keys->Destroy(doomed).ok());

  EXPECT_EQ(keys->generation(), 2U);
  EXPECT_EQ(keys->Get("a").error().id(), "storage.key-missing");
  EXPECT_EQ(BytesOf(*keys, "b"), b);
  const auto after = disk.Contents();
  EXPECT_EQ(after.size(), 3U);
  for (const auto& [path, content] : after) EXPECT_EQ(content.find(old_kek), Bytes::npos) << path;
  // Even with a copy of the old table, the new key-encryption key opens nothing of it.
  Bytes aad;
  AppendLp(aad, "tallystick/v1/data-keys");
  AppendU64(aad, 1);
  const auto open_with = [&](const Bytes& kek) {
    return crypto::Aes256Gcm(crypto::SecretBytes<32>::FromBytes(kek).value())
        .OpenRandomNonce(aad, old_table)
        .ok();
  };
  EXPECT_TRUE(open_with(old_kek));  // the control: so it is not the test that is wrong
  EXPECT_FALSE(open_with(after.at("/keys/2.kek")));

  const auto reopened = MustOpen(disk);
  EXPECT_THAT(reopened->Ids(), ElementsAre("b"));
  EXPECT_EQ(BytesOf(*reopened, "b"), b);
}

TEST(DataKeys, OverwritesTheOldKeyEncryptionKeyBeforeRemovingItAndAfterTheSwitch) {
  bool seen_overwritten = false;
  for (std::uint64_t crash = 1; crash < 100; ++crash) {
    SimulatedFileSystem disk(crash);
    const auto keys = MustOpen(disk);
    MustCreate(*keys, "a");
    const Bytes old_kek = disk.Contents().at("/keys/1.kek");
    disk.FailAfter(crash);
    if (keys->Destroy(std::vector<std::string>{"a"}).ok()) break;
    const auto contents = disk.Contents();
    const auto found = contents.find("/keys/1.kek");
    if (found == contents.end()) {
      EXPECT_TRUE(seen_overwritten);
    } else if (found->second != old_kek) {
      EXPECT_EQ(found->second.size(), old_kek.size());
      EXPECT_EQ(contents.at("/keys/CURRENT"), "2");
      seen_overwritten = true;
    }
  }
  EXPECT_TRUE(seen_overwritten);
}

TEST(DataKeys, DestroyingWhatIsNotThereChangesNothing) {
  SimulatedFileSystem disk(1);
  const auto keys = MustOpen(disk);
  MustCreate(*keys, "a");
  const auto before = disk.Contents();
  ASSERT_TRUE(keys->Destroy(std::vector<std::string>{"x"}).ok());
  EXPECT_EQ(disk.Contents(), before);
}

TEST(DataKeys, AKeyMadeAgainAfterDestructionIsAnotherKey) {
  SimulatedFileSystem disk(1);
  const auto keys = MustOpen(disk);
  MustCreate(*keys, "a");
  const Bytes first = BytesOf(*keys, "a");
  ASSERT_TRUE(keys->Destroy(std::vector<std::string>{"a"}).ok());
  MustCreate(*keys, "a");
  EXPECT_NE(BytesOf(*keys, "a"), first);
}

// Promise P1, P2, P28 at every operation of a life: an acknowledged key is there, an acknowledged
// destruction is final, one in doubt is wholly done or not at all, and after opening only one
// generation is left.
TEST(DataKeys, HoldsItsPromisesAtEveryCrashPointP1P2P28) {
  const auto live = [](DataKeys& keys, int* steps) {
    if (!keys.Create("a").ok()) return;
    *steps = 1;
    if (!keys.Create("b").ok()) return;
    *steps = 2;
    if (!keys.Destroy(std::vector<std::string>{"a"}).ok()) return;
    *steps = 3;
    if (!keys.Create("c").ok()) return;
    *steps = 4;
  };
  std::uint64_t operation_count = 0;
  {
    SimulatedFileSystem disk(0);
    const auto keys = MustOpen(disk);
    int steps = 0;
    live(*keys, &steps);
    ASSERT_EQ(steps, 4);
    operation_count = disk.operation_count();
  }
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    for (std::uint64_t crash = 1; crash <= operation_count; ++crash) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed << " crash " << crash);
      SimulatedFileSystem disk(seed);
      disk.FailAfter(crash);
      int steps = 0;
      Bytes a;
      Bytes b;
      if (const auto keys = DataKeys::Open(disk, kDirectory); keys.ok()) {
        live(**keys, &steps);
        a = BytesOf(**keys, "a");
        b = BytesOf(**keys, "b");
      }
      disk.PowerCut();
      const auto keys = MustOpen(disk);
      ASSERT_NE(keys, nullptr);
      if (steps >= 1 && steps < 2) {
        ASSERT_TRUE(keys->Has("a"));
      }
      if (steps >= 2) {
        ASSERT_TRUE(keys->Has("b"));
      }
      if (steps >= 2 && !b.empty()) {
        ASSERT_EQ(BytesOf(*keys, "b"), b);
      }
      if (steps >= 3) {
        ASSERT_FALSE(keys->Has("a"));
      }
      if (steps >= 4) {
        ASSERT_TRUE(keys->Has("c"));
      }
      ASSERT_EQ(disk.List(kDirectory)->size(), 3U);
      MustCreate(*keys, "later");
      disk.PowerCut();
      ASSERT_TRUE(MustOpen(disk)->Has("later"));
    }
  }
}

// What a killed process left in the kernel's cache may be what opening relies on; so opening makes
// it durable before it erases the generation that the disk may still call current.
TEST(DataKeys, SurvivesAPowerCutWhileRecoveringFromAKill) {
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    for (std::uint64_t crash = 1; crash < 25; ++crash) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed << " crash " << crash);
      SimulatedFileSystem disk(seed);
      Bytes b;
      {
        const auto keys = MustOpen(disk);
        MustCreate(*keys, "a");
        MustCreate(*keys, "b");
        b = BytesOf(*keys, "b");
        disk.FailAfter(crash);
        static_cast<void>(keys->Destroy(std::vector<std::string>{"a"}));
      }
      disk.Restart();
      disk.FailAfter(1 + seed % 8);
      static_cast<void>(DataKeys::Open(disk, kDirectory));
      disk.PowerCut();
      const auto keys = MustOpen(disk);
      ASSERT_NE(keys, nullptr);
      ASSERT_EQ(BytesOf(*keys, "b"), b);
    }
  }
}

TEST(DataKeys, FailsAfterAFailedSyncUntilReopened) {
  SimulatedFileSystem disk(1);
  const auto keys = MustOpen(disk);
  MustCreate(*keys, "a");
  disk.FailNextSync();
  EXPECT_EQ(keys->Create("b").error().id(), "storage.fsync-failed");
  EXPECT_EQ(keys->Get("a").error().id(), "storage.fsync-failed");
  EXPECT_EQ(keys->Destroy(std::vector<std::string>{"a"}).error().id(), "storage.fsync-failed");
  EXPECT_TRUE(MustOpen(disk)->Has("a"));
}

TEST(DataKeys, StaysUsableOnAFullDisk) {
  SimulatedFileSystem disk(1);
  const auto keys = MustOpen(disk);
  MustCreate(*keys, "a");
  std::uint64_t used = 0;
  for (const auto& [path, content] : disk.Contents()) used += content.size();
  for (std::uint64_t room = 0; room < 30; room += 7) {
    disk.SetCapacity(used + room);
    EXPECT_EQ(keys->Create("b").error().id(), "storage.disk-full");
    EXPECT_FALSE(keys->Has("b"));
    EXPECT_EQ(keys->Destroy(std::vector<std::string>{"a"}).error().id(), "storage.disk-full");
    EXPECT_TRUE(keys->Get("a").ok());
  }
  disk.SetCapacity(std::nullopt);
  MustCreate(*keys, "b");
  ASSERT_TRUE(keys->Destroy(std::vector<std::string>{"a"}).ok());
  EXPECT_THAT(MustOpen(disk)->Ids(), ElementsAre("b"));
}

TEST(DataKeys, DetectsEveryFlippedBitP9) {
  SimulatedFileSystem disk(1);
  MustCreate(*MustOpen(disk), "a");
  for (const auto& [path, content] : disk.Contents()) {
    for (std::uint64_t offset = 0; offset < content.size(); ++offset) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        SCOPED_TRACE(::testing::Message() << path << " offset " << offset << " bit " << bit);
        disk.FlipBit(path, offset, bit);
        const auto keys = DataKeys::Open(disk, kDirectory);
        ASSERT_FALSE(keys.ok());
        ASSERT_EQ(keys.error().id(), "storage.keys-corrupt");
        disk.Put(path, content);
      }
    }
  }
  EXPECT_TRUE(MustOpen(disk)->Has("a"));
}

TEST(DataKeys, DetectsEveryMissingFileP9) {
  for (const char* name : {"CURRENT", "1.kek", "1.keys"}) {
    SimulatedFileSystem disk(1);
    MustCreate(*MustOpen(disk), "a");
    disk.Delete(std::string("/keys/") + name);
    EXPECT_EQ(DataKeys::Open(disk, kDirectory).error().id(), "storage.keys-corrupt") << name;
  }
}

TEST(DataKeys, DoesNotStartAnewOverTheKeyEncryptionKeyOfALaterGeneration) {
  SimulatedFileSystem disk(1);
  {
    const auto keys = MustOpen(disk);
    MustCreate(*keys, "a");
    MustCreate(*keys, "b");
    ASSERT_TRUE(keys->Destroy(std::vector<std::string>{"a"}).ok());
  }
  disk.Delete("/keys/CURRENT");
  disk.Delete("/keys/2.keys");
  EXPECT_EQ(DataKeys::Open(disk, kDirectory).error().id(), "storage.keys-corrupt");
  EXPECT_TRUE(disk.Exists("/keys/2.kek"));
}

TEST(DataKeys, KeepsItsFilesPrivateOnARealDisk) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "keys";
  {
    auto keys = DataKeys::Open(path);
    ASSERT_TRUE(keys.ok());
    MustCreate(**keys, "a");
    ASSERT_TRUE((*keys)->Create("b").ok());
    ASSERT_TRUE((*keys)->Destroy(std::vector<std::string>{"a"}).ok());
  }
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    struct stat facts {};
    ASSERT_EQ(::stat(entry.path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 3);
  ASSERT_EQ(::chmod((path / "2.kek").c_str(), 0644), 0);
  EXPECT_EQ(DataKeys::Open(path).error().code(), Code::kPermissionDenied);
}

}  // namespace
}  // namespace tallystick::storage
