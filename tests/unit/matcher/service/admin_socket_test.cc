#include "matcher/service/admin_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tallystick::matcher {
namespace {

class AdminSocketTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "tsadminXXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    home_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(home_); }

  std::filesystem::path socket() const { return home_ / "admin.sock"; }

  std::filesystem::path home_;
};

Bytes Echo(Bytes question) { return "<" + question + ">"; }

Bytes ThrowOnBad(Bytes question) {
  if (ByteView(question) == "bad") throw std::runtime_error("bad");
  return "fine";
}

TEST_F(AdminSocketTest, AnswersOneQuestionAfterTheOther) {
  auto admin = AdminSocket::Listen(socket(), Echo);
  ASSERT_TRUE(admin.ok());
  EXPECT_EQ(AskAdminSocket(socket(), "status").value(), "<status>");
  EXPECT_EQ(AskAdminSocket(socket(), "").value(), "<>");
  const Bytes large(kMaxAdminMessageBytes - 2, 'x');
  EXPECT_EQ(AskAdminSocket(socket(), large).value().size(), kMaxAdminMessageBytes);
}

TEST_F(AdminSocketTest, AnEmptyAnswerIsAnAnswer) {
  auto admin = AdminSocket::Listen(socket(), [](const Bytes&) { return Bytes(); });
  ASSERT_TRUE(admin.ok());
  const auto answer = AskAdminSocket(socket(), "revoke");
  ASSERT_TRUE(answer.ok()) << answer.error().ToString();
  EXPECT_EQ(*answer, "");
}

TEST_F(AdminSocketTest, IsOpenToItsOwnerOnly) {
  const mode_t old_umask = ::umask(0);
  auto admin = AdminSocket::Listen(socket(), Echo);
  ::umask(old_umask);
  ASSERT_TRUE(admin.ok());
  struct stat status {};
  ASSERT_EQ(::stat(socket().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(AdminSocketTest, SaysThatNobodyListensWhereThereIsNoSocket) {
  const auto answer = AskAdminSocket(socket(), "status");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code(), Code::kUnavailable);
  EXPECT_EQ(answer.error().id(), "admin.nobody-listens");
}

TEST_F(AdminSocketTest, RemovesItsFileAtTheEnd) {
  { ASSERT_TRUE(AdminSocket::Listen(socket(), Echo).ok()); }
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(AdminSocketTest, ReplacesTheSocketOfADeadServer) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, socket().c_str(), sizeof name.sun_path - 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ::close(fd);
  EXPECT_EQ(AskAdminSocket(socket(), "").error().id(), "admin.nobody-listens");
  auto admin = AdminSocket::Listen(socket(), Echo);
  ASSERT_TRUE(admin.ok());
  EXPECT_EQ(AskAdminSocket(socket(), "a").value(), "<a>");
}

TEST_F(AdminSocketTest, LeavesAFileThatIsNoSocketAlone) {
  std::ofstream(socket()) << "precious";
  EXPECT_EQ(AdminSocket::Listen(socket(), Echo).error().id(), "admin.listen");
  EXPECT_EQ(std::filesystem::file_size(socket()), 8u);
}

TEST_F(AdminSocketTest, WorksUnderAPathThatASocketAddressCannotHold) {
  home_ = home_ / std::string(100, 'a') / std::string(100, 'b');
  std::filesystem::create_directories(home_);
  {
    auto admin = AdminSocket::Listen(socket(), Echo);
    ASSERT_TRUE(admin.ok()) << admin.error().ToString();
    EXPECT_EQ(AskAdminSocket(socket(), "a").value(), "<a>");
  }
  EXPECT_FALSE(std::filesystem::exists(socket()));
  home_ = home_.parent_path().parent_path();
}

TEST_F(AdminSocketTest, GivesNoAnswerWhenAnsweringThrows) {
  auto admin = AdminSocket::Listen(socket(), ThrowOnBad);
  ASSERT_TRUE(admin.ok());
  EXPECT_EQ(AskAdminSocket(socket(), "bad").error().id(), "admin.no-answer");
  EXPECT_EQ(AskAdminSocket(socket(), "good").value(), "fine");
}

TEST_F(AdminSocketTest, RefusesAQuestionThatIsTooLong) {
  auto admin = AdminSocket::Listen(socket(), Echo);
  ASSERT_TRUE(admin.ok());
  EXPECT_EQ(AskAdminSocket(socket(), Bytes(kMaxAdminMessageBytes + 1, 'x')).error().id(),
            "admin.question-too-long");
}

TEST_F(AdminSocketTest, HangsUpOnALengthBeyondTheLimitAndGoesOnServing) {
  auto admin = AdminSocket::Listen(socket(), Echo);
  ASSERT_TRUE(admin.ok());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, socket().c_str(), sizeof name.sun_path - 1);
  ASSERT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  ASSERT_EQ(::write(fd, "\xff\xff\xff\xff", 4), 4);
  char byte;
  EXPECT_EQ(::read(fd, &byte, 1), 0);
  ::close(fd);
  EXPECT_EQ(AskAdminSocket(socket(), "a").value(), "<a>");
}

// A client that has connected and says nothing does not hold up the end.
TEST_F(AdminSocketTest, EndsAtOnceWhileAClientIsSilent) {
  auto admin = AdminSocket::Listen(socket(), Echo);
  ASSERT_TRUE(admin.ok());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, socket().c_str(), sizeof name.sun_path - 1);
  ASSERT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  const auto start = std::chrono::steady_clock::now();
  admin.value().reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, AdminSocketOptions().question_timeout / 2);
  ::close(fd);
}

