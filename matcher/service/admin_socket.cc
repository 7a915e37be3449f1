#include "matcher/service/admin_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <future>
#include <list>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace tallystick::matcher {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLengthBytes = 4;
constexpr int kBacklog = 8;
const Bytes kAnswerMark = "=";
constexpr std::chrono::milliseconds kNoTime{0};
// How long a full house waits for a place before it looks again.
constexpr std::chrono::milliseconds kReapInterval{50};

template <class T>
bool IsDone(std::future<T>& future, std::chrono::milliseconds patience) {
  return future.wait_for(patience) == std::future_status::ready;
}

// Descriptor closes a file descriptor; -1 is none.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// Address is a socket's address for a path of any length: a long one goes through the descriptor of
// its directory, which must stay open while the address is used.
struct Address {
  sockaddr_un name{};
  Descriptor directory{-1};
};

std::optional<Address> AddressOf(const std::filesystem::path& path) {
  Address address;
  address.name.sun_family = AF_UNIX;
  std::string text = path.string();
  if (text.size() >= sizeof address.name.sun_path) {
    Descriptor directory(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0) return std::nullopt;
    text = "/proc/self/fd/" + std::to_string(directory.get()) + "/" + path.filename().string();
    if (text.size() >= sizeof address.name.sun_path) {
      errno = ENAMETOOLONG;
      return std::nullopt;
    }
    Address through{address.name, std::move(directory)};
    std::copy(text.begin(), text.end(), through.name.sun_path);
    return through;
  }
  std::copy(text.begin(), text.end(), address.name.sun_path);
  return address;
}

const sockaddr* Generic(const sockaddr_un& name) {
  return reinterpret_cast<const sockaddr*>(&name);
}

// Waits until `fd` is ready for `events`; false at the deadline, or as soon as `stop_event` fires
// (-1: there is none).
bool WaitFor(int fd, short events, Clock::time_point deadline, int stop_event) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd polled[] = {{fd, events, 0}, {stop_event, POLLIN, 0}};  // poll() skips a negative one
    const int count = ::poll(polled, 2, static_cast<int>(std::min<long>(left, 60'000)));
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) return polled[1].revents == 0;
  }
}

