// The administrator's way to a running server: a Unix socket in its home, mode 0600, so that who
// may read the home may administer. One question and one answer per connection, each a 4-byte
// big-endian length and then that many bytes.
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
inline constexpr std::chrono::seconds kAdminTimeout{10};        // for a question to arrive
inline constexpr std::chrono::seconds kAdminAnswerTimeout{60};  // for an answer to arrive

// AdminSocket answers questions one after the other on a thread of its own. Who takes longer than
// kAdminTimeout to ask, or asks with more than kMaxAdminMessageBytes, is hung up on.
//
// Thread safety: the destructor excludes nothing else; there is nothing else.
class AdminSocket {
 public:
  using Answer = std::function<Bytes(Bytes question)>;

  // Listen replaces a socket that a dead server left behind. The caller holds the home's lock
  // (storage/home_lock.h), so that there is no living one. `answer` returns at most
  // kMaxAdminMessageBytes; when it throws, the asker gets no answer. Fails with kUnavailable
  // "admin.listen". A path may be longer than the 107 bytes of a socket address.
  static Result<std::unique_ptr<AdminSocket>> Listen(const std::filesystem::path& path,
                                                     Answer answer);

  // Stops answering, waits for the running answer, removes the socket.
  ~AdminSocket();
  AdminSocket(const AdminSocket&) = delete;
  AdminSocket& operator=(const AdminSocket&) = delete;

 private:
  AdminSocket(std::filesystem::path path, int listener, int stop_event, Answer answer);
  void Serve();

  std::filesystem::path path_;
  int listener_;
  int stop_event_;
  Answer answer_;
  std::thread thread_;
};

// AskAdminSocket asks a running server. Fails with kUnavailable "admin.nobody-listens" when there
// is none (the caller then opens the store itself), kUnavailable "admin.no-answer" when it hung up
// or took longer than kAdminAnswerTimeout, kInvalidArgument "admin.question-too-long".
Result<Bytes> AskAdminSocket(const std::filesystem::path& path, ByteView question);

}  // namespace tallystick::matcher
