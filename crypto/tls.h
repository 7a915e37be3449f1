// TLS contexts as reliability.md rule 8 wants them: TLS 1.3 only, our own trust anchors only,
// X509_V_FLAG_X509_STRICT, ALPN http/1.1, no tickets, no session cache, no early data. Resumption
// is off because a resumed session accepts an expired client certificate.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/shared_secret.h"

struct ssl_ctx_st;
struct ssl_st;

namespace tallystick::crypto {

// ServerTlsOptions: all of PEM. The chain is the leaf, then the CA, which is sent too: a client
// that pins the CA's key needs to see it.
struct ServerTlsOptions {
  Bytes certificate_chain_pem;
  SharedSecret key_pem;
  Bytes client_ca_pem;
  // Without one the handshake ends; with `false` (the default, for enrolment) it goes on, and
  // PeerIdentityOf() says nullopt. A certificate that is presented must verify in either case.
  bool require_client_certificate = false;
};

// ClientTlsOptions: exactly one of ca_pem and ca_spki_pin. Certificate and key are both given, or
// both empty for an anonymous connection (enrolment only).
struct ClientTlsOptions {
  Bytes ca_pem;
  std::optional<Digest> ca_spki_pin;
  Bytes certificate_pem;
  SharedSecret key_pem;
};

// TlsContext owns an SSL_CTX. Copies share it.
//
// Thread safety: native() may be used from any thread to make connections; do not configure it.
class TlsContext {
 public:
  // Server and Client fail with kInvalidArgument "tls.options", naming the part that is wrong.
  static Result<TlsContext> Server(const ServerTlsOptions& options);
  static Result<TlsContext> Client(const ClientTlsOptions& options);

  ssl_ctx_st* native() const { return context_.get(); }

 private:
  explicit TlsContext(ssl_ctx_st* context);

  std::shared_ptr<ssl_ctx_st> context_;
};

// ConfigureClientContext makes a context that someone else created (libcurl's, in its
// CURLOPT_SSL_CTX_FUNCTION) a client context as above, dropping the trust anchors it had.
//
// With a pin, some certificate that the server sends must have that SPKI digest; it is then the
// only trust anchor of the chain. The server must have the extended key usage serverAuth. The host
// name is checked by libcurl (CURLOPT_SSL_VERIFYHOST 2), or with SetServerName().
Status ConfigureClientContext(ssl_ctx_st* context, const ClientTlsOptions& options);

// SetServerName makes the connection send `host` as SNI (a DNS name only) and demand a certificate
// that names it. `host` is a DNS name or an IP address. A client that does not call it, and is not
// libcurl, accepts any server of the CA.
Status SetServerName(ssl_st* connection, std::string_view host);

// PeerIdentity is the verified client certificate of a connection. The chain alone is not identity:
// compare spki_digest with the registered one.
struct PeerIdentity {
  std::string uri;  // an IsIdentityUri()
  Digest spki_digest;
  Time not_after;
  std::string serial_hex;
};

// PeerIdentityOf returns nullopt when the client sent no certificate. kPermissionDenied
// "tls.peer-identity" when it did not verify or does not carry exactly one URI, of our form.
// Call after the handshake.
Result<std::optional<PeerIdentity>> PeerIdentityOf(ssl_st* connection);

}  // namespace tallystick::crypto
