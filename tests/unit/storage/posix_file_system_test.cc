#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/file_system.h"
#include "tests/support/simulated_file_system.h"
#include "tests/support/temporary_directory.h"

namespace tallystick::storage {
namespace {

using ::testing::ElementsAre;

enum class Kind { kPosix, kSimulated };

// FileSystemContract holds for the real file system and for the simulated one, so that what tests
// prove on the one is true of the other.
class FileSystemContract : public ::testing::TestWithParam<Kind> {
 protected:
  FileSystemContract() {
    if (GetParam() == Kind::kPosix) {
      root_ = directory_.path();
      files_ = &PosixFileSystem();
    } else {
      root_ = "/root";
      EXPECT_TRUE(MakeDirectoryDurably(disk_, root_).ok());
      files_ = &disk_;
    }
  }

  Bytes Read(const std::filesystem::path& path) {
    auto bytes = files_->ReadFile(path, 1000);
    if (!bytes.ok()) ADD_FAILURE() << bytes.error().ToString();
    return bytes.ok() ? *bytes : Bytes();
  }

  TemporaryDirectory directory_;
  SimulatedFileSystem disk_{1};
  std::filesystem::path root_;
  FileSystem* files_ = nullptr;
};

TEST_P(FileSystemContract, AppendsOverwritesAndTruncates) {
  {
    const auto file = files_->OpenWritable(root_ / "f").value();
    ASSERT_TRUE(file->Append("hello ").ok());
    ASSERT_TRUE(file->Append("world").ok());
    ASSERT_TRUE(file->Overwrite(0, "J").ok());
    ASSERT_TRUE(file->Sync().ok());
  }
  EXPECT_EQ(Read(root_ / "f"), "Jello world");
  const auto file = files_->OpenWritable(root_ / "f").value();
  ASSERT_TRUE(file->Truncate(5).ok());
  ASSERT_TRUE(file->Append("!").ok());
  EXPECT_EQ(Read(root_ / "f"), "Jello!");
  EXPECT_EQ(files_->FileSize(root_ / "f").value(), 6U);
}

TEST_P(FileSystemContract, ReadsRangesAndLessAtTheEnd) {
  ASSERT_TRUE(files_->OpenWritable(root_ / "f").value()->Append("0123456789").ok());
  const auto reader = files_->OpenRandomAccess(root_ / "f").value();
  EXPECT_EQ(reader->Read(2, 3).value(), "234");
  EXPECT_EQ(reader->Read(8, 10).value(), "89");
  EXPECT_EQ(reader->Read(20, 1).value(), "");
}

TEST_P(FileSystemContract, NamesWhatIsMissingOrTooLarge) {
  EXPECT_EQ(files_->ReadFile(root_ / "none", 10).error().id(), "storage.file-missing");
  EXPECT_EQ(files_->OpenRandomAccess(root_ / "none").error().id(), "storage.file-missing");
  EXPECT_EQ(files_->OpenWritable(root_ / "none" / "f").error().id(), "storage.file-missing");
  EXPECT_EQ(files_->List(root_ / "none").error().id(), "storage.file-missing");
  EXPECT_EQ(files_->Remove(root_ / "none").error().id(), "storage.file-missing");
  EXPECT_EQ(files_->Rename(root_ / "none", root_ / "f").error().id(), "storage.file-missing");
  EXPECT_FALSE(files_->Exists(root_ / "none"));
  ASSERT_TRUE(files_->OpenWritable(root_ / "f").value()->Append("0123456789").ok());
  EXPECT_EQ(files_->ReadFile(root_ / "f", 9).error().id(), "storage.file-too-large");
}

TEST_P(FileSystemContract, RenamesOverWhatIsThere) {
  ASSERT_TRUE(files_->OpenWritable(root_ / "a").value()->Append("new").ok());
  ASSERT_TRUE(files_->OpenWritable(root_ / "b").value()->Append("old").ok());
  ASSERT_TRUE(files_->Rename(root_ / "a", root_ / "b").ok());
  ASSERT_TRUE(files_->SyncDirectory(root_).ok());
  EXPECT_EQ(Read(root_ / "b"), "new");
  EXPECT_FALSE(files_->Exists(root_ / "a"));
}

TEST_P(FileSystemContract, MakesListsAndRemovesDirectories) {
  ASSERT_TRUE(files_->MakeDirectory(root_ / "d").ok());
  ASSERT_TRUE(files_->MakeDirectory(root_ / "d").ok());
  for (const char* name : {"y", "x"}) {
    ASSERT_TRUE(files_->OpenWritable(root_ / "d" / name).ok());
  }
  EXPECT_THAT(files_->List(root_ / "d").value(), ElementsAre("x", "y"));
  EXPECT_EQ(files_->RemoveDirectory(root_ / "d").error().id(), "storage.io");
  ASSERT_TRUE(files_->Remove(root_ / "d" / "x").ok());
  ASSERT_TRUE(files_->Remove(root_ / "d" / "y").ok());
  ASSERT_TRUE(files_->RemoveDirectory(root_ / "d").ok());
  EXPECT_FALSE(files_->Exists(root_ / "d"));
}

TEST_P(FileSystemContract, ReplacesAFileDurably) {
  ASSERT_TRUE(ReplaceFileDurably(*files_, root_ / "f", "one").ok());
  ASSERT_TRUE(ReplaceFileDurably(*files_, root_ / "f", "two").ok());
  disk_.PowerCut();
  EXPECT_EQ(Read(root_ / "f"), "two");
  EXPECT_THAT(files_->List(root_).value(), ElementsAre("f"));
}

INSTANTIATE_TEST_SUITE_P(All, FileSystemContract,
                         ::testing::Values(Kind::kPosix, Kind::kSimulated));

// The positive control of every test that cuts the power: what is not synced does get lost.
TEST(SimulatedFileSystem, LosesWhatWasNotSynced) {
  int lost_content = 0;
  int lost_name = 0;
  int torn = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedFileSystem disk(seed);
    ASSERT_TRUE(disk.MakeDirectory("/d").ok());
    ASSERT_TRUE(disk.SyncDirectory("/").ok());
    const auto file = disk.OpenWritable("/d/f").value();
    ASSERT_TRUE(disk.SyncDirectory("/d").ok());
    ASSERT_TRUE(file->Append("synced").ok());
    ASSERT_TRUE(file->Sync().ok());
    ASSERT_TRUE(file->Append(Bytes(2000, 'x')).ok());
    ASSERT_TRUE(disk.OpenWritable("/d/g").ok());
    disk.PowerCut();
    const Bytes content = disk.ReadFile("/d/f", 9999).value();
    ASSERT_TRUE(content.starts_with("synced"));
    if (content.size() == 6) ++lost_content;
    if (content.size() > 6 && content != "synced" + Bytes(2000, 'x')) ++torn;
    if (!disk.Exists("/d/g")) ++lost_name;
    EXPECT_FALSE(file->Append("late").ok());
  }
  EXPECT_GT(lost_content, 50);
  EXPECT_GT(torn, 20);
  EXPECT_GT(lost_name, 50);
  EXPECT_LT(lost_name, 150);
}

TEST(SimulatedFileSystem, ShowsAndThenLosesWhatAFailedSyncLeft) {
  SimulatedFileSystem disk(1);
  const auto file = disk.OpenWritable("/f").value();
  ASSERT_TRUE(disk.SyncDirectory("/").ok());
  ASSERT_TRUE(file->Append("data").ok());
  disk.FailNextSync();
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_EQ(disk.ReadFile("/f", 10).value(), "data");
  ASSERT_TRUE(file->Sync().ok());
  disk.PowerCut();
  EXPECT_EQ(disk.ReadFile("/f", 10).value(), "");
}

}  // namespace
}  // namespace tallystick::storage
