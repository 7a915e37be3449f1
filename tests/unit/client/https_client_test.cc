#include "client/https_client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "crypto/x509.h"
#include "tests/unit/matcher/service/test_world.h"

namespace tallystick::client {
namespace {

using matcher::ServerOptions;
using matcher::TestWorld;
using std::chrono::seconds;

constexpr std::string_view kId = "0123456789abcdef0123456789abcdef";

class HttpsClientTest : public testing::Test {
 protected:
  void Start(ServerOptions options = {}) { server_ = world_.Start(std::move(options), handler_); }

  std::string Url(std::string_view host = "127.0.0.1") const {
    return "https://" + std::string(host) + ":" + std::to_string(server_->port());
  }

  HttpsClientOptions Options() const {
    HttpsClientOptions options;
    options.base_url = Url();
    options.tls = world_.ClientTls();
    return options;
  }

  HttpsClient Client() const { return HttpsClient::Create(Options()).value(); }

  // The error that one request over `options` ends with.
  static std::string ErrorId(HttpsClientOptions options) {
    HttpsClient client = HttpsClient::Create(std::move(options)).value();
    const auto response = client.Send("GET", "/echo", {});
    return response.ok() ? "status " + std::to_string(response->status)
                         : std::string(response.error().id());
  }

  TestWorld world_;
  matcher::EchoHandler handler_;
  std::unique_ptr<matcher::HttpsServer> server_;
};

TEST_F(HttpsClientTest, SendsEveryMethodWithItsBodyAndId) {
  Start();
  HttpsClient client = Client();
  for (const std::string_view method : {"PUT", "POST"}) {
    const auto response = client.Send(method, "/echo", "hello", kId);
    ASSERT_TRUE(response.ok()) << response.error().ToString();
    EXPECT_EQ(response->status, 200u);
    EXPECT_EQ(response->body, "hello");
    EXPECT_EQ(response->content_type, "text/plain");
    EXPECT_EQ(handler_.last().idempotency_id, kId);
  }
  EXPECT_EQ(handler_.last().content_type, "application/x-protobuf");
  EXPECT_EQ(client.Send("GET", "/echo", {})->status, 200u);
  EXPECT_EQ(handler_.last().method, matcher::Method::kGet);
  EXPECT_EQ(handler_.last().idempotency_id, "");
  EXPECT_EQ(client.Send("DELETE", "/echo", {}, kId)->status, 200u);
  EXPECT_EQ(handler_.last().method, matcher::Method::kDelete);
  EXPECT_EQ(client.Send("POST", "/echo", {}, kId)->status, 200u);
  EXPECT_EQ(client.Send("PUT", "/echo", {}, kId)->status, 200u);
  EXPECT_EQ(handler_.last().content_type, "application/octet-stream");
}

TEST_F(HttpsClientTest, SendsBytesOfEveryValue) {
  Start();
  Bytes body;
  for (int i = 0; i < 65536; ++i) body.push_back(static_cast<char>(i * 7));
  const auto response = Client().Send("PUT", "/echo", body);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->body, body);
}

TEST_F(HttpsClientTest, KeepsItsConnection) {
  Start();
  HttpsClient client = Client();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(client.Send("PUT", "/echo", "hello").ok());
  EXPECT_EQ(client.connection_count(), 1u);
  EXPECT_EQ(server_->connection_count(), 1u);
}

TEST_F(HttpsClientTest, ConnectsAnewWhenTheKeptConnectionIsGone) {
  ServerOptions options;
  options.max_connections = 1;  // each client's connection costs the other one's
  Start(options);
  HttpsClient client = Client();
  HttpsClient other = Client();
  for (int i = 0; i < 3; ++i) {
    for (HttpsClient* sender : {&client, &other}) {
      const auto response = sender->Send("PUT", "/echo", "hello");
      ASSERT_TRUE(response.ok()) << response.error().ToString();
      EXPECT_EQ(response->body, "hello");
    }
  }
  EXPECT_EQ(client.connection_count(), 3u);
}

TEST_F(HttpsClientTest, ReturnsErrorsOfTheServerAsAnswers) {
  Start();
  HttpsClient client = Client();
  const auto response = client.Send("GET", "/refuse", {});
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 403u);
  EXPECT_EQ(response->body, "no");
  EXPECT_FALSE(response->retry_after_seconds.has_value());
}

