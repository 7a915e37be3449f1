#include "matcher/service/internal/https_connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <utility>

#include "base/log.h"
#include "matcher/service/http_response.h"

namespace tallystick::matcher {
namespace {

namespace asio = boost::asio;

// A body grows by this much ahead of what has arrived, so that the zeros are still in the cache
// when they are overwritten, and a liar about Content-Length costs no memory.
constexpr std::size_t kBodyStepBytes = 256 * 1024;
constexpr std::size_t kWriteStepBytes = 64 * 1024;
// An answer up to this size goes out in one piece with its header.
constexpr std::size_t kJoinedAnswerBytes = 16 * 1024;
// How long, and how much, of what a refused client still sends is read and dropped: closing with
// unread bytes would reset the connection and destroy the answer on its way.
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kLingerBytes = 64u << 20;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// Style guide, coroutines: no temporary that owns something in an expression with co_await.
constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

HttpResponse InternalError() {
  return TransportRefusal(500, "http.internal", "the matcher failed; the effect is unknown");
}

HttpResponse HandleSafely(Handler& handler, HttpRequest request) {
  try {
    return handler.Handle(std::move(request));
  } catch (const std::exception&) {
    LogEvent(Level::kError, "http.handler-threw");
    return InternalError();
  }
}

}  // namespace

HttpsConnection::HttpsConnection(asio::ip::tcp::socket socket, const crypto::TlsContext& tls,
                                 ConnectionContext& context)
    : context_(context),
      stream_(std::move(socket), ::SSL_new(tls.native())),
      answered_(stream_.get_executor(), Clock::time_point::max()),
      idle_since_(Clock::now()) {}

void HttpsConnection::Close() {
  closed_ = true;
  stream_.next_layer().close();
  answered_.cancel();
}

HttpsConnection::Clock::time_point HttpsConnection::DeadlineOf(const Pace& pace) const {
  const std::uint64_t rate = std::max<std::uint64_t>(1, context_.options.min_body_bytes_per_second);
  return pace.start + context_.options.transfer_grace +
         std::chrono::milliseconds(pace.done_bytes * 1000 / rate);
}

asio::awaitable<void> HttpsConnection::Run() {
  bool more = co_await Handshake();
  while (more && !closed_) {
    more = co_await ServeOne();
    busy_ = false;
    lease_.reset();
    idle_since_ = Clock::now();
    if (context_.draining) more = false;
  }
  if (!closed_) co_await SayGoodbye();
  if (!closed_) co_await Linger();
  Close();
}

asio::awaitable<bool> HttpsConnection::Handshake() {
  stream_.next_layer().expires_after(context_.options.handshake_timeout);
  const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kToken);
  buffer_.resize(context_.options.max_header_bytes);
  if (error) {
    if (!closed_) context_.handler.Refused("tls.handshake");
    // The client may have sent a request already, and is to read the alert.
    if (!closed_) co_await Linger();
    Close();
    co_return false;
  }
  Result<std::optional<crypto::PeerIdentity>> peer =
      crypto::PeerIdentityOf(stream_.native_handle());
  if (peer.ok()) {
    peer_ = *std::move(peer);
  } else {
    peer_is_wrong_ = true;
  }
  co_return true;
}

// Reads and answers one request. False when the connection is to end.
asio::awaitable<bool> HttpsConnection::ServeOne() {
  const std::size_t head_bytes = co_await ReadHead();
  if (head_bytes == 0) co_return false;
  busy_ = true;
  auto verdict = PassGate(ByteView(buffer_).substr(0, head_bytes), context_.gate);
  if (const auto* refusal = std::get_if<GateRefusal>(&verdict)) {
    co_return co_await Refuse(refusal->status, refusal->id, refusal->message);
  }
  GatedHead head = std::get<GatedHead>(std::move(verdict));
  co_return co_await Receive(std::move(head), head_bytes);
}

