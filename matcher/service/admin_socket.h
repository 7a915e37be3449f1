// The administrator's way to a running server: a Unix socket in its home, mode 0600, so that who
// may read the home may administer. One question and one answer per connection, each a 4-byte
// big-endian length and then that many bytes. While the answer takes its time, the server says so
// with messages of no bytes; the answer has a byte of its own before it, so that it never is one.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "base/bytes.h"
#include "base/result.h"

namespace tallystick::matcher {

inline constexpr std::size_t kMaxAdminMessageBytes = 64 * 1024;
inline constexpr std::size_t kMaxAdminAskers = 8;               // at a time; more wait
inline constexpr std::chrono::seconds kAdminAnswerTimeout{60};  // for a sign of life to arrive

// How patient an AdminSocket is.
struct AdminSocketOptions {
  std::chrono::milliseconds question_timeout =
      std::chrono::seconds(10);                                      // for a question to arrive
  std::chrono::milliseconds sign_of_life = std::chrono::seconds(5);  // between two, while answering
};

// AdminSocket answers each question on a thread of its own, so that a long one (a backup) keeps
// nobody waiting. Who takes longer than the question's time-out to ask, or asks with more than
// kMaxAdminMessageBytes, is hung up on.
//
// Thread safety: the destructor excludes nothing else; there is nothing else.
class AdminSocket {
 public:
  using Answer = std::function<Bytes(Bytes question)>;

  // Listen replaces a socket that a dead server left behind. The caller holds the home's lock
  // (storage/home_lock.h), so that there is no living one. `answer` is called from several threads
  // and returns at most kMaxAdminMessageBytes; when it throws, the asker gets no answer. Fails with
  // kUnavailable "admin.listen". A path may be longer than the 107 bytes of a socket address.
  static Result<std::unique_ptr<AdminSocket>> Listen(const std::filesystem::path& path,
                                                     Answer answer,
                                                     AdminSocketOptions options = {});

  // Stops answering, waits for the running answers, removes the socket.
  ~AdminSocket();
  AdminSocket(const AdminSocket&) = delete;
  AdminSocket& operator=(const AdminSocket&) = delete;

 private:
  AdminSocket(std::filesystem::path path, int listener, int stop_event, Answer answer,
              AdminSocketOptions options);
  void Serve();
  void Converse(int asker);

  std::filesystem::path path_;
  int listener_;
  int stop_event_;
  Answer answer_;
  AdminSocketOptions options_;
  std::thread thread_;
};

// AskAdminSocket asks a running server. Fails with kUnavailable "admin.nobody-listens" when there
// is none (the caller then opens the store itself), kUnavailable "admin.no-answer" when it hung up
// or gave no sign of life for kAdminAnswerTimeout, kInvalidArgument "admin.question-too-long".
Result<Bytes> AskAdminSocket(const std::filesystem::path& path, ByteView question);

}  // namespace tallystick::matcher
