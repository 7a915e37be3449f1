// RawClient sends any bytes over TLS, also those that no HTTP client would send.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/tls.h"

namespace tallystick::matcher {

// What a server said until it closed or was silent.
struct RawAnswer {
  unsigned status = 0;  // 0: no status line
  std::string head;
  std::string body;
  bool closed = false;  // the server ended the connection
};

// Thread safety: none.
class RawClient {
 public:
  // Connects to 127.0.0.1; a null context means plain TCP. Check connected().
  RawClient(std::uint16_t port, const crypto::TlsContext* tls);
  ~RawClient();
  RawClient(RawClient&& other) noexcept : RawClient() { Swap(other); }
  RawClient& operator=(RawClient&& other) noexcept {
    Swap(other);
    return *this;
  }
  RawClient(const RawClient&) = delete;

  // The handshake is over, or TCP is connected.
  bool connected() const { return connected_; }
  ssl_st* tls() const { return tls_; }
  bool Send(ByteView bytes);
  // Reads one answer with its body.
  RawAnswer Receive(std::chrono::milliseconds patience = std::chrono::seconds(5));
  // True when the server closes within `patience`, whatever it sends before.
  bool ClosesWithin(std::chrono::milliseconds patience);

 private:
  RawClient() = default;
  void Swap(RawClient& other);
  std::optional<std::string> ReadSome(std::chrono::milliseconds patience);  // "" is the end

  int fd_ = -1;
  ssl_st* tls_ = nullptr;
  bool connected_ = false;
  std::string unread_;
};

}  // namespace tallystick::matcher
