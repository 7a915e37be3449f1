// Handshakes in memory. OpenSSL judges certificates by the system's clock, so these tests date
// theirs around it.
#include "crypto/tls.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "crypto/internal/certificate.h"
#include "crypto/x509.h"

namespace tallystick::crypto {
namespace {

using std::chrono::days;
using SslPtr = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using SslCtxPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;

constexpr std::string_view kHost = "match.example.org";
constexpr std::string_view kCsun = "tallystick:institution:csun";

Time Now() { return SystemClock().Now(); }

Bytes Reveal(const SecretBuffer& secret) {
  return secret.Expose([](ByteView bytes) { return Bytes(bytes); });
}

struct Credential {
  Bytes certificate;
  Bytes key;
  Digest spki_digest;
};

Credential ServerCredential(const CertificateAuthority& ca,
                            std::vector<std::string> hosts = {std::string(kHost), "127.0.0.1"}) {
  const TlsKey key = TlsKey::Generate();
  return {ca.IssueServer(key, hosts, Now() - days(1), Now() + days(90)).value(),
          Reveal(key.ToPem()), key.spki_digest()};
}

Credential ClientCredential(const CertificateAuthority& ca, Time not_before = Now() - days(1),
                            Time not_after = Now() + days(90)) {
  const TlsKey key = TlsKey::Generate();
  const Bytes csr = MakeCsr(key, kCsun).value();
  return {ca.IssueClient(csr, kCsun, not_before, not_after).value(), Reveal(key.ToPem()),
          key.spki_digest()};
}

// Ends is what became of a connection. In TLS 1.3 a client has finished before the server has seen
// its certificate, so each side also sends a byte and reads the other's.
struct Ends {
  bool client = false;
  bool server = false;
  SslPtr client_ssl;
  SslPtr server_ssl;

  bool both() const { return client && server; }
};

// Moves the handshake, then the byte, as far as it goes; false once it has failed.
class Side {
 public:
  explicit Side(SSL* ssl) : ssl_(ssl) {}

  bool done() const { return read_; }
  bool failed() const { return failed_; }

  void Move() {
    if (failed_ || read_) return;
    ERR_clear_error();
    int result = 1;
    char byte = 'x';
    if (SSL_is_init_finished(ssl_) == 0) result = SSL_do_handshake(ssl_);
    if (result == 1 && !written_) {
      result = SSL_write(ssl_, &byte, 1);
      written_ = result == 1;
    }
    if (result == 1) {
      result = SSL_read(ssl_, &byte, 1);
      read_ = result == 1;
    }
    const int error = SSL_get_error(ssl_, result);
    failed_ = error != SSL_ERROR_NONE && error != SSL_ERROR_WANT_READ;
  }

 private:
  SSL* ssl_;
  bool written_ = false;
  bool read_ = false;
  bool failed_ = false;
};

Ends Connect(SSL_CTX* server_context, SSL_CTX* client_context, std::string_view host = kHost) {
  Ends ends;
  ends.client_ssl.reset(SSL_new(client_context));
  ends.server_ssl.reset(SSL_new(server_context));
  BIO* client_bio = nullptr;
  BIO* server_bio = nullptr;
  EXPECT_EQ(BIO_new_bio_pair(&client_bio, 1 << 17, &server_bio, 1 << 17), 1);
  SSL_set_bio(ends.client_ssl.get(), client_bio, client_bio);
  SSL_set_bio(ends.server_ssl.get(), server_bio, server_bio);
  SSL_set_connect_state(ends.client_ssl.get());
  SSL_set_accept_state(ends.server_ssl.get());
  if (!host.empty()) {
    EXPECT_TRUE(SetServerName(ends.client_ssl.get(), host).ok());
  }
  Side client(ends.client_ssl.get());
  Side server(ends.server_ssl.get());
  for (int i = 0; i < 20; ++i) {
    client.Move();
    server.Move();
  }
  ERR_clear_error();
  ends.client = client.done() && !client.failed();
  ends.server = server.done() && !server.failed();
  return ends;
}

// Tls is a matcher and its CA, and what a member needs to reach it.
class Tls : public testing::Test {
 protected:
  ServerTlsOptions ServerOptions(const Credential& credential) const {
    return {.certificate_chain_pem = credential.certificate + ca_.certificate_pem(),
            .key_pem = credential.key,
            .client_ca_pem = ca_.certificate_pem()};
  }
  ServerTlsOptions ServerOptions() const { return ServerOptions(server_); }

