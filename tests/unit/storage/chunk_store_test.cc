#include "storage/chunk_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/forwarding_file_system.h"
#include "tests/support/simulated_file_system.h"

namespace tallystick::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kDirectory[] = "/chunks";
constexpr char kSpace[] = "csun-2026-1";

using DataKey = crypto::SecretBytes<32>;

DataKey KeyOf(char c) { return DataKey::FromBytes(Bytes(32, c)).value(); }

std::unique_ptr<ChunkStore> MustOpen(FileSystem& files) {
  auto store = ChunkStore::Open(files, kDirectory);
  if (!store.ok()) ADD_FAILURE() << store.error().ToString();
  return store.ok() ? std::move(store).value() : nullptr;
}

crypto::Digest MustPut(ChunkStore& store, std::string_view space, ByteView plaintext) {
  const crypto::Digest address = crypto::Sha256(plaintext);
  const Status status = store.Put(space, address, KeyOf('k'), plaintext);
  EXPECT_TRUE(status.ok()) << status.error().ToString();
  return address;
}

std::string PathOf(std::string_view space, const crypto::Digest& address) {
  return std::string(kDirectory) + "/" + std::string(space) + "/" + address.hex();
}

TEST(ChunkStore, ReturnsWhatWasPut) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  const Bytes plaintext(100000, 'p');
  const auto address = MustPut(*store, kSpace, plaintext);
  EXPECT_TRUE(store->Has(kSpace, address));
  EXPECT_EQ(store->Get(kSpace, address, KeyOf('k')).value(), plaintext);
  EXPECT_EQ(MustOpen(disk)->Get(kSpace, address, KeyOf('k')).value(), plaintext);
}

TEST(ChunkStore, WritesNoPlaintext) {
  SimulatedFileSystem disk(1);
  MustPut(*MustOpen(disk), kSpace, "a needle in the chunk");
  for (const auto& [path, content] : disk.Contents()) {
    EXPECT_EQ(content.find("needle"), Bytes::npos) << path;
  }
}

TEST(ChunkStore, AMissingChunkIsNotFound) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  EXPECT_FALSE(store->Has(kSpace, crypto::Sha256("x")));
  EXPECT_EQ(store->Get(kSpace, crypto::Sha256("x"), KeyOf('k')).error().id(),
            "storage.chunk-missing");
}

TEST(ChunkStore, RefusesNamesThatAreNotSpaces) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  for (const std::string& name :
       {std::string(), std::string(".."), std::string("a/b"), std::string("A"), std::string("a.b"),
        std::string(65, 'a'), std::string("a\0b", 3)}) {
    EXPECT_EQ(store->Put(name, crypto::Sha256("x"), KeyOf('k'), "x").error().id(),
              "storage.space-name");
    EXPECT_FALSE(store->Get(name, crypto::Sha256("x"), KeyOf('k')).ok());
    EXPECT_FALSE(store->RemoveSpace(name).ok());
    EXPECT_FALSE(store->Has(name, crypto::Sha256("x")));
  }
}

TEST(ChunkStore, RefusesAChunkOverTheLimit) {
  SimulatedFileSystem disk(1);
  EXPECT_EQ(MustOpen(disk)
                ->Put(kSpace, crypto::Sha256("x"), KeyOf('k'), Bytes(kMaxChunkBytes + 1, 'x'))
                .error()
                .id(),
            "storage.chunk-too-large");
}

TEST(ChunkStore, PuttingTheSameAgainKeepsTheFile) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  const auto address = MustPut(*store, kSpace, "plaintext");
  const auto before = disk.Contents();
  MustPut(*store, kSpace, "plaintext");
  EXPECT_EQ(disk.Contents(), before);
  EXPECT_EQ(store->Put(kSpace, address, KeyOf('k'), "another").error().id(),
            "storage.chunk-differs");
}

TEST(ChunkStore, PuttingAgainReplacesADamagedChunk) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  const auto address = MustPut(*store, kSpace, "plaintext");
  disk.FlipBit(PathOf(kSpace, address), 20, 1);
  MustPut(*store, kSpace, "plaintext");
  EXPECT_EQ(store->Get(kSpace, address, KeyOf('k')).value(), "plaintext");
}

TEST(ChunkStore, DetectsEveryFlippedBitAndEveryCutP9) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  const auto address = MustPut(*store, kSpace, "twenty bytes of text");
  const std::string path = PathOf(kSpace, address);
  const Bytes original = disk.Contents().at(path);
  for (std::uint64_t offset = 0; offset < original.size(); ++offset) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      disk.FlipBit(path, offset, bit);
      ASSERT_EQ(store->Get(kSpace, address, KeyOf('k')).error().id(), "storage.chunk-corrupt");
      disk.Put(path, original);
    }
    disk.Cut(path, offset);
    ASSERT_EQ(store->Get(kSpace, address, KeyOf('k')).error().code(), Code::kDataLoss);
    disk.Put(path, original);
  }
  disk.Put(path, original + "x");
  EXPECT_EQ(store->Get(kSpace, address, KeyOf('k')).error().id(), "storage.chunk-corrupt");
}

TEST(ChunkStore, DetectsAFileOfUnreasonableSize) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  const auto address = MustPut(*store, kSpace, "x");
  disk.Put(PathOf(kSpace, address), Bytes(kMaxChunkBytes + 100, 'x'));
  EXPECT_EQ(store->Get(kSpace, address, KeyOf('k')).error().id(), "storage.chunk-corrupt");
}

