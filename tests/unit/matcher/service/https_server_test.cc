#include "matcher/service/https_server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "matcher/service/http_gate.h"
#include "tests/unit/matcher/service/http_corpus.h"
#include "tests/unit/matcher/service/raw_client.h"
#include "tests/unit/matcher/service/test_world.h"

namespace tallystick::matcher {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kHost = "Host: localhost\r\n";

std::string Get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(kHost) + "\r\n";
}

std::string PutHead(std::string_view target, std::size_t size, std::string_view fields = {}) {
  return "PUT " + std::string(target) + " HTTP/1.1\r\n" + std::string(kHost) +
         "Content-Length: " + std::to_string(size) + "\r\n" + std::string(fields) + "\r\n";
}

std::string Put(std::string_view target, std::string_view body) {
  return PutHead(target, body.size()) + std::string(body);
}

class HttpsServerTest : public testing::Test {
 protected:
  void Start(ServerOptions options = {}) { server_ = world_.Start(std::move(options), handler_); }

  RawClient Connect() { return RawClient(server_->port(), &member_); }
  RawClient ConnectAnonymously() { return RawClient(server_->port(), &anonymous_); }

  RawAnswer Ask(ByteView bytes) {
    RawClient client = Connect();
    EXPECT_TRUE(client.connected());
    client.Send(bytes);
    return client.Receive();
  }