  ClientTlsOptions Anonymous() const {
    ClientTlsOptions options;
    options.ca_pem = ca_.certificate_pem();
    return options;
  }

  ClientTlsOptions Member(const Credential& credential) const {
    ClientTlsOptions options = Anonymous();
    options.certificate_pem = credential.certificate;
    options.key_pem = credential.key;
    return options;
  }

  ClientTlsOptions Pinned(const Digest& digest) const {
    ClientTlsOptions options;
    options.ca_spki_pin = digest;
    return options;
  }

  Ends Try(const ServerTlsOptions& server, const ClientTlsOptions& client,
           std::string_view host = kHost) const {
    return Connect(TlsContext::Server(server).value().native(),
                   TlsContext::Client(client).value().native(), host);
  }

  // A client certificate made by hand, as our CA never would: with these names, with an extended
  // key usage or none, and without the extension `left_out`.
  Credential Handmade(const std::vector<std::string>& uris, const char* extended_key_usage,
                      int left_out = NID_undef) const {
    const TlsKey key = TlsKey::Generate();
    const Bytes pem = ClientCredential(ca_).certificate;
    X509Ptr certificate = std::move(ReadCertificates(pem).value().front());
    EXPECT_EQ(X509_set_pubkey(certificate.get(), key.native()), 1);
    const auto remove = [&](int nid) {
      X509_EXTENSION_free(
          X509_delete_ext(certificate.get(), X509_get_ext_by_NID(certificate.get(), nid, -1)));
    };
    remove(NID_subject_alt_name);
    remove(NID_ext_key_usage);
    if (left_out != NID_undef) remove(left_out);
    const auto add = [&](int nid, const std::string& value) {
      const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
      EXPECT_NE(extension, nullptr);
      EXPECT_EQ(X509_add_ext(certificate.get(), extension.get(), -1), 1);
    };
    std::string names;
    for (const std::string& uri : uris) names += (names.empty() ? "URI:" : ",URI:") + uri;
    if (!names.empty()) add(NID_subject_alt_name, names);
    if (extended_key_usage != nullptr) add(NID_ext_key_usage, extended_key_usage);
    const TlsKey ca_key = TlsKey::FromPem(Reveal(ca_.key_pem())).value();
    EXPECT_GT(X509_sign(certificate.get(), ca_key.native(), EVP_sha256()), 0);
    return {WritePem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }),
            Reveal(key.ToPem()), key.spki_digest()};
  }

  const CertificateAuthority ca_ = CertificateAuthority::Create("Test CA", Now()).value();
  const CertificateAuthority other_ca_ = CertificateAuthority::Create("Other CA", Now()).value();
  const Credential server_ = ServerCredential(ca_);
};

TEST_F(Tls, TheServerLearnsTheClientsIdentity) {
  const Credential csun = ClientCredential(ca_);
  const Ends ends = Try(ServerOptions(), Member(csun));
  ASSERT_TRUE(ends.both());
  const auto identity = PeerIdentityOf(ends.server_ssl.get());
  ASSERT_TRUE(identity.ok());
  ASSERT_TRUE(identity->has_value());
  const auto facts = ReadCertificate(csun.certificate).value();
  EXPECT_EQ((*identity)->uri, kCsun);
  EXPECT_EQ((*identity)->spki_digest, csun.spki_digest);
  EXPECT_EQ((*identity)->not_after, facts.not_after);
  EXPECT_EQ((*identity)->serial_hex, facts.serial_hex);
}

