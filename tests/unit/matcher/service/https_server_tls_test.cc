// The certificate matrix of reliability.md, P19, at the transport.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

#include "matcher/service/https_server.h"
#include "tests/unit/matcher/service/raw_client.h"
#include "tests/unit/matcher/service/test_world.h"

namespace tallystick::matcher {
namespace {

constexpr std::string_view kRequest = "GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n";

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* thing) const { Free(thing); }
};
using CertificatePtr = std::unique_ptr<X509, Freed<X509, X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;

CertificatePtr ReadCertificate(ByteView pem) {
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  CertificatePtr certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  return certificate;
}

KeyPtr ReadKey(ByteView pem) {
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  KeyPtr key(PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  return key;
}

Bytes PemOf(X509* certificate) {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio, &bytes);
  Bytes pem(bytes, static_cast<std::size_t>(size));
  BIO_free(bio);
  return pem;
}

// Issues what CertificateAuthority would not: `good` again, with another subjectAltName.
ClientCredentials WithAlternativeName(const crypto::CertificateAuthority& authority,
                                      const ClientCredentials& good, const char* name) {
  const CertificatePtr issuer = ReadCertificate(authority.certificate_pem());
  const CertificatePtr certificate = ReadCertificate(good.certificate_pem);
  const KeyPtr key = authority.key_pem().Expose(ReadKey);
  const int at = X509_get_ext_by_NID(certificate.get(), NID_subject_alt_name, -1);
  X509_EXTENSION_free(X509_delete_ext(certificate.get(), at));
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer.get(), certificate.get(), nullptr, nullptr, 0);
  X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, name);
  EXPECT_NE(names, nullptr);
  // An empty subject makes the name critical (RFC 5280, 4.2.1.6).
  X509_EXTENSION_set_critical(names, 1);
  EXPECT_EQ(X509_add_ext(certificate.get(), names, -1), 1);
  X509_EXTENSION_free(names);
  EXPECT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  return {PemOf(certificate.get()), good.key_pem};
}

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

TEST_F(HttpsServerTlsTest, P19RefusesACertificateThatDoesNotNameOneMember) {
  for (const char* name :
       {"URI:https://example.org", "DNS:csun.example", "URI:tallystick:institution:CSUN",
        "URI:tallystick:person:a,URI:tallystick:person:b"}) {
    SCOPED_TRACE(name);
    const auto tls =
        ClientOf(WithAlternativeName(world_.authority(), world_.Issue(world_.authority()), name));
    RawClient client(server_->port(), &tls);
    ASSERT_TRUE(client.connected());
    client.Send(kRequest);
    const RawAnswer answer = client.Receive();
    EXPECT_EQ(answer.status, 403u);
    EXPECT_NE(answer.body.find("tls.peer-identity"), std::string::npos);
    EXPECT_TRUE(answer.closed);
  }
  handler_.AwaitRefused("tls.peer-identity");
  EXPECT_EQ(handler_.handled_count(), 0);
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