TEST(ChunkStore, DetectsSwappedFilesP9) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  const auto a = MustPut(*store, kSpace, "aaa");
  const auto b = MustPut(*store, kSpace, "bbb");
  MustPut(*store, "other", "aaa");
  disk.Swap(PathOf(kSpace, a), PathOf(kSpace, b));
  EXPECT_EQ(store->Get(kSpace, a, KeyOf('k')).error().id(), "storage.chunk-corrupt");
  EXPECT_EQ(store->Get(kSpace, b, KeyOf('k')).error().id(), "storage.chunk-corrupt");
  // The same address in another space is another file too.
  disk.Put(PathOf("other", a), disk.Contents().at(PathOf(kSpace, b)));
  EXPECT_EQ(store->Get("other", a, KeyOf('k')).error().id(), "storage.chunk-corrupt");
}

TEST(ChunkStore, AnotherDataKeyOpensNothing) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  const auto address = MustPut(*store, kSpace, "aaa");
  EXPECT_EQ(store->Get(kSpace, address, KeyOf('l')).error().id(), "storage.chunk-corrupt");
}

TEST(ChunkStore, ListsAndRemovesSpaces) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  const auto a = MustPut(*store, "one", "a");
  MustPut(*store, "two", "b");
  EXPECT_THAT(store->Spaces().value(), ElementsAre("one", "two"));
  EXPECT_THAT(store->List("one").value(), ElementsAre(a));
  EXPECT_THAT(store->List("three").value(), IsEmpty());
  ASSERT_TRUE(store->RemoveSpace("one").ok());
  ASSERT_TRUE(store->RemoveSpace("one").ok());
  EXPECT_THAT(store->Spaces().value(), ElementsAre("two"));
  disk.PowerCut();
  EXPECT_THAT(MustOpen(disk)->Spaces().value(), ElementsAre("two"));
  MustPut(*MustOpen(disk), "one", "a");
}

// Removes everything a moment before it is asked to, as another thread would.
class OvertakenFileSystem final : public ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;
  Status Remove(const std::filesystem::path& path) override {
    EXPECT_TRUE(ForwardingFileSystem::Remove(path).ok());
    return ForwardingFileSystem::Remove(path);
  }

 protected:
  SyncFate BeforeSync() override { return SyncFate::kHappens; }
};

TEST(ChunkStore, RemovesASpaceThatAnotherThreadIsRemovingToo) {
  SimulatedFileSystem disk(1);
  OvertakenFileSystem overtaken(disk);
  const auto store = MustOpen(overtaken);
  MustPut(*store, "one", "a");
  MustPut(*store, "one", "b");
  const Status removed = store->RemoveSpace("one");
  EXPECT_TRUE(removed.ok()) << removed.error().ToString();
  EXPECT_THAT(store->Spaces().value(), IsEmpty());
}

// Promise P1, P2: at every operation of two puts the power fails.
TEST(ChunkStore, LosesNoAcknowledgedChunkAtAnyCrashPointP1P2) {
  std::uint64_t operation_count = 0;
  {
    SimulatedFileSystem disk(0);
    const auto store = MustOpen(disk);
    MustPut(*store, "one", "a");
    MustPut(*store, "one", Bytes(3000, 'b'));
    operation_count = disk.operation_count();
  }
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (std::uint64_t crash = 1; crash <= operation_count; ++crash) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed << " crash " << crash);
      SimulatedFileSystem disk(seed);
      disk.FailAfter(crash);
      std::vector<Bytes> acknowledged;
      if (const auto store = ChunkStore::Open(disk, kDirectory); store.ok()) {
        for (const Bytes& plaintext : {Bytes("a"), Bytes(3000, 'b')}) {
          if (!(*store)->Put("one", crypto::Sha256(plaintext), KeyOf('k'), plaintext).ok()) break;
          acknowledged.push_back(plaintext);
        }
      }
      disk.PowerCut();
      const auto store = MustOpen(disk);
      ASSERT_NE(store, nullptr);
      for (const Bytes& plaintext : acknowledged) {
        const auto found = store->Get("one", crypto::Sha256(plaintext), KeyOf('k'));
        ASSERT_TRUE(found.ok());
        ASSERT_EQ(*found, plaintext);
      }
      // Whatever has a final name is whole.
      const std::vector<crypto::Digest> listed = store->List("one").value();
      for (const crypto::Digest& address : listed) {
        ASSERT_TRUE(store->Get("one", address, KeyOf('k')).ok());
      }
      for (const auto& [path, content] : disk.Contents()) {
        ASSERT_EQ(path.find(".tmp"), std::string::npos);
      }
    }
  }
}

// A put that was killed between rename and directory sync left a file that a power cut would still
// take; the put that finds it there must not answer before it is durable.
TEST(ChunkStore, ARepeatedPutMakesAnInterruptedOneDurable) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (std::uint64_t crash = 1; crash < 8; ++crash) {
      SCOPED_TRACE(::testing::Message() << "seed " << seed << " crash " << crash);
      SimulatedFileSystem disk(seed);
      {
        const auto store = MustOpen(disk);
        disk.FailAfter(crash);
        static_cast<void>(store->Put("one", crypto::Sha256("x"), KeyOf('k'), "x"));
      }
      disk.Restart();
      const auto address = MustPut(*MustOpen(disk), "one", "x");
      disk.PowerCut();
      ASSERT_TRUE(MustOpen(disk)->Get("one", address, KeyOf('k')).ok());
    }
  }
}

TEST(ChunkStore, AFullDiskStoresNothing) {
  SimulatedFileSystem disk(1);
  const auto store = MustOpen(disk);
  disk.SetCapacity(50);
  EXPECT_EQ(store->Put(kSpace, crypto::Sha256("x"), KeyOf('k'), Bytes(100, 'x')).error().id(),
            "storage.disk-full");
  EXPECT_THAT(disk.Contents(), IsEmpty());
  MustPut(*store, kSpace, "small");
}

}  // namespace
}  // namespace tallystick::storage