TEST_F(Tls, SpeaksTls13AndHttp11) {
  const Ends ends = Try(ServerOptions(), Anonymous());
  ASSERT_TRUE(ends.both());
  EXPECT_EQ(SSL_version(ends.server_ssl.get()), TLS1_3_VERSION);
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ends.client_ssl.get(), &protocol, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(protocol), size), "http/1.1");
}

TEST_F(Tls, RefusesTls12AtEitherEnd) {
  const auto server = TlsContext::Server(ServerOptions()).value();
  const SslCtxPtr old_client(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_max_proto_version(old_client.get(), TLS1_2_VERSION);
  EXPECT_FALSE(Connect(server.native(), old_client.get(), "").server);

  const auto client = TlsContext::Client(Anonymous()).value();
  const SslCtxPtr old_server(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_max_proto_version(old_server.get(), TLS1_2_VERSION);
  const X509Ptr certificate = std::move(ReadCertificates(server_.certificate).value().front());
  const TlsKey key = TlsKey::FromPem(server_.key).value();
  ASSERT_EQ(SSL_CTX_use_certificate(old_server.get(), certificate.get()), 1);
  ASSERT_EQ(SSL_CTX_use_PrivateKey(old_server.get(), key.native()), 1);
  EXPECT_FALSE(Connect(old_server.get(), client.native()).client);
  SSL_CTX_set_max_proto_version(old_server.get(), TLS1_3_VERSION);  // it was the version
  EXPECT_TRUE(Connect(old_server.get(), client.native()).client);
}

TEST_F(Tls, RefusesAClientThatOffersOnlyAnotherProtocol) {
  const auto server = TlsContext::Server(ServerOptions()).value();
  const auto client = TlsContext::Client(Anonymous()).value();
  const unsigned char h2[] = {2, 'h', '2'};
  ASSERT_EQ(SSL_CTX_set_alpn_protos(client.native(), h2, sizeof h2), 0);
  EXPECT_FALSE(Connect(server.native(), client.native()).server);
}

TEST_F(Tls, AClientWithoutACertificateHasNoIdentity) {
  const Ends ends = Try(ServerOptions(), Anonymous());
  ASSERT_TRUE(ends.both());
  const auto identity = PeerIdentityOf(ends.server_ssl.get());
  ASSERT_TRUE(identity.ok());
  EXPECT_FALSE(identity->has_value());
}

TEST_F(Tls, AServerMayRequireACertificate) {
  ServerTlsOptions server = ServerOptions();
  server.require_client_certificate = true;
  EXPECT_FALSE(Try(server, Anonymous()).server);
  EXPECT_TRUE(Try(server, Member(ClientCredential(ca_))).both());
}

TEST_F(Tls, RefusesAClientCertificateOfAnotherCa) {
  EXPECT_FALSE(Try(ServerOptions(), Member(ClientCredential(other_ca_))).server);
}

TEST_F(Tls, RefusesAnExpiredClientCertificateAndOneOfTheFuture) {
  const Credential expired = ClientCredential(ca_, Now() - days(90), Now() - days(1));
  const Credential early = ClientCredential(ca_, Now() + days(1), Now() + days(90));
  EXPECT_FALSE(Try(ServerOptions(), Member(expired)).server);
  EXPECT_FALSE(Try(ServerOptions(), Member(early)).server);
}

TEST_F(Tls, RefusesAServerCertificateAsAClients) {
  EXPECT_FALSE(Try(ServerOptions(), Member(server_)).server);
}

TEST_F(Tls, RefusesAClientCertificateAsAServers) {
  const Credential member = ClientCredential(ca_);
  EXPECT_FALSE(Try(ServerOptions(member), Anonymous(), "").client);
  EXPECT_FALSE(Try(ServerOptions(member), Pinned(ca_.spki_digest()), "").client);
}

TEST_F(Tls, RefusesAClientCertificateWithoutAnExtendedKeyUsage) {
  const std::vector<std::string> uris = {std::string(kCsun)};
  EXPECT_TRUE(Try(ServerOptions(), Member(Handmade(uris, "clientAuth"))).both());
  EXPECT_FALSE(Try(ServerOptions(), Member(Handmade(uris, nullptr))).server);
  EXPECT_FALSE(Try(ServerOptions(), Member(Handmade(uris, "codeSigning"))).server);
}

TEST_F(Tls, RefusesACertificateThatOnlyX509StrictMinds) {
  const std::vector<std::string> uris = {std::string(kCsun)};
  EXPECT_FALSE(
      Try(ServerOptions(), Member(Handmade(uris, "clientAuth", NID_authority_key_identifier)))
          .server);
}

TEST_F(Tls, RefusesToIdentifyAClientByAnythingButOneOfOurUris) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {std::string(kCsun), "tallystick:institution:lausd"},
      {std::string(kCsun), "https://example.org"},
      {"https://example.org"},
      {"tallystick:matcher:csun"}};
  for (const auto& uris : wrong) {
    const Ends ends = Try(ServerOptions(), Member(Handmade(uris, "clientAuth")));
    ASSERT_TRUE(ends.both());
    const auto identity = PeerIdentityOf(ends.server_ssl.get());
    ASSERT_FALSE(identity.ok());
    EXPECT_EQ(identity.error().id(), "tls.peer-identity");
  }
}