TEST_F(AdminSocketTest, AnswersManyAskersAtOnce) {
  auto admin = AdminSocket::Listen(socket(), Echo);
  ASSERT_TRUE(admin.ok());
  std::vector<std::thread> askers;
  std::atomic<int> answered{0};
  for (int i = 0; i < 20; ++i) {
    askers.emplace_back([&, i] {
      const auto answer = AskAdminSocket(socket(), std::to_string(i));
      if (answer.ok() && *answer == "<" + std::to_string(i) + ">") ++answered;
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(answered, 20);
}

// Answers "slow" only when told to, and anything else at once.
class Gatekeeper {
 public:
  Bytes operator()(const Bytes& question) {
    if (ByteView(question) != "slow") return Echo(question);
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
    return "done";
  }
  void AwaitOne() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ > 0; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

TEST_F(AdminSocketTest, AnswersOthersWhileALongAnswerIsUnderWay) {
  Gatekeeper gate;
  auto admin = AdminSocket::Listen(socket(), [&](Bytes question) { return gate(question); });
  ASSERT_TRUE(admin.ok());
  auto slow = std::async(std::launch::async, [&] { return AskAdminSocket(socket(), "slow"); });
  gate.AwaitOne();
  EXPECT_EQ(AskAdminSocket(socket(), "status").value(), "<status>");
  gate.Open();
  EXPECT_EQ(slow.get().value(), "done");
}

TEST_F(AdminSocketTest, SaysThatItIsAliveUntilALongAnswerIsThere) {
  Gatekeeper gate;
  AdminSocketOptions options;
  options.sign_of_life = std::chrono::milliseconds(1);
  auto admin = AdminSocket::Listen(
      socket(), [&](Bytes question) { return gate(question); }, options);
  ASSERT_TRUE(admin.ok());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, socket().c_str(), sizeof name.sun_path - 1);
  ASSERT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name), 0);
  Bytes question;
  AppendLp(question, "slow");
  ASSERT_EQ(::write(fd, question.data(), question.size()), static_cast<ssize_t>(question.size()));
  for (int i = 0; i < 3; ++i) {
    char length[4] = {1, 1, 1, 1};
    ASSERT_EQ(::recv(fd, length, 4, MSG_WAITALL), 4);
    EXPECT_EQ(ReadU32(ByteView(length, 4), 0), 0u);
  }
  ::close(fd);
  // One that waits through signs of life gets the answer itself.
  auto slow = std::async(std::launch::async, [&] { return AskAdminSocket(socket(), "slow"); });
  gate.Open();
  EXPECT_EQ(slow.get().value(), "done");
}

}  // namespace
}  // namespace tallystick::matcher
