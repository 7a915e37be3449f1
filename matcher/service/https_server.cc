#include "matcher/service/https_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/log.h"
#include "matcher/service/http_gate.h"
#include "matcher/service/internal/body_budget.h"
#include "matcher/service/internal/https_connection.h"
#include "matcher/service/internal/worker_pool.h"

namespace tallystick::matcher {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// How long accepting rests when the system has no descriptor left.
constexpr std::chrono::milliseconds kAcceptPause{50};

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

// Addresses count by what one host is given: an IPv4 address or an IPv6 /64.
asio::ip::address_v6::bytes_type OriginOf(const asio::ip::address& address) {
  if (address.is_v4()) {
    return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
  }
  auto bytes = address.to_v6().to_bytes();
  if (!address.to_v6().is_v4_mapped()) std::fill(bytes.begin() + 8, bytes.end(), 0);
  return bytes;
}

std::string WithPort(std::string host, std::uint16_t port) {
  constexpr std::string_view kAnyPort = ":0";
  if (!host.ends_with(kAnyPort)) return host;
  host.resize(host.size() - 1);
  return host + std::to_string(port);
}

Error ListenError(const boost::system::error_code& error) {
  return Error(Code::kUnavailable, "http.listen", "cannot listen on this address and port")
      .With("errno", static_cast<std::uint64_t>(error.value()));
}

}  // namespace

// Core runs everything but the handlers on one I/O thread; what has no lock belongs to it.
class HttpsServer::Core {
 public:
  Core(ServerOptions options, crypto::TlsContext tls, Handler& handler)
      : options_(std::move(options)),
        tls_(std::move(tls)),
        io_(1),
        work_(io_.get_executor()),
        acceptor_(io_),
        pause_(io_),
        budget_(options_.max_body_bytes_in_flight),
        workers_(options_.worker_threads, options_.max_queued_requests),
        context_{options_, gate_, handler, workers_, budget_} {}