bool SendAll(int fd, ByteView bytes, Clock::time_point deadline, int stop_event) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!WaitFor(fd, POLLOUT, deadline, stop_event)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool ReceiveAll(int fd, char* out, std::size_t size, Clock::time_point deadline, int stop_event) {
  while (size > 0) {
    const ssize_t got = ::recv(fd, out, size, MSG_DONTWAIT);
    if (got > 0) {
      out += got;
      size -= static_cast<std::size_t>(got);
    } else if (got == 0) {
      return false;
    } else if (errno == EAGAIN) {
      if (!WaitFor(fd, POLLIN, deadline, stop_event)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool SendMessage(int fd, ByteView message, Clock::time_point deadline, int stop_event) {
  Bytes framed;
  AppendLp(framed, message);
  return SendAll(fd, framed, deadline, stop_event);
}

std::optional<Bytes> ReceiveMessage(int fd, std::size_t limit, Clock::time_point deadline,
                                    int stop_event) {
  Bytes length(kLengthBytes, '\0');
  if (!ReceiveAll(fd, length.data(), length.size(), deadline, stop_event)) return std::nullopt;
  const std::uint32_t size = ReadU32(length, 0);
  if (size > limit) return std::nullopt;
  Bytes message(size, '\0');
  if (!ReceiveAll(fd, message.data(), size, deadline, stop_event)) return std::nullopt;
  return message;
}

Error Failed(int number) {
  return Error(Code::kUnavailable, "admin.listen", "cannot make the administration socket")
      .With("errno", static_cast<std::uint64_t>(number));
}

}  // namespace

AdminSocket::AdminSocket(std::filesystem::path path, int listener, int stop_event, Answer answer,
                         AdminSocketOptions options)
    : path_(std::move(path)),
      listener_(listener),
      stop_event_(stop_event),
      answer_(std::move(answer)),
      options_(options),
      thread_([this] { Serve(); }) {}

AdminSocket::~AdminSocket() {
  const std::uint64_t one = 1;
  TS_CHECK(::write(stop_event_, &one, sizeof one) == sizeof one);
  thread_.join();
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
  ::close(listener_);
  ::close(stop_event_);
}

Result<std::unique_ptr<AdminSocket>> AdminSocket::Listen(const std::filesystem::path& path,
                                                         Answer answer,
                                                         AdminSocketOptions options) {
  const std::optional<Address> address = AddressOf(path);
  if (!address) return Failed(errno);
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Descriptor stop_event(::eventfd(0, EFD_CLOEXEC));
  if (listener.get() < 0 || stop_event.get() < 0) return Failed(errno);
  struct stat present {};
  if (::lstat(path.c_str(), &present) == 0) {
    // Only a socket is ours to remove.
    if (!S_ISSOCK(present.st_mode)) return Failed(EEXIST);
    if (::unlink(path.c_str()) != 0) return Failed(errno);
  }
  // On Linux the file gets the mode that the socket has when it is bound: never open to others.
  if (::fchmod(listener.get(), S_IRUSR | S_IWUSR) != 0 ||
      ::bind(listener.get(), Generic(address->name), sizeof address->name) != 0 ||
      ::listen(listener.get(), kBacklog) != 0) {
    return Failed(errno);
  }
  return std::unique_ptr<AdminSocket>(
      new AdminSocket(path, listener.release(), stop_event.release(), std::move(answer), options));
}

void AdminSocket::Serve() {
  std::list<std::future<void>> conversations;  // the destructor waits for those that are left
  for (;;) {
    std::erase_if(conversations, [](std::future<void>& it) { return IsDone(it, kNoTime); });
    if (conversations.size() >= kMaxAdminAskers) {
      static_cast<void>(IsDone(conversations.front(), kReapInterval));
      continue;
    }
    pollfd polled[] = {{listener_, POLLIN, 0}, {stop_event_, POLLIN, 0}};
    if (::poll(polled, 2, -1) < 0 && errno != EINTR) return;
    if (polled[1].revents != 0) return;
    if (polled[0].revents == 0) continue;
    const int asker = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (asker < 0) continue;
    conversations.push_back(std::async(std::launch::async, [this, asker] { Converse(asker); }));
  }
}

void AdminSocket::Converse(int asker_fd) {
  const Descriptor asker(asker_fd);
  std::optional<Bytes> question = ReceiveMessage(
      asker.get(), kMaxAdminMessageBytes, Clock::now() + options_.question_timeout, stop_event_);
  if (!question) return;
  try {
    std::future<Bytes> answer =
        std::async(std::launch::async, [&] { return answer_(*std::move(question)); });
    while (!IsDone(answer, options_.sign_of_life)) {
      // An asker that went away changes nothing: what it asked for is under way.
      static_cast<void>(
          SendMessage(asker.get(), ByteView(), Clock::now() + options_.question_timeout, -1));
    }
    const Bytes bytes = answer.get();
    TS_CHECK(bytes.size() <= kMaxAdminMessageBytes);
    SendMessage(asker.get(), kAnswerMark + bytes, Clock::now() + options_.question_timeout, -1);
  } catch (const std::exception&) {
    LogEvent(Level::kError, "admin.answer-threw");
  }
}

Result<Bytes> AskAdminSocket(const std::filesystem::path& path, ByteView question) {
  if (question.size() > kMaxAdminMessageBytes) {
    return Error(Code::kInvalidArgument, "admin.question-too-long", "the question is too long");
  }
  const std::optional<Address> address = AddressOf(path);
  const Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Bounds connect(), which waits while the server's backlog is full.
  const timeval patience{kAdminAnswerTimeout.count(), 0};
  if (!address || connection.get() < 0 ||
      ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
      ::connect(connection.get(), Generic(address->name), sizeof address->name) != 0) {
    return Error(Code::kUnavailable, "admin.nobody-listens", "no matcher is running in this home");
  }
  bool alive = SendMessage(connection.get(), question, Clock::now() + kAdminAnswerTimeout, -1);
  while (alive) {
    auto message = ReceiveMessage(connection.get(), kMaxAdminMessageBytes + kAnswerMark.size(),
                                  Clock::now() + kAdminAnswerTimeout, -1);
    if (message && !message->empty()) return message->substr(kAnswerMark.size());
    alive = message.has_value();
  }
  return Error(Code::kUnavailable, "admin.no-answer", "the running matcher gave no answer");
}

}  // namespace tallystick::matcher
