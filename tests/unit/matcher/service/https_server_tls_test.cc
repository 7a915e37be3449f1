// The certificate matrix of reliability.md, P19, at the transport.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "matcher/service/https_server.h"
#include "tests/unit/matcher/service/raw_client.h"
#include "tests/unit/matcher/service/test_world.h"

namespace tallystick::matcher {
namespace {

constexpr std::string_view kRequest = "GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n";

class HttpsServerTlsTest : public testing::Test {
 protected:
  crypto::TlsContext ClientOf(const ClientCredentials& credentials) const {
    return crypto::TlsContext::Client(world_.ClientTls(credentials)).value();
  }

  // In TLS 1.3 a client learns only after its handshake that its certificate was refused.
  void ExpectRefused(const crypto::TlsContext& tls) {
    RawClient client(server_->port(), &tls);
    if (client.connected()) {
      client.Send(kRequest);
      EXPECT_EQ(client.Receive().status, 0u);
    }
    EXPECT_EQ(handler_.handled_count(), 0);
    handler_.AwaitRefused("tls.handshake");
  }

  TestWorld world_;
  EchoHandler handler_;
  std::unique_ptr<HttpsServer> server_ = world_.Start({}, handler_);
};

TEST_F(HttpsServerTlsTest, P19TakesAGoodCertificate) {
  const auto tls = ClientOf(world_.Issue(world_.authority()));
  RawClient client(server_->port(), &tls);
  ASSERT_TRUE(client.connected());
  client.Send(kRequest);
  EXPECT_EQ(client.Receive().status, 200u);
}

TEST_F(HttpsServerTlsTest, P19RefusesACertificateOfAnotherAuthority) {
  const TestWorld other;
  ExpectRefused(ClientOf(other.Issue(other.authority())));
}

TEST_F(HttpsServerTlsTest, P19RefusesAnExpiredCertificate) {
  ExpectRefused(ClientOf(world_.IssueUntil(world_.now() - std::chrono::seconds(1))));
}

TEST_F(HttpsServerTlsTest, P19RefusesAServerCertificateAsAClients) {
  const crypto::TlsKey key = crypto::TlsKey::Generate();
  const std::vector<std::string> hosts = {"localhost"};
  ClientCredentials credentials;
  credentials.certificate_pem =
      world_.authority()
          .IssueServer(key, hosts, world_.now(), world_.now() + std::chrono::days(1))
          .value();
  credentials.key_pem = key.ToPem().Expose([](ByteView pem) { return Bytes(pem); });
  ExpectRefused(ClientOf(credentials));
}

TEST_F(HttpsServerTlsTest, P19RefusesTls12) {
  const auto tls = ClientOf(world_.Issue(world_.authority()));
  SSL_CTX_set_min_proto_version(tls.native(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(tls.native(), TLS1_2_VERSION);
  EXPECT_FALSE(RawClient(server_->port(), &tls).connected());
  handler_.AwaitRefused("tls.handshake");
}

TEST_F(HttpsServerTlsTest, P19OffersNoSessionToResume) {
  const auto tls = ClientOf(world_.Issue(world_.authority()));
  RawClient first(server_->port(), &tls);
  first.Send(kRequest);
  EXPECT_EQ(first.Receive().status, 200u);
  // With TLS 1.3 a session can be resumed when a ticket has come, at the latest with the answer.
  const SSL_SESSION* const session = SSL_get_session(first.tls());
  EXPECT_EQ(SSL_SESSION_is_resumable(session), 0);
  EXPECT_EQ(SSL_SESSION_has_ticket(session), 0);
  RawClient second(server_->port(), &tls);
  EXPECT_EQ(SSL_session_reused(second.tls()), 0);
}

TEST_F(HttpsServerTlsTest, P21RefusesAnotherApplicationProtocol) {
  const auto tls = ClientOf(world_.Issue(world_.authority()));
  const unsigned char h2[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(tls.native(), h2, sizeof h2);
  ExpectRefused(tls);
}

TEST_F(HttpsServerTlsTest, RefusesPlainHttp) {
  RawClient client(server_->port(), nullptr);
  client.Send(kRequest);
  EXPECT_EQ(client.Receive().status, 0u);
  EXPECT_EQ(handler_.handled_count(), 0);
}

}  // namespace
}  // namespace tallystick::matcher