// The server answers before the body is through; the client must not miss that.
TEST_F(HttpsClientTest, HearsThatABodyIsTooLargeWhileSendingIt) {
  Start();
  HttpsClient client = Client();
  for (int i = 0; i < 10; ++i) {
    const auto response = client.Send("PUT", "/echo", Bytes(4u << 20, 'x'));
    ASSERT_TRUE(response.ok()) << response.error().ToString();
    EXPECT_EQ(response->status, 413u);
    EXPECT_EQ(response->content_type, "application/json");
  }
}

TEST_F(HttpsClientTest, PassesOnWhenToTryAgain) {
  ServerOptions options;
  options.max_body_bytes_in_flight = 1;
  Start(options);
  const auto response = Client().Send("PUT", "/echo", "hello");
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 503u);
  EXPECT_EQ(response->retry_after_seconds, 1u);
}

TEST_F(HttpsClientTest, RefusesAnAnswerThatIsTooLarge) {
  Start();
  HttpsClientOptions options = Options();
  options.max_response_bytes = 1000;
  HttpsClient client = HttpsClient::Create(std::move(options)).value();
  EXPECT_TRUE(client.Send("GET", "/count:1000", {}).ok());
  const auto response = client.Send("GET", "/count:1001", {});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::kExhausted);
  EXPECT_EQ(response.error().id(), "net.response-too-large");
  EXPECT_TRUE(client.Send("GET", "/count:999", {}).ok());
}

TEST_F(HttpsClientTest, SaysThatAnAnswerDidNotComeInTime) {
  Start();
  HttpsClientOptions options = Options();
  options.total_timeout = seconds(1);
  HttpsClient client = HttpsClient::Create(std::move(options)).value();
  const auto response = client.Send("GET", "/wait", {});
  handler_.Release();
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code(), Code::kUnavailable);
  EXPECT_EQ(response.error().id(), "net.timeout");
}

TEST_F(HttpsClientTest, SaysThatNobodyListens) {
  Start();
  const HttpsClientOptions options = Options();
  server_.reset();
  EXPECT_EQ(ErrorId(options), "net.unreachable");
}

TEST_F(HttpsClientTest, SaysThatTheConnectionBroke) {
  ServerOptions options;
  options.handshake_timeout = std::chrono::milliseconds(0);  // closed before it is over
  Start(options);
  EXPECT_EQ(ErrorId(Options()), "net.unreachable");
}

TEST_F(HttpsClientTest, WorksWithoutACertificate) {
  Start();
  HttpsClientOptions options = Options();
  options.tls = world_.AnonymousTls();
  HttpsClient client = HttpsClient::Create(std::move(options)).value();
  EXPECT_EQ(client.Send("POST", "/open", "hi")->body, "hi");
  EXPECT_EQ(client.Send("GET", "/echo", {})->status, 403u);
}

TEST_F(HttpsClientTest, KnowsTheMatcherByItsPinnedKeyAlone) {
  Start();
  HttpsClientOptions options = Options();
  options.tls = {};
  options.tls.ca_spki_pin = world_.authority().spki_digest();
  HttpsClient client = HttpsClient::Create(options).value();
  EXPECT_EQ(client.Send("POST", "/open", "hi")->body, "hi");
  options.tls.ca_spki_pin = TestWorld().authority().spki_digest();
  EXPECT_EQ(ErrorId(options), "net.tls");
}

TEST_F(HttpsClientTest, P19RefusesAServerOfAnotherAuthority) {
  Start();
  HttpsClientOptions options = Options();
  options.tls.ca_pem = TestWorld().authority().certificate_pem();
  EXPECT_EQ(ErrorId(options), "net.tls");
}

TEST_F(HttpsClientTest, P19RefusesAServerWithAnotherName) {
  ServerOptions everywhere;
  everywhere.listen_address = "0.0.0.0";  // 127.0.0.2 too, which its certificate does not name
  Start(everywhere);
  HttpsClientOptions options = Options();
  options.base_url = Url("127.0.0.2");
  EXPECT_EQ(ErrorId(options), "net.tls");
  options.base_url = Url("localhost");
  EXPECT_EQ(ErrorId(options), "status 200");
}