TEST_F(Tls, RefusesAServerOfAnotherCa) {
  ClientTlsOptions client;
  client.ca_pem = other_ca_.certificate_pem();
  EXPECT_FALSE(Try(ServerOptions(), client).client);
}

TEST_F(Tls, RefusesAServerOfAnotherName) {
  EXPECT_TRUE(Try(ServerOptions(), Anonymous(), "127.0.0.1").both());
  EXPECT_FALSE(Try(ServerOptions(), Anonymous(), "other.example.org").client);
  EXPECT_FALSE(Try(ServerOptions(), Anonymous(), "127.0.0.2").client);
  EXPECT_FALSE(Try(ServerOptions(), Pinned(ca_.spki_digest()), "other.example.org").client);
}

TEST_F(Tls, APinnedCaKeyIsTrustedAndNoOtherIs) {
  EXPECT_TRUE(Try(ServerOptions(), Pinned(ca_.spki_digest())).both());
  EXPECT_FALSE(Try(ServerOptions(), Pinned(other_ca_.spki_digest())).client);
  EXPECT_FALSE(Try(ServerOptions(), Pinned(Digest())).client);
}

TEST_F(Tls, APinFailsWhenTheServerDoesNotSendTheCa) {
  ServerTlsOptions server = ServerOptions();
  server.certificate_chain_pem = server_.certificate;
  EXPECT_FALSE(Try(server, Pinned(ca_.spki_digest())).client);
  EXPECT_TRUE(Try(server, Anonymous()).both());
}

TEST_F(Tls, ThePinnedCaBesideAnotherCasServerIsNoTrust) {
  // The interceptor sends its own chain and adds the true CA's certificate, which is public.
  ServerTlsOptions server = ServerOptions(ServerCredential(other_ca_));
  server.certificate_chain_pem += other_ca_.certificate_pem();
  EXPECT_FALSE(Try(server, Pinned(ca_.spki_digest())).client);
}

TEST_F(Tls, AForgedCertificateAroundThePinnedKeyIsNoTrust) {
  // The other CA's certificate with the true CA's public key in it: the pin matches, but what the
  // other CA signed does not verify under that key.
  X509Ptr forged = std::move(ReadCertificates(other_ca_.certificate_pem()).value().front());
  const X509Ptr genuine = std::move(ReadCertificates(ca_.certificate_pem()).value().front());
  ASSERT_EQ(X509_set_pubkey(forged.get(), X509_get0_pubkey(genuine.get())), 1);
  const TlsKey other_key = TlsKey::FromPem(Reveal(other_ca_.key_pem())).value();
  ASSERT_GT(X509_sign(forged.get(), other_key.native(), EVP_sha256()), 0);
  const Credential leaf = ServerCredential(other_ca_);
  ServerTlsOptions server = ServerOptions();
  server.key_pem = leaf.key;
  server.certificate_chain_pem =
      leaf.certificate + WritePem([&](BIO* bio) { return PEM_write_bio_X509(bio, forged.get()); });
  EXPECT_FALSE(Try(server, Pinned(ca_.spki_digest())).client);
}