// Returns the size of the header at the front of buffer_, or 0 when the connection is to end.
asio::awaitable<std::size_t> HttpsConnection::ReadHead() {
  // Who has shown no certificate has nothing to come back for.
  const auto patience =
      peer_ ? context_.options.idle_timeout
            : std::min(context_.options.idle_timeout, context_.options.header_timeout);
  auto deadline = Clock::now() + patience;
  std::size_t scanned = 0;
  filled_ = 0;
  for (;;) {
    const HeadScan scan = ScanHead(ByteView(buffer_).substr(0, filled_), scanned);
    if (scan.state == HeadScan::State::kComplete) co_return scan.end;
    if (scan.state == HeadScan::State::kMalformed) {
      co_await Refuse(400, "http.malformed", "the header has bytes that HTTP does not allow");
      co_return 0;
    }
    if (filled_ == buffer_.size()) {
      co_await Refuse(431, "http.header-too-large", "the header is too large");
      co_return 0;
    }
    scanned = filled_;
    stream_.next_layer().expires_at(deadline);
    const auto [error, size] = co_await stream_.async_read_some(
        asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_), kToken);
    if (error) {
      // A client that goes between requests is no event; one that was too slow is.
      if (filled_ > 0 && !closed_) context_.handler.Refused("http.header-incomplete");
      Close();
      co_return 0;
    }
    if (filled_ == 0) deadline = Clock::now() + context_.options.header_timeout;
    filled_ += size;
  }
}

// What speaks against reading the body; nullopt when nothing does.
std::optional<HttpResponse> HttpsConnection::CheckAdmission(const HttpRequest& request,
                                                            std::uint64_t content_length) {
  if (peer_is_wrong_) {
    context_.handler.Refused("tls.peer-identity");
    return TransportRefusal(403, "tls.peer-identity",
                            "the client certificate does not name one institution or person");
  }
  std::variant<std::uint64_t, HttpResponse> admission;
  try {
    admission = context_.handler.Admit(request);
  } catch (const std::exception&) {
    LogEvent(Level::kError, "http.handler-threw");
    return InternalError();
  }
  if (auto* response = std::get_if<HttpResponse>(&admission)) return std::move(*response);
  if (content_length > std::get<std::uint64_t>(admission)) {
    context_.handler.Refused("http.body-too-large");
    return TransportRefusal(413, "http.body-too-large", "the body is larger than this route takes");
  }
  if (!context_.workers.IsFull()) {
    lease_.reset();
    if (auto lease = context_.budget.Acquire(content_length)) {
      lease_.emplace(*std::move(lease));
      return std::nullopt;
    }
  }
  context_.handler.Refused("http.busy");
  return TransportRefusal(503, "http.busy", "the matcher is busy; try again");
}

asio::awaitable<bool> HttpsConnection::Receive(GatedHead head, std::size_t head_bytes) {
  HttpRequest request;
  request.method = head.method;
  request.target = std::move(head.target);
  request.idempotency_id = std::move(head.idempotency_id);
  request.content_type = std::move(head.content_type);
  request.peer = peer_;
  std::optional<HttpResponse> against = CheckAdmission(request, head.content_length);
  if (against) {
    against->close_after = true;  // the body, if any, stays unread
    co_return co_await Respond(*std::move(against));
  }
  const std::size_t surplus = filled_ - head_bytes;
  if (surplus > head.content_length) {
    co_return co_await Refuse(400, "http.pipelining", "one request at a time");
  }
  // RFC 9110, 10.1.1: a client that has begun to send does not wait for permission.
  if (head.expects_continue && surplus == 0 && head.content_length > 0) {
    Pace pace{Clock::now()};
    const bool written = co_await Write(kContinue, pace);
    if (!written) co_return false;
  }
  request.body.reserve(head.content_length);
  request.body.assign(buffer_, head_bytes, surplus);
  const bool received = co_await ReadBody(request.body, head.content_length);
  if (!received) co_return false;

  std::optional<HttpResponse> response = co_await Answer(std::move(request));
  if (!response) co_return false;
  response->close_after = response->close_after || head.close;
  co_return co_await Respond(*std::move(response));
}

