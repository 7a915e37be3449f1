// One client's connection. All of it runs on the server's I/O thread, except Handler::Handle().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "matcher/service/handler.h"
#include "matcher/service/http_gate.h"
#include "matcher/service/https_server.h"
#include "matcher/service/internal/body_budget.h"
#include "matcher/service/internal/worker_pool.h"

namespace tallystick::matcher {

// What the connections of a server share.
struct ConnectionContext {
  const ServerOptions& options;
  const GateOptions& gate;
  Handler& handler;
  WorkerPool& workers;
  BodyBudget& budget;
  bool draining = false;  // I/O thread only
};

// HttpsConnection serves requests one after the other until either side ends it. Every read and
// write has a deadline that trickling does not move.
//
// Thread safety: none; I/O thread only. Shared: by its coroutine and by a worker's task.
class HttpsConnection : public std::enable_shared_from_this<HttpsConnection> {
 public:
  HttpsConnection(boost::asio::ip::tcp::socket socket, const crypto::TlsContext& tls,
                  ConnectionContext& context);

  // Serves until the end. The caller holds a reference until it returns.
  boost::asio::awaitable<void> Run();

  // Ends it at once; Run() returns soon after.
  void Close();

  // Whether a request is being received, handled or answered. A header counts once it is complete.
  bool is_busy() const { return busy_; }
  bool is_closed() const { return closed_; }
  bool is_authenticated() const { return peer_.has_value(); }
  std::chrono::steady_clock::time_point idle_since() const { return idle_since_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Stream = boost::asio::ssl::stream<boost::beast::tcp_stream>;

  // A transfer's allowance grows with what has been transferred.
  struct Pace {
    Clock::time_point start;
    std::uint64_t done_bytes = 0;
  };

  boost::asio::awaitable<bool> Handshake();
  boost::asio::awaitable<bool> ServeOne();
  boost::asio::awaitable<std::size_t> ReadHead();
  boost::asio::awaitable<bool> Receive(GatedHead head, std::size_t head_bytes);
  boost::asio::awaitable<bool> ReadBody(Bytes& body, std::uint64_t size);
  boost::asio::awaitable<std::optional<HttpResponse>> Answer(HttpRequest request);
  boost::asio::awaitable<bool> Respond(HttpResponse response);
  boost::asio::awaitable<bool> Refuse(unsigned status, Literal id, Literal message);
  boost::asio::awaitable<bool> Write(ByteView bytes, Pace& pace);
  boost::asio::awaitable<void> SayGoodbye();
  boost::asio::awaitable<void> Linger();

  std::optional<HttpResponse> CheckAdmission(const HttpRequest& request,
                                             std::uint64_t content_length);
  Clock::time_point DeadlineOf(const Pace& pace) const;

  ConnectionContext& context_;
  Stream stream_;
  boost::asio::steady_timer answered_;  // never expires; cancelled when the answer is there
  std::optional<HttpResponse> answer_;
  std::optional<crypto::PeerIdentity> peer_;
  bool peer_is_wrong_ = false;  // a certificate that verifies but names nobody
  bool busy_ = false;
  bool closed_ = false;
  Clock::time_point idle_since_;
  std::optional<BodyBudget::Lease> lease_;
  std::string buffer_;  // max_header_bytes; a header and what came with it
  std::size_t filled_ = 0;
};

}  // namespace tallystick::matcher