TEST_F(Tls, GivesOutNoTicketToResumeWith) {
  const auto server = TlsContext::Server(ServerOptions()).value();
  const auto client = TlsContext::Client(Member(ClientCredential(ca_))).value();
  const Ends ends = Connect(server.native(), client.native());
  ASSERT_TRUE(ends.both());
  EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get0_session(ends.client_ssl.get())), 0);
  EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get0_session(ends.client_ssl.get())), 0);
}

TEST_F(Tls, ConfiguringAForeignContextDropsWhatItTrusted) {
  const SslCtxPtr foreign(SSL_CTX_new(TLS_client_method()));
  const X509Ptr trusted = std::move(ReadCertificates(ca_.certificate_pem()).value().front());
  ASSERT_EQ(X509_STORE_add_cert(SSL_CTX_get_cert_store(foreign.get()), trusted.get()), 1);
  const auto server = TlsContext::Server(ServerOptions()).value();
  ClientTlsOptions other;
  other.ca_pem = other_ca_.certificate_pem();
  ASSERT_TRUE(ConfigureClientContext(foreign.get(), other).ok());
  EXPECT_FALSE(Connect(server.native(), foreign.get()).client);
  ASSERT_TRUE(ConfigureClientContext(foreign.get(), Pinned(other_ca_.spki_digest())).ok());
  EXPECT_FALSE(Connect(server.native(), foreign.get()).client);
  ASSERT_TRUE(ConfigureClientContext(foreign.get(), Pinned(ca_.spki_digest())).ok());
  EXPECT_TRUE(Connect(server.native(), foreign.get()).both());
  ASSERT_TRUE(ConfigureClientContext(foreign.get(), other).ok());  // from a pin to a CA
  EXPECT_FALSE(Connect(server.native(), foreign.get()).client);
}

TEST_F(Tls, NamesTheOptionThatIsWrong) {
  const auto part = [](const auto& result) {
    EXPECT_EQ(result.error().id(), "tls.options");
    return std::get<Name>(result.error().fields().front().value).value();
  };
  ServerTlsOptions server = ServerOptions();
  server.certificate_chain_pem = "garbage";
  EXPECT_EQ(part(TlsContext::Server(server)), "certificate");
  server = ServerOptions();
  server.key_pem = ClientCredential(ca_).key;
  EXPECT_EQ(part(TlsContext::Server(server)), "key");
  server = ServerOptions();
  server.client_ca_pem.clear();
  EXPECT_EQ(part(TlsContext::Server(server)), "client_ca");

  ClientTlsOptions client;
  EXPECT_EQ(part(TlsContext::Client(client)), "ca");
  client = Anonymous();
  client.ca_spki_pin = ca_.spki_digest();
  EXPECT_EQ(part(TlsContext::Client(client)), "ca");
  client = Anonymous();
  client.key_pem = server_.key;
  EXPECT_EQ(part(TlsContext::Client(client)), "certificate");

  const auto context = TlsContext::Client(Anonymous()).value();
  const SslPtr connection(SSL_new(context.native()));
  EXPECT_EQ(part(SetServerName(connection.get(), "not a host")), "host");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_F(Tls, OneContextServesManyThreads) {
  const auto server = TlsContext::Server(ServerOptions()).value();
  ClientTlsOptions options = Member(ClientCredential(ca_));
  options.ca_pem.clear();
  options.ca_spki_pin = ca_.spki_digest();
  const auto client = TlsContext::Client(options).value();
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < good.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const Ends ends = Connect(server.native(), client.native());
        const auto identity = PeerIdentityOf(ends.server_ssl.get());
        good[t] += ends.both() && identity.ok() && identity->has_value() ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 10));
}

}  // namespace
}  // namespace tallystick::crypto