// Appends to `body` until it has `size` bytes.
asio::awaitable<bool> HttpsConnection::ReadBody(Bytes& body, std::uint64_t size) {
  Pace pace{Clock::now(), body.size()};
  while (pace.done_bytes < size) {
    if (pace.done_bytes == body.size()) {
      body.resize(std::min<std::uint64_t>(size, body.size() + kBodyStepBytes));
    }
    stream_.next_layer().expires_at(DeadlineOf(pace));
    const auto [error, count] = co_await stream_.async_read_some(
        asio::buffer(body.data() + pace.done_bytes, body.size() - pace.done_bytes), kToken);
    if (error) {
      if (!closed_) context_.handler.Refused("http.body-incomplete");
      Close();
      co_return false;
    }
    pace.done_bytes += count;
  }
  co_return true;
}

// Has a worker handle the request. nullopt when the connection was closed meanwhile.
asio::awaitable<std::optional<HttpResponse>> HttpsConnection::Answer(HttpRequest request) {
  answer_.reset();
  auto shared = std::make_shared<HttpRequest>(std::move(request));
  std::function<void()> task = [self = shared_from_this(), shared]() mutable {
    auto answer =
        std::make_shared<HttpResponse>(HandleSafely(self->context_.handler, std::move(*shared)));
    auto executor = self->stream_.get_executor();
    // The reference moves on, so that the connection ends on its own thread.
    asio::post(executor, [self = std::move(self), answer] {
      self->answer_ = std::move(*answer);
      self->answered_.cancel();
    });
  };
  if (!context_.workers.TrySubmit(std::move(task))) {
    context_.handler.Refused("http.busy");
    co_return TransportRefusal(503, "http.busy", "the matcher is busy; try again");
  }
  // The worker's post cannot run before this coroutine waits: both are on the I/O thread.
  const auto [error] = co_await answered_.async_wait(kToken);
  static_cast<void>(error);
  if (closed_ || !answer_) co_return std::nullopt;
  co_return std::move(answer_);
}

asio::awaitable<bool> HttpsConnection::Refuse(unsigned status, Literal id, Literal message) {
  busy_ = true;
  context_.handler.Refused(id);
  HttpResponse refusal = TransportRefusal(status, id, message);
  co_return co_await Respond(std::move(refusal));
}

// Writes the answer. False when the connection is to end.
asio::awaitable<bool> HttpsConnection::Respond(HttpResponse response) {
  const bool close = response.close_after || response.status >= 400 || context_.draining;
  std::string head = ResponseHead(response, close);
  Pace pace{Clock::now()};
  const bool joined = response.body.size() <= kJoinedAnswerBytes;
  if (joined) head += response.body;
  bool written = co_await Write(head, pace);
  if (written && !joined) written = co_await Write(response.body, pace);
  co_return written && !close;
}

asio::awaitable<bool> HttpsConnection::Write(ByteView bytes, Pace& pace) {
  while (!bytes.empty()) {
    const ByteView step = bytes.substr(0, kWriteStepBytes);
    stream_.next_layer().expires_at(DeadlineOf(pace));
    const auto [error, count] =
        co_await asio::async_write(stream_, asio::buffer(step.data(), step.size()), kToken);
    if (error) {
      Close();
      co_return false;
    }
    pace.done_bytes += count;
    bytes.remove_prefix(step.size());
  }
  co_return true;
}

// Sends the alert close_notify, so that the client knows that nothing was cut off.
asio::awaitable<void> HttpsConnection::SayGoodbye() {
  stream_.next_layer().expires_after(kLinger);
  const auto [error] = co_await stream_.async_shutdown(kToken);
  static_cast<void>(error);  // a client that still sends, or goes without a goodbye
}

// Drops what the client still sends until it has seen the end.
asio::awaitable<void> HttpsConnection::Linger() {
  boost::beast::tcp_stream& tcp = stream_.next_layer();
  boost::system::error_code ignored;
  tcp.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  tcp.expires_after(kLinger);
  std::size_t dropped_bytes = 0;
  while (!closed_ && dropped_bytes < kLingerBytes) {
    const auto [error, count] =
        co_await tcp.async_read_some(asio::buffer(buffer_.data(), buffer_.size()), kToken);
    if (error) co_return;
    dropped_bytes += count;
  }
}

}  // namespace tallystick::matcher