  void AwaitConnections(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(20);
    while (server_->connection_count() != count && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    ASSERT_EQ(server_->connection_count(), count);
  }

  TestWorld world_;
  EchoHandler handler_;
  crypto::TlsContext member_ = crypto::TlsContext::Client(world_.ClientTls()).value();
  crypto::TlsContext anonymous_ = crypto::TlsContext::Client(world_.AnonymousTls()).value();
  std::unique_ptr<HttpsServer> server_;
};

TEST_F(HttpsServerTest, EchoesABodyAndTellsWhoSentIt) {
  Start();
  const RawAnswer answer =
      Ask(PutHead("/echo", 5,
                  "Content-Type: a/b\r\nIdempotency-Key: 0123456789abcdef0123456789ABCDEF\r\n") +
          "hello");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_FALSE(answer.closed);
  const HttpRequest seen = handler_.last();
  EXPECT_EQ(seen.method, Method::kPut);
  EXPECT_EQ(seen.target, "/echo");
  EXPECT_EQ(seen.content_type, "a/b");
  EXPECT_EQ(seen.idempotency_id, "0123456789abcdef0123456789abcdef");
  ASSERT_TRUE(seen.peer.has_value());
  EXPECT_EQ(seen.peer->uri, TestWorld::kUri);
}

TEST_F(HttpsServerTest, ServesManyRequestsOnOneConnection) {
  Start();
  RawClient client = Connect();
  for (int i = 0; i < 20; ++i) {
    const std::string body = std::to_string(i);
    client.Send(Put("/echo", body));
    const RawAnswer answer = client.Receive();
    EXPECT_EQ(answer.body, body);
    EXPECT_FALSE(answer.closed);
  }
  EXPECT_EQ(handler_.handled_count(), 20);
}

TEST_F(HttpsServerTest, TakesARequestThatArrivesByteByByte) {
  Start();
  RawClient client = Connect();
  for (const char c : Put("/echo", "hello")) client.Send(ByteView(&c, 1));
  EXPECT_EQ(client.Receive().body, "hello");
}

TEST_F(HttpsServerTest, LetsTheHandlerDecideWithoutACertificate) {
  Start();
  RawClient stranger = ConnectAnonymously();
  stranger.Send(Put("/open", "hi"));
  EXPECT_EQ(stranger.Receive().body, "hi");
  stranger.Send(PutHead("/echo", 2));
  const RawAnswer answer = stranger.Receive();
  EXPECT_EQ(answer.status, 403u);
  EXPECT_EQ(answer.body, "no certificate");
  EXPECT_TRUE(answer.closed);
}

TEST_F(HttpsServerTest, P18LetsTheHandlerRefuseARevokedMemberOnALivingConnection) {
  Start();
  RawClient client = Connect();
  client.Send(Get("/echo"));
  EXPECT_EQ(client.Receive().status, 200u);
  handler_.Revoke(std::string(TestWorld::kUri));
  client.Send(Get("/echo"));
  const RawAnswer answer = client.Receive();
  EXPECT_EQ(answer.status, 403u);
  EXPECT_TRUE(answer.closed);
}

// The corpus, over TLS: every refusal is answered, closes, and reaches no handler.
TEST_F(HttpsServerTest, P35AnswersTheWholeCorpusAsTheGateDoes) {
  ServerOptions options;
  options.expected_host = kCorpusHost;
  Start(options);
  GateOptions gate;
  gate.expected_host = kCorpusHost;
  for (const CorpusCase& test : HttpCorpus()) {
    SCOPED_TRACE(test.name);
    const int handled_before = handler_.handled_count();
    RawClient client = Connect();
    ASSERT_TRUE(client.connected());
    if (test.status == 0) {
      const GatedHead head = std::get<GatedHead>(PassGate(test.bytes, gate));
      client.Send(test.bytes);
      if (head.content_length > (64u << 10)) {
        EXPECT_EQ(client.Receive().status, 413u);
        continue;
      }
      if (head.expects_continue) {
        EXPECT_EQ(client.Receive().status, 100u);
      }
      client.Send(std::string(head.content_length, 'b'));
      EXPECT_EQ(client.Receive().status, 200u);
      continue;
    }
    client.Send(test.bytes);
    const RawAnswer answer = client.Receive();
    EXPECT_EQ(answer.status, test.status);
    EXPECT_NE(answer.body.find("{\"error\":{\"id\":\"" + std::string(test.id) + "\","),
              std::string::npos)
        << answer.body;
    EXPECT_TRUE(answer.closed);
    EXPECT_EQ(handler_.handled_count(), handled_before);
  }
}

TEST_F(HttpsServerTest, ExpectsItsOwnPortWhenTheHostHasPortZero) {
  ServerOptions options;
  options.expected_host = "localhost:0";
  Start(options);
  const std::string host = "Host: localhost:" + std::to_string(server_->port()) + "\r\n\r\n";
  EXPECT_EQ(Ask("GET /echo HTTP/1.1\r\n" + host).status, 200u);
  EXPECT_EQ(Ask("GET /echo HTTP/1.1\r\nHost: localhost:0\r\n\r\n").status, 421u);
}

TEST_F(HttpsServerTest, RefusesAHugeBodyBeforeReadingIt) {
  Start();
  const RawAnswer answer = Ask(PutHead("/echo", (64u << 10) + 1));
  EXPECT_EQ(answer.status, 413u);
  EXPECT_NE(answer.head.find("application/json"), std::string::npos);
  EXPECT_TRUE(answer.closed);
  EXPECT_EQ(handler_.handled_count(), 0);
  handler_.AwaitRefused("http.body-too-large");
}

// A client that sends on regardless still gets to read why.
TEST_F(HttpsServerTest, DeliversTheRefusalToAClientThatKeepsSending) {
  Start();
  RawClient client = Connect();
  client.Send(PutHead("/echo", 4u << 20));
  const std::string piece(256u << 10, 'x');
  for (int i = 0; i < 16; ++i) {
    if (!client.Send(piece)) break;
  }
  const RawAnswer answer = client.Receive();
  EXPECT_EQ(answer.status, 413u);
  EXPECT_TRUE(answer.closed);
}

TEST_F(HttpsServerTest, TakesTheLargestBodyThatTheRouteAllows) {
  Start();
  const std::string body(64u << 10, 'x');
  EXPECT_EQ(Ask(Put("/echo", body)).body, body);
  const std::string big(8u << 20, 'x');
  EXPECT_EQ(Ask(Put("/big", big)).body, std::to_string(big.size()));
}

TEST_F(HttpsServerTest, RefusesAHeaderBeyondItsLimit) {
  Start();
  std::string head = "GET /echo HTTP/1.1\r\n" + std::string(kHost) + "X-Field: ";
  head += std::string(8192 - head.size(), 'x');
  const RawAnswer answer = Ask(head);
  EXPECT_EQ(answer.status, 431u);
  EXPECT_TRUE(answer.closed);
}

TEST_F(HttpsServerTest, PermitsTheBodyOnlyWhenItWouldBeTaken) {
  Start();
  RawClient client = Connect();
  client.Send(PutHead("/echo", 5, "Expect: 100-continue\r\n"));
  EXPECT_EQ(client.Receive().status, 100u);
  client.Send("hello");
  EXPECT_EQ(client.Receive().body, "hello");
  client.Send(PutHead("/echo", 1u << 20, "Expect: 100-continue\r\n"));
  EXPECT_EQ(client.Receive().status, 413u);
}

TEST_F(HttpsServerTest, RefusesARequestThatCameWithAnother) {
  Start();
  const RawAnswer after_get = Ask(Get("/echo") + Get("/echo"));
  EXPECT_EQ(after_get.status, 400u);
  EXPECT_NE(after_get.body.find("http.pipelining"), std::string::npos);
  const RawAnswer after_put = Ask(Put("/echo", "hello") + Get("/echo"));
  EXPECT_EQ(after_put.status, 400u);
  EXPECT_TRUE(after_put.closed);
  EXPECT_EQ(handler_.handled_count(), 0);
}

TEST_F(HttpsServerTest, ClosesAfterAnErrorOfTheHandlerAndWhenAsked) {
  Start();
  EXPECT_TRUE(Ask(Get("/refuse")).closed);
  const RawAnswer answer =
      Ask("GET /echo HTTP/1.1\r\n" + std::string(kHost) + "Connection: close\r\n\r\n");
  EXPECT_EQ(answer.status, 200u);
  EXPECT_TRUE(answer.closed);
}

TEST_F(HttpsServerTest, AnswersAnExceptionWithoutItsText) {
  Start();
  for (const char* target : {"/throw", "/admit-throws"}) {
    const RawAnswer answer = Ask(Get(target));
    EXPECT_EQ(answer.status, 500u);
    EXPECT_NE(answer.body.find("http.internal"), std::string::npos);
    EXPECT_EQ(answer.body.find("handle"), std::string::npos);
  }
  EXPECT_EQ(Ask(Get("/echo")).status, 200u);
}

TEST_F(HttpsServerTest, DeliversALargeAnswerWhole) {
  Start();
  const RawAnswer answer = Ask(Get("/count:33554432"));
  EXPECT_EQ(answer.status, 200u);
  EXPECT_EQ(answer.body, std::string(33554432, 'c'));
}

TEST_F(HttpsServerTest, NeverHandlesATruncatedBody) {
  Start();
  {
    RawClient client = Connect();
    client.Send(PutHead("/echo", 100) + "half");
  }
  AwaitConnections(0);
  EXPECT_EQ(handler_.handled_count(), 0);
  handler_.AwaitRefused("http.body-incomplete");
}

// Back-pressure.

TEST_F(HttpsServerTest, P34AnswersWith503AndRetryAfterWhenTheQueueIsFull) {
  ServerOptions options;
  options.worker_threads = 1;
  options.max_queued_requests = 1;
  Start(options);
  RawClient running = Connect();
  running.Send(Get("/wait"));
  handler_.AwaitWaiting(1);
  // One of these is queued; there is no room for the others.
  std::vector<RawClient> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(Connect());
    clients.back().Send(Get("/echo"));
  }
  while (clients.size() > 1) {
    for (auto client = clients.begin(); client != clients.end(); ++client) {
      const RawAnswer answer = client->Receive(milliseconds(50));
      if (answer.status == 0) continue;
      EXPECT_EQ(answer.status, 503u);
      EXPECT_NE(answer.head.find("Retry-After: 1\r\n"), std::string::npos);
      clients.erase(client);
      break;
    }
  }
  handler_.Release();
  EXPECT_EQ(running.Receive().status, 200u);
  EXPECT_EQ(clients.front().Receive().status, 200u);
  EXPECT_EQ(Ask(Get("/echo")).status, 200u);
}

