#include "tests/unit/matcher/service/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace tallystick::matcher {

RawClient::RawClient(std::uint16_t port, const crypto::TlsContext* tls)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(port);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) return;
  const int one = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const timeval patience{20, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (tls == nullptr) {
    connected_ = true;
    return;
  }
  tls_ = SSL_new(tls->native());
  SSL_set_fd(tls_, fd_);
  connected_ = SSL_connect(tls_) == 1;
}

RawClient::~RawClient() {
  if (tls_ != nullptr) SSL_free(tls_);
  if (fd_ >= 0) ::close(fd_);
}

void RawClient::Swap(RawClient& other) {
  std::swap(fd_, other.fd_);
  std::swap(tls_, other.tls_);
  std::swap(connected_, other.connected_);
  std::swap(unread_, other.unread_);
}

bool RawClient::Send(ByteView bytes) {
  while (!bytes.empty()) {
    const int count = tls_ != nullptr
                          ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                          : static_cast<int>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::optional<std::string> RawClient::ReadSome(std::chrono::milliseconds patience) {
  std::string bytes(16384, '\0');
  if (tls_ == nullptr || SSL_pending(tls_) == 0) {
    pollfd polled{fd_, POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(patience.count())) <= 0) return std::nullopt;
  }
  const int count = tls_ != nullptr ? SSL_read(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                    : static_cast<int>(::recv(fd_, bytes.data(), bytes.size(), 0));
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

RawAnswer RawClient::Receive(std::chrono::milliseconds patience) {
  RawAnswer answer;
  std::size_t head_size = std::string::npos;
  std::size_t total = std::string::npos;
  while (unread_.size() < total) {
    if (head_size == std::string::npos &&
        (head_size = unread_.find("\r\n\r\n")) != std::string::npos) {
      head_size += 4;
      answer.head = unread_.substr(0, head_size);
      answer.status = static_cast<unsigned>(std::atoi(answer.head.c_str() + 9));
      const std::size_t length = answer.head.find("Content-Length: ");
      total = head_size +
              (length == std::string::npos
                   ? 0u
                   : static_cast<std::size_t>(std::atoll(answer.head.c_str() + length + 16)));
      continue;
    }
    const std::optional<std::string> more = ReadSome(patience);
    if (!more || more->empty()) {
      answer.closed = more.has_value();
      return answer;
    }
    unread_ += *more;
  }
  answer.body = unread_.substr(head_size, total - head_size);
  unread_.erase(0, total);
  if (answer.head.find("Connection: close") != std::string::npos) {
    answer.closed = ClosesWithin(patience);
  }
  return answer;
}

bool RawClient::ClosesWithin(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    const std::optional<std::string> more = ReadSome(left);
    if (more && more->empty()) return true;
  }
}

}  // namespace tallystick::matcher