  ~Core() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { CloseAll(); });
    workers_.Stop();
    work_.reset();
    thread_.join();
  }

  Status Listen() {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(options_.listen_address, error);
    if (error) {
      return Error(Code::kInvalidArgument, "http.listen-address",
                   "the address to listen on must be an IPv4 or IPv6 address");
    }
    const tcp::endpoint endpoint(address, options_.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (error) return ListenError(error);
    const tcp::endpoint bound = acceptor_.local_endpoint(error);
    if (error) return ListenError(error);
    port_ = bound.port();
    gate_ = {WithPort(options_.expected_host, port_), options_.max_fields,
             options_.max_target_bytes};
    return Ok();
  }

  void Run() {
    asio::co_spawn(io_, AcceptAll(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }

  void Drain(std::chrono::seconds grace) {
    asio::post(io_, [this] { BeginDraining(); });
    std::unique_lock lock(mutex_);
    const auto none_left = [this] { return connection_count_ == 0 && draining_; };
    if (none_left_.wait_for(lock, grace, none_left)) return;
    asio::post(io_, [this] { CloseAll(); });
    none_left_.wait(lock, none_left);
  }

  void ReplaceTls(crypto::TlsContext tls) {
    const std::lock_guard lock(mutex_);
    tls_ = std::move(tls);
  }

  std::size_t connection_count() const {
    const std::lock_guard lock(mutex_);
    return connection_count_;
  }

  std::uint16_t port() const { return port_; }

 private:
  using Origin = asio::ip::address_v6::bytes_type;
  struct Open {
    std::shared_ptr<HttpsConnection> connection;
    Origin origin;
  };
  using OpenList = std::list<Open>;

  asio::awaitable<void> AcceptAll() {
    while (acceptor_.is_open()) {
      auto [error, socket] = co_await acceptor_.async_accept(kToken);
      if (!error) {
        Accept(std::move(socket));
      } else if (acceptor_.is_open()) {
        LogEvent(Level::kWarning, "http.accept-failed",
                 {{"errno", static_cast<std::uint64_t>(error.value())}});
        pause_.expires_after(kAcceptPause);
        co_await pause_.async_wait(kToken);
      }
    }
  }

  void Accept(tcp::socket socket) {
    boost::system::error_code error;
    const tcp::endpoint remote = socket.remote_endpoint(error);
    // Before the handshake: 21 new connections a second without it, 154 with it.
    if (!error) socket.set_option(tcp::no_delay(true), error);
    if (error) return;
    const Origin origin = OriginOf(remote.address());
    if (!MakeRoom(origin)) {
      context_.handler.Refused("http.too-many-connections");
      return;  // closes it
    }
    auto connection = std::make_shared<HttpsConnection>(std::move(socket), CurrentTls(), context_);
    open_.push_back({std::move(connection), origin});
    ++count_of_[origin];
    Count();
    asio::co_spawn(io_, Serve(std::prev(open_.end())), asio::detached);
  }

  asio::awaitable<void> Serve(OpenList::iterator open) {
    const std::shared_ptr<HttpsConnection> connection = open->connection;
    try {
      co_await connection->Run();
    } catch (const std::exception&) {  // out of memory; this connection's business only
      LogEvent(Level::kError, "http.connection-threw");
    }
    connection->Close();
    Forget(open);
  }

  void Forget(OpenList::iterator open) {
    const auto count = count_of_.find(open->origin);
    if (--count->second == 0) count_of_.erase(count);
    open_.erase(open);
    Count();
  }

  // Publishes how many there are to the other threads.
  void Count() {
    const std::lock_guard lock(mutex_);
    connection_count_ = open_.size();
    if (open_.empty()) none_left_.notify_all();
  }

  // Sees to it that one more fits, at the cost of an idle one. What is closed here counts until its
  // coroutine has ended, a moment later.
  bool MakeRoom(const Origin& origin) {
    const auto count = count_of_.find(origin);
    if (count != count_of_.end() && count->second >= options_.max_connections_per_address) {
      return CloseOneIdle(&origin);
    }
    return open_.size() < options_.max_connections || CloseOneIdle(nullptr);
  }

  // Closes the one that has been idle longest, those without a certificate first; only among those
  // of `origin` unless that is null.
  bool CloseOneIdle(const Origin* origin) {
    HttpsConnection* victim = nullptr;
    for (const Open& open : open_) {
      HttpsConnection& candidate = *open.connection;
      if (candidate.is_busy() || candidate.is_closed()) continue;
      if (origin != nullptr && open.origin != *origin) continue;
      const auto rank = [](const HttpsConnection& c) {
        return std::pair(c.is_authenticated(), c.idle_since());
      };
      if (victim == nullptr || rank(candidate) < rank(*victim)) victim = &candidate;
    }
    if (victim == nullptr) return false;
    victim->Close();
    return true;
  }

  void BeginDraining() {
    StopAccepting();
    context_.draining = true;
    for (const Open& open : open_) {
      if (!open.connection->is_busy()) open.connection->Close();
    }
    const std::lock_guard lock(mutex_);
    draining_ = true;
    none_left_.notify_all();
  }

  void CloseAll() {
    StopAccepting();
    context_.draining = true;
    for (const Open& open : open_) open.connection->Close();
  }

  void StopAccepting() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  }

  crypto::TlsContext CurrentTls() const {
    const std::lock_guard lock(mutex_);
    return tls_;
  }

  const ServerOptions options_;
  GateOptions gate_;
  std::uint16_t port_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable none_left_;
  crypto::TlsContext tls_;            // guarded by mutex_
  std::size_t connection_count_ = 0;  // guarded by mutex_
  bool draining_ = false;             // guarded by mutex_

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  BodyBudget budget_;
  WorkerPool workers_;
  ConnectionContext context_;
  OpenList open_;
  std::map<Origin, std::size_t> count_of_;
  std::thread thread_;
};

HttpsServer::HttpsServer(std::unique_ptr<Core> core) : core_(std::move(core)) {}
HttpsServer::~HttpsServer() = default;

Result<std::unique_ptr<HttpsServer>> HttpsServer::Start(ServerOptions options,
                                                        crypto::TlsContext tls, Handler& handler) {
  auto core = std::make_unique<Core>(std::move(options), std::move(tls), handler);
  TS_RETURN_IF_ERROR(core->Listen());
  core->Run();
  return std::unique_ptr<HttpsServer>(new HttpsServer(std::move(core)));
}

std::uint16_t HttpsServer::port() const { return core_->port(); }
void HttpsServer::Drain(std::chrono::seconds grace) { core_->Drain(grace); }
void HttpsServer::ReplaceTls(crypto::TlsContext tls) { core_->ReplaceTls(std::move(tls)); }
std::size_t HttpsServer::connection_count() const { return core_->connection_count(); }

}  // namespace tallystick::matcher
