// HttpsServer is the matcher's transport: HTTP/1.1 over mutual TLS 1.3, strict and bounded. It
// knows nothing of the matcher's business, which is behind Handler.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "crypto/tls.h"
#include "matcher/service/handler.h"

namespace tallystick::matcher {

// ServerOptions: each limit has a default that suits a county. A connection costs about 100 KiB.
struct ServerOptions {
  std::string listen_address = "127.0.0.1";  // an IPv4 or IPv6 address
  std::uint16_t port = 0;                    // 0: the system picks one
  // The authority that requests must name in Host, for instance "match.example.org:8443". A port
  // of 0 stands for the port that the system picked. Empty: any one Host (tests).
  std::string expected_host;

  // At the cap the connection that has been idle longest gives way, those without a certificate
  // first; when none is idle the new one is closed at once, before TLS costs anything.
  std::size_t max_connections = 1024;
  // Likewise per IPv4 address or IPv6 /64. As high as the total, since all of a convener's
  // institutions may come through one proxy; lower it where they do not.
  std::size_t max_connections_per_address = 1024;

  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(10);
  std::chrono::milliseconds header_timeout =
      std::chrono::seconds(10);  // from the header's first byte to its last
  std::chrono::milliseconds idle_timeout =
      std::chrono::seconds(60);  // from one answer to the next request
  // A body, in either direction, may be behind this rate by at most transfer_grace.
  std::uint64_t min_body_bytes_per_second = 16 * 1024;
  std::chrono::milliseconds transfer_grace = std::chrono::seconds(10);

  std::size_t max_fields = 32;
  std::size_t max_header_bytes = 8192;
  std::size_t max_target_bytes = 512;
  // All request bodies that are being received or handled, by their Content-Length. Beyond it, and
  // beyond the queue, requests get 503 with Retry-After.
  std::uint64_t max_body_bytes_in_flight = 256ull << 20;

  std::size_t worker_threads = 8;
  std::size_t max_queued_requests = 256;  // beyond those that workers are busy with
};

// Thread safety: any method from any thread, except that the destructor excludes all others.
class HttpsServer {
 public:
  // Start listens and serves until destruction. `handler` must outlive the server. Fails with
  // kInvalidArgument "http.listen-address", or kUnavailable "http.listen" (address in use, not
  // ours, not permitted; with its errno).
  static Result<std::unique_ptr<HttpsServer>> Start(ServerOptions options, crypto::TlsContext tls,
                                                    Handler& handler);

  // Closes every connection at once and waits for the handlers that are running.
  ~HttpsServer();
  HttpsServer(const HttpsServer&) = delete;
  HttpsServer& operator=(const HttpsServer&) = delete;

  // The port it listens on.
  std::uint16_t port() const;

  // Drain stops listening, closes idle connections, lets running requests be answered, and returns
  // when the last is gone or after `grace`, when it closes what is left. Later calls return at once
  // when nothing is left.
  void Drain(std::chrono::seconds grace);

  // ReplaceTls uses `tls` for every connection accepted from now on; present ones live on.
  void ReplaceTls(crypto::TlsContext tls);

  // How many connections are open, for tests and metrics.
  std::size_t connection_count() const;

 private:
  class Core;

  explicit HttpsServer(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace tallystick::matcher