TEST_F(HttpsClientTest, SpeaksIpv6) {
  ServerOptions options;
  options.listen_address = "::1";
  options.expected_host = "[::1]:0";
  auto started = matcher::HttpsServer::Start(options, world_.ServerTls(), handler_);
  if (!started.ok()) GTEST_SKIP() << "no IPv6 here";
  server_ = *std::move(started);
  HttpsClientOptions client = Options();
  client.base_url = Url("[::1]");
  EXPECT_EQ(ErrorId(client), "status 200");
}

TEST_F(HttpsClientTest, P19HearsThatItsOwnCertificateIsRefused) {
  Start();
  const TestWorld other;
  HttpsClientOptions options = Options();
  options.tls = world_.ClientTls(other.Issue(other.authority()));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ErrorId(options), "net.tls");
  options.tls = world_.ClientTls(world_.IssueUntil(world_.now() - seconds(1)));
  EXPECT_EQ(ErrorId(options), "net.tls");
  EXPECT_EQ(handler_.handled_count(), 0);
}

TEST_F(HttpsClientTest, NeverAsksAProxyForALoopbackAddress) {
  Start();
  ASSERT_EQ(::setenv("https_proxy", "http://127.0.0.1:1", 1), 0);
  EXPECT_EQ(ErrorId(Options()), "status 200");
  HttpsClientOptions elsewhere = Options();
  elsewhere.base_url = "https://matcher.invalid";
  EXPECT_EQ(ErrorId(elsewhere), "net.unreachable");
  ASSERT_EQ(::unsetenv("https_proxy"), 0);
}

// RefusingProxy answers every CONNECT with 403 until it goes.
class RefusingProxy {
 public:
  RefusingProxy() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    auto* const generic = reinterpret_cast<sockaddr*>(&name);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
    port_ = ntohs(name.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~RefusingProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void Serve() {
    for (int fd; (fd = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(fd)) {
      std::string seen;
      char bytes[1024];
      while (seen.find("\r\n\r\n") == std::string::npos) {
        const ssize_t count = ::recv(fd, bytes, sizeof bytes, 0);
        if (count <= 0) break;
        seen.append(bytes, static_cast<std::size_t>(count));
      }
      constexpr std::string_view kAnswer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
      static_cast<void>(::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL));
    }
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_F(HttpsClientTest, DoesNotTakeAProxysRefusalForTheMatchersAnswer) {
  const RefusingProxy proxy;
  ASSERT_EQ(::setenv("https_proxy", proxy.url().c_str(), 1), 0);
  HttpsClientOptions options;
  options.base_url = "https://matcher.invalid";
  options.tls = world_.ClientTls();
  HttpsClient client = HttpsClient::Create(std::move(options)).value();
  const auto response = client.Send("GET", "/echo", {});
  ASSERT_EQ(::unsetenv("https_proxy"), 0);
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().id(), "net.proxy");
  EXPECT_EQ(std::get<std::uint64_t>(response.error().fields().front().value), 403u);
}

TEST_F(HttpsClientTest, TakesOnlyAddressesOfAMatcher) {
  Start();
  for (const char* url :
       {"", "http://127.0.0.1:1", "https://", "127.0.0.1:1", "https://127.0.0.1:1/path",
        "https://user@127.0.0.1:1", "https://127.0.0.1:1/?q", "https://127.0.0.1:1/#f",
        "ftp://127.0.0.1", "https://127.0.0.1:99999", "https://a b/"}) {
    HttpsClientOptions options = Options();
    options.base_url = url;
    const auto client = HttpsClient::Create(std::move(options));
    ASSERT_FALSE(client.ok()) << url;
    EXPECT_EQ(client.error().id(), "net.url") << url;
  }
  HttpsClientOptions options = Options();
  options.base_url += "/";
  EXPECT_EQ(ErrorId(options), "status 200");
}

TEST_F(HttpsClientTest, NoticesBadCertificatesBeforeItConnects) {
  Start();
  HttpsClientOptions options = Options();
  options.tls.key_pem = Bytes("nonsense");
  EXPECT_EQ(HttpsClient::Create(options).error().id(), "tls.options");
}

}  // namespace
}  // namespace tallystick::client