TEST_F(HttpsServerTest, P32BoundsTheMemoryOfAllBodiesTogether) {
  ServerOptions options;
  options.max_body_bytes_in_flight = 1000;
  Start(options);
  RawClient first = Connect();
  first.Send(PutHead("/echo", 600, "Expect: 100-continue\r\n"));
  EXPECT_EQ(first.Receive().status, 100u);
  EXPECT_EQ(Ask(PutHead("/echo", 600)).status, 503u);
  EXPECT_EQ(Ask(Put("/echo", "small")).status, 200u);
  first.Send(std::string(600, 'x'));
  EXPECT_EQ(first.Receive().status, 200u);
  EXPECT_EQ(Ask(Put("/echo", std::string(600, 'y'))).status, 200u);
}

// Time. Each deadline is set far below the others, so that the end has one cause.

TEST_F(HttpsServerTest, P33ClosesOnWhoNeverBeginsTheHandshake) {
  ServerOptions options;
  options.handshake_timeout = milliseconds(200);
  Start(options);
  RawClient silent(server_->port(), nullptr);
  EXPECT_TRUE(silent.ClosesWithin(seconds(5)));
  handler_.AwaitRefused("tls.handshake");
}

TEST_F(HttpsServerTest, P33ClosesAnIdleConnection) {
  ServerOptions options;
  options.idle_timeout = milliseconds(200);
  Start(options);
  RawClient client = Connect();
  client.Send(Get("/echo"));
  EXPECT_EQ(client.Receive().status, 200u);
  EXPECT_TRUE(client.ClosesWithin(seconds(5)));
}

