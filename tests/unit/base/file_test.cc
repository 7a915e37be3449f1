#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace tallystick {
namespace {

class File : public ::testing::Test {
 protected:
  std::filesystem::path Path(std::string_view name) const { return directory_.path() / name; }

  // Writes without any of the care that is tested.
  std::filesystem::path Plant(std::string_view name, const Bytes& bytes, mode_t mode = 0600) {
    std::ofstream(Path(name), std::ios::binary) << bytes;
    ::chmod(Path(name).c_str(), mode);
    return Path(name);
  }
  mode_t ModeOf(const std::filesystem::path& path) const {
    struct stat facts {};
    EXPECT_EQ(::stat(path.c_str(), &facts), 0);
    return facts.st_mode & 07777;
  }
  std::size_t EntryCount() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(directory_.path()), {}));
  }

  TemporaryDirectory directory_;
};

TEST_F(File, ReadsBytesOfEveryValueUpToTheLimit) {
  Bytes bytes;
  for (int i = 0; i < 200'000; ++i) bytes.push_back(static_cast<char>(i * 31));
  const auto path = Plant("data", bytes);
  EXPECT_EQ(ReadFile(path, bytes.size()).value(), bytes);
  EXPECT_EQ(ReadFile(path, bytes.size() - 1).error().id(), "file.too-large");
  EXPECT_EQ(ReadFile(path, 0).error().code(), Code::kExhausted);
  EXPECT_EQ(ReadFile(Plant("empty", ""), 0).value(), "");
}

TEST_F(File, SaysWhatIsWrongWithAPath) {
  EXPECT_EQ(ReadFile(Path("missing"), 10).error().id(), "file.missing");
  EXPECT_EQ(ReadFile(Path("missing"), 10).error().code(), Code::kNotFound);
  EXPECT_EQ(ReadFile(directory_.path(), 10).error().id(), "file.is-directory");
  EXPECT_EQ(ReadFile(Path("missing/below"), 10).error().code(), Code::kNotFound);
}

TEST_F(File, FollowsALinkToAFileThatIsNoSecret) {
  std::filesystem::create_symlink(Plant("data", "hello"), Path("link"));
  EXPECT_EQ(ReadFile(Path("link"), 10).value(), "hello");
}

TEST_F(File, ASecretIsAPlainFileThatOnlyItsOwnerReads) {
  EXPECT_EQ(ReadSecretFile(Plant("key", "secret", 0600), 10).value(), "secret");
  EXPECT_EQ(ReadSecretFile(Plant("key", "secret", 0400), 10).value(), "secret");
  for (const mode_t mode : {0640, 0604, 0660, 0601, 0777, 0610}) {
    EXPECT_EQ(ReadSecretFile(Plant("key", "secret", mode), 10).error().id(),
              "file.readable-by-others")
        << std::oct << mode;
  }
  EXPECT_EQ(ReadSecretFile(Path("missing"), 10).error().id(), "file.missing");
}

TEST_F(File, ASecretIsNoLinkAndNoPipe) {
  std::filesystem::create_symlink(Plant("key", "secret"), Path("link"));
  EXPECT_EQ(ReadSecretFile(Path("link"), 10).error().id(), "file.link");
  EXPECT_EQ(ReadSecretFile(Path("link"), 10).error().code(), Code::kPermissionDenied);
  ASSERT_EQ(::mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(ReadSecretFile(Path("pipe"), 10).error().id(), "file.readable-by-others");
}

TEST_F(File, WhatCannotBeLookedForIsNotAbsent) {
  EXPECT_FALSE(FileExists(Path("nothing")).value());
  EXPECT_FALSE(FileExists(Path("nothing") / "below").value());
  EXPECT_TRUE(FileExists(Plant("file", "x")).value());
  EXPECT_TRUE(FileExists(directory_.path()).value());
  std::filesystem::create_symlink("circle", Path("circle"));
  const auto unknown = FileExists(Path("circle") / "below");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code(), Code::kUnavailable);
}

TEST_F(File, WritesANewFileForItsOwnerAlone) {
  ASSERT_TRUE(WriteFileDurably(Path("key"), "secret").ok());
  EXPECT_EQ(ModeOf(Path("key")), 0600u);
  EXPECT_EQ(ReadSecretFile(Path("key"), 10).value(), "secret");
  ASSERT_TRUE(WriteFileDurably(Path("table.csv"), "a,b\n", FileMode::kShared).ok());
  EXPECT_EQ(ModeOf(Path("table.csv")) & 0600u, 0600u);
}

TEST_F(File, ReplacesAtomicallyAndLeavesNothingBeside) {
  ASSERT_TRUE(WriteFileDurably(Path("state"), "one").ok());
  const auto open_before = Path("state");
  std::ifstream reader(open_before);
  ASSERT_TRUE(WriteFileDurably(Path("state"), "two").ok());
  std::string seen;
  reader >> seen;
  EXPECT_EQ(seen, "one") << "who has it open keeps the old file: it was not written into";
  EXPECT_EQ(ReadFile(Path("state"), 10).value(), "two");
  EXPECT_EQ(EntryCount(), 1u);
}

TEST_F(File, AReplacedLinkLeavesItsTargetAlone) {
  const auto target = Plant("target", "untouched");
  std::filesystem::create_symlink(target, Path("state"));
  ASSERT_TRUE(WriteFileDurably(Path("state"), "new").ok());
  EXPECT_EQ(ReadFile(target, 10).value(), "untouched");
  EXPECT_FALSE(std::filesystem::is_symlink(Path("state")));
}

TEST_F(File, AWriteThatFailsLeavesTheOldFileAndNoOther) {
  ASSERT_TRUE(WriteFileDurably(Path("state"), "old").ok());
  EXPECT_FALSE(WriteFileDurably(Path("nowhere/state"), "new").ok());
  // A directory cannot be replaced by a file.
  ASSERT_TRUE(MakePrivateDirectory(Path("directory/below")).ok());
  EXPECT_FALSE(WriteFileDurably(Path("directory"), "new").ok());
  EXPECT_EQ(ReadFile(Path("state"), 10).value(), "old");
  EXPECT_EQ(EntryCount(), 2u);
}

// A killed process leaves its temporary file, and in a container the next one has the same id.
TEST_F(File, WritesBesideWhatAKilledProcessLeftBehind) {
  const std::string stem = "state.tmp" + std::to_string(::getpid()) + "-";
  for (int i = 0; i < 100; ++i) Plant(stem + std::to_string(i), "half");
  ASSERT_TRUE(WriteFileDurably(Path("state"), "whole").ok());
  EXPECT_EQ(ReadFile(Path("state"), 10).value(), "whole");
}

TEST_F(File, ManyThreadsMayReplaceTheSameFile) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const Bytes content(1000, static_cast<char>('a' + t));
      for (int i = 0; i < 5; ++i) EXPECT_TRUE(WriteFileDurably(Path("state"), content).ok());
    });
  }
  threads.clear();
  const Bytes content = ReadFile(Path("state"), 2000).value();
  EXPECT_EQ(content, Bytes(1000, content[0])) << "the content of two writers is mixed";
  EXPECT_EQ(EntryCount(), 1u);
}

TEST_F(File, MakesADirectoryWithItsParentsForItsOwnerAlone) {
  ASSERT_TRUE(MakePrivateDirectory(Path("a/b/c")).ok());
  for (const char* name : {"a", "a/b", "a/b/c"}) EXPECT_EQ(ModeOf(Path(name)), 0700u) << name;
  EXPECT_TRUE(MakePrivateDirectory(Path("a/b/c")).ok()) << "present is fine";
  EXPECT_TRUE(MakePrivateDirectory(Path("a/b/c/")).ok());
  Plant("file", "x");
  EXPECT_EQ(MakePrivateDirectory(Path("file")).error().id(), "file.not-a-directory");
  EXPECT_FALSE(MakePrivateDirectory(Path("file/below")).ok());
}

TEST_F(File, SyncingWhatIsNoDirectoryFails) {
  EXPECT_TRUE(SyncDirectory(directory_.path()).ok());
  EXPECT_FALSE(SyncDirectory(Path("missing")).ok());
}

}  // namespace
}  // namespace tallystick