TEST_F(HttpsServerTest, P33GivesAnIdleStrangerOnlyTheTimeOfAHeader) {
  ServerOptions options;
  options.header_timeout = milliseconds(200);
  Start(options);
  RawClient stranger = ConnectAnonymously();
  EXPECT_TRUE(stranger.ClosesWithin(seconds(5)));
}

TEST_F(HttpsServerTest, P33EndsAHeaderThatTricklesAtItsDeadline) {
  ServerOptions options;
  options.header_timeout = milliseconds(300);
  Start(options);
  RawClient client = Connect();
  client.Send("GET /echo HTTP/1.1\r\nX-Field: ");
  const auto start = std::chrono::steady_clock::now();
  while (!client.ClosesWithin(milliseconds(20))) {
    if (!client.Send("x")) break;
    ASSERT_LT(std::chrono::steady_clock::now() - start, seconds(5));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(250));
  handler_.AwaitRefused("http.header-incomplete");
}

TEST_F(HttpsServerTest, P33EndsABodyThatTricklesBelowTheRate) {
  ServerOptions options;
  options.transfer_grace = milliseconds(300);
  Start(options);
  RawClient client = Connect();
  client.Send(PutHead("/echo", 60'000));
  const auto start = std::chrono::steady_clock::now();
  while (!client.ClosesWithin(milliseconds(20))) {
    if (!client.Send("x")) break;
    ASSERT_LT(std::chrono::steady_clock::now() - start, seconds(5));
  }
  handler_.AwaitRefused("http.body-incomplete");
  EXPECT_EQ(handler_.handled_count(), 0);
}

TEST_F(HttpsServerTest, P33LetsABodyAboveTheRateTakeLongerThanTheGrace) {
  ServerOptions options;
  options.transfer_grace = milliseconds(500);
  options.min_body_bytes_per_second = 1000;
  Start(options);
  RawClient client = Connect();
  client.Send(PutHead("/echo", 12'000));
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 12; ++i) {
    EXPECT_TRUE(client.Send(std::string(1000, 'x')));
    EXPECT_FALSE(client.ClosesWithin(milliseconds(i < 11 ? 50 : 0)));
  }
  EXPECT_EQ(client.Receive().status, 200u);
  EXPECT_GT(std::chrono::steady_clock::now() - start, options.transfer_grace);
}

TEST_F(HttpsServerTest, P33EndsAnAnswerThatNobodyReads) {
  ServerOptions options;
  options.transfer_grace = milliseconds(300);
  options.min_body_bytes_per_second = 1u << 30;
  Start(options);
  RawClient client = Connect();
  client.Send(Get("/count:67108864"));
  AwaitConnections(1);
  AwaitConnections(0);
}

// Numbers of connections.

TEST_F(HttpsServerTest, P32RefusesAConnectionBeyondTheCapWhenAllAreBusy) {
  ServerOptions options;
  options.max_connections = 2;
  Start(options);
  RawClient first = Connect();
  RawClient second = Connect();
  first.Send(Get("/wait"));
  second.Send(Get("/wait"));
  handler_.AwaitWaiting(2);
  RawClient third(server_->port(), nullptr);
  EXPECT_TRUE(third.ClosesWithin(seconds(5)));
  handler_.AwaitRefused("http.too-many-connections");
  handler_.Release();
  EXPECT_EQ(first.Receive().status, 200u);
  EXPECT_EQ(second.Receive().status, 200u);
}

TEST_F(HttpsServerTest, P32ClosesAStrangersIdleConnectionBeforeAMembers) {
  ServerOptions options;
  options.max_connections = 2;
  Start(options);
  RawClient member = Connect();
  member.Send(Get("/echo"));
  EXPECT_EQ(member.Receive().status, 200u);
  RawClient stranger = ConnectAnonymously();
  stranger.Send(Put("/open", ""));
  EXPECT_EQ(stranger.Receive().status, 200u);
  EXPECT_EQ(Ask(Get("/echo")).status, 200u);
  EXPECT_TRUE(stranger.ClosesWithin(seconds(5)));
  member.Send(Get("/echo"));
  EXPECT_EQ(member.Receive().status, 200u);
}

TEST_F(HttpsServerTest, P32CountsConnectionsOfOneAddress) {
  ServerOptions options;
  options.max_connections_per_address = 1;
  Start(options);
  RawClient first = Connect();
  first.Send(Get("/wait"));
  handler_.AwaitWaiting(1);
  RawClient second(server_->port(), nullptr);
  EXPECT_TRUE(second.ClosesWithin(seconds(5)));
  handler_.Release();
  EXPECT_EQ(first.Receive().status, 200u);
}

void AllowManyDescriptors() {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST_F(HttpsServerTest, P32ServesAHealthyClientBesideAThousandIdleOnes) {
  AllowManyDescriptors();
  Start();
  std::vector<RawClient> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.push_back(Connect());
    ASSERT_TRUE(idle.back().connected()) << i;
  }
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Ask(Get("/echo")).status, 200u);
  EXPECT_GE(server_->connection_count(), 1000u);
  // They are idle, not forgotten.
  idle.front().Send(Get("/echo"));
  EXPECT_EQ(idle.front().Receive().status, 200u);
}

TEST_F(HttpsServerTest, P32ServesAHealthyClientInAFloodOfSilentOnes) {
  AllowManyDescriptors();
  ServerOptions options;
  options.max_connections = 64;
  Start(options);
  std::vector<RawClient> silent;
  for (int i = 0; i < 1500; ++i) {
    silent.emplace_back(server_->port(), nullptr);
    if (i % 150 != 149) continue;
    EXPECT_EQ(Ask(Get("/echo")).status, 200u) << i;
  }
  EXPECT_LE(server_->connection_count(), 66u);
}

// Ends.

TEST_F(HttpsServerTest, P43DrainsByAnsweringWhatRunsAndClosingWhatIsIdle) {
  Start();
  RawClient idle = Connect();
  idle.Send(Get("/echo"));
  EXPECT_EQ(idle.Receive().status, 200u);
  RawClient running = Connect();
  running.Send(Get("/wait"));
  handler_.AwaitWaiting(1);
  std::thread drain([this] { server_->Drain(seconds(20)); });
  EXPECT_TRUE(idle.ClosesWithin(seconds(5)));
  EXPECT_FALSE(RawClient(server_->port(), nullptr).connected());
  handler_.Release();
  const RawAnswer answer = running.Receive();
  EXPECT_EQ(answer.status, 200u);
  EXPECT_NE(answer.head.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(answer.closed);
  drain.join();
  EXPECT_EQ(server_->connection_count(), 0u);
}

TEST_F(HttpsServerTest, P43DrainClosesWhatIsLeftAfterTheGrace) {
  Start();
  RawClient client = Connect();
  client.Send(PutHead("/echo", 100) + "half");
  AwaitConnections(1);
  RawClient running = Connect();
  running.Send(Get("/wait"));
  handler_.AwaitWaiting(1);
  server_->Drain(seconds(0));
  EXPECT_TRUE(client.ClosesWithin(seconds(5)));
  EXPECT_TRUE(running.ClosesWithin(seconds(5)));
  handler_.Release();
}

TEST_F(HttpsServerTest, EndsInTheMiddleOfEverything) {
  Start();
  RawClient handshaking(server_->port(), nullptr);
  RawClient header = Connect();
  header.Send("GET /echo");
  RawClient body = Connect();
  body.Send(PutHead("/echo", 100) + "half");
  RawClient waiting = Connect();
  waiting.Send(Get("/wait"));
  handler_.AwaitWaiting(1);
  std::thread release([this] { handler_.Release(); });
  server_.reset();
  release.join();
  EXPECT_TRUE(handshaking.ClosesWithin(seconds(5)));
  EXPECT_TRUE(header.ClosesWithin(seconds(5)));
  EXPECT_TRUE(body.ClosesWithin(seconds(5)));
}

TEST_F(HttpsServerTest, P20TakesANewCertificateWhileOldConnectionsLive) {
  Start();
  RawClient old_client = Connect();
  old_client.Send(Get("/echo"));
  EXPECT_EQ(old_client.Receive().status, 200u);
  const TestWorld other;
  server_->ReplaceTls(other.ServerTls());
  const auto other_tls = crypto::TlsContext::Client(other.ClientTls()).value();
  RawClient new_client(server_->port(), &other_tls);
  ASSERT_TRUE(new_client.connected());
  new_client.Send(Get("/echo"));
  EXPECT_EQ(new_client.Receive().status, 200u);
  EXPECT_FALSE(Connect().connected());
  old_client.Send(Get("/echo"));
  EXPECT_EQ(old_client.Receive().status, 200u);
}

TEST_F(HttpsServerTest, SaysWhyItCannotListen) {
  Start();
  ServerOptions options;
  options.port = server_->port();
  const auto taken = HttpsServer::Start(options, world_.ServerTls(), handler_);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().id(), "http.listen");
  EXPECT_EQ(taken.error().code(), Code::kUnavailable);
  options.listen_address = "localhost";
  EXPECT_EQ(HttpsServer::Start(options, world_.ServerTls(), handler_).error().id(),
            "http.listen-address");
}

}  // namespace
}  // namespace tallystick::matcher
