#include "crypto/tls.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "crypto/internal/certificate.h"

namespace tallystick::crypto {
namespace {

constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr unsigned char kSessionContext[] = "tallystick";
constexpr int kMaxDepth = 2;                  // intermediate certificates
constexpr std::size_t kMaxChainSize = 32768;  // bytes of certificates that a peer may send

Error BadOption(Literal part) {
  return Error(Code::kInvalidArgument, "tls.options", "a TLS option cannot be used")
      .With("part", Name(part.view()));
}

// OpenSSL's purpose check accepts a certificate that has no extended key usage at all; ours wants
// the right one spelled out, so that a client certificate never passes for a server's.
int RequireExtendedKeyUsage(int ok, X509_STORE_CTX* store) {
  if (ok != 1 || X509_STORE_CTX_get_error_depth(store) != 0) return ok;
  const auto* connection =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const std::uint32_t wanted = SSL_is_server(connection) ? XKU_SSL_CLIENT : XKU_SSL_SERVER;
  X509* const leaf = X509_STORE_CTX_get_current_cert(store);
  if ((X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) != 0 &&
      (X509_get_extended_key_usage(leaf) & wanted) != 0) {
    return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
  return 0;
}

// Every certificate that the peer sent and whose key is the pinned one becomes the only trust
// anchors; then the chain is verified as usual. That a forger may write whatever else he likes
// around the pinned key does not help him: what it issued, only its owner can have signed.
int VerifyPinned(X509_STORE_CTX* store, void* argument) {
  const Digest& pin = *static_cast<const Digest*>(argument);
  STACK_OF(X509)* const sent = X509_STORE_CTX_get0_untrusted(store);
  STACK_OF(X509)* const anchors = sk_X509_new_null();
  TS_CHECK(anchors != nullptr);
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* const certificate = sk_X509_value(sent, i);
    if (SpkiDigestOf(X509_get0_pubkey(certificate)) == pin) {
      TS_CHECK(sk_X509_push(anchors, certificate) > 0);
    }
  }
  int ok = 0;
  if (sk_X509_num(anchors) == 0) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
  } else {
    X509_STORE_CTX_set0_trusted_stack(store, anchors);
    ok = X509_verify_cert(store);
    X509_STORE_CTX_set0_trusted_stack(store, nullptr);
  }
  sk_X509_free(anchors);  // the certificates are the connection's
  return ok > 0 ? 1 : 0;
}

void FreePin(void*, void* pin, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Digest*>(pin);
}

// Keeps `pin` as long as `context` lives: libcurl's context outlives the options.
const Digest* AttachPin(SSL_CTX* context, const Digest& pin) {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, FreePin);
  TS_CHECK(index >= 0);
  if (auto* present = static_cast<Digest*>(SSL_CTX_get_ex_data(context, index))) {
    *present = pin;
    return present;
  }
  auto owned = std::make_unique<Digest>(pin);
  TS_CHECK(SSL_CTX_set_ex_data(context, index, owned.get()) == 1);
  return owned.release();
}

int SelectHttp11(SSL*, const unsigned char** out, unsigned char* out_size,
                 const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, kHttp11, sizeof kHttp11, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

// Replaces whatever the context trusted by exactly these.
Status SetTrustAnchors(SSL_CTX* context, ByteView pem, Literal part) {
  const auto anchors = ReadCertificates(pem);
  if (!anchors.ok()) return BadOption(part);
  X509_STORE* const store = X509_STORE_new();
  TS_CHECK(store != nullptr);
  SSL_CTX_set_cert_store(context, store);  // takes it
  for (const X509Ptr& anchor : *anchors) TS_CHECK(X509_STORE_add_cert(store, anchor.get()) == 1);
  return Ok();
}

Status SetOwnCertificate(SSL_CTX* context, ByteView chain_pem, const SharedSecret& key_pem) {
  const auto chain = ReadCertificates(chain_pem);
  if (!chain.ok()) return BadOption("certificate");
  const auto key = key_pem.Expose([](ByteView pem) { return TlsKey::FromPem(pem); });
  if (!key.ok()) return BadOption("key");
  if (SSL_CTX_use_certificate(context, chain->front().get()) != 1) return BadOption("certificate");
  TS_CHECK(SSL_CTX_clear_chain_certs(context) == 1);
  for (std::size_t i = 1; i < chain->size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) != 1) return BadOption("certificate");
  }
  if (SSL_CTX_use_PrivateKey(context, key->native()) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return BadOption("key");
  }
  return Ok();
}

// What both ends have in common.
void Harden(SSL_CTX* context) {
  TS_CHECK(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
  TS_CHECK(SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1);
  TS_CHECK(SSL_CTX_set_ciphersuites(context,
                                    "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:"
                                    "TLS_CHACHA20_POLY1305_SHA256") == 1);
  SSL_CTX_set_security_level(context, 2);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);  // truncation is an error
  TS_CHECK(SSL_CTX_set_num_tickets(context, 0) == 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  TS_CHECK(SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1) ==
           1);
  TS_CHECK(SSL_CTX_set_max_early_data(context, 0) == 1);
  TS_CHECK(SSL_CTX_set_recv_max_early_data(context, 0) == 1);
  // Without NO_AUTO_CHAIN the trust anchors would be searched for a chain to send, every time.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_max_cert_list(context, static_cast<long>(kMaxChainSize));
  SSL_CTX_set_default_passwd_cb(context, NoPassphrase);

  X509_VERIFY_PARAM* const verification = SSL_CTX_get0_param(context);
  TS_CHECK(X509_VERIFY_PARAM_set_flags(
               verification, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE) == 1);
  X509_VERIFY_PARAM_set_depth(verification, kMaxDepth);
  X509_VERIFY_PARAM_set_hostflags(
      verification, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
}

}  // namespace

TlsContext::TlsContext(ssl_ctx_st* context) : context_(context, SSL_CTX_free) {}

Result<TlsContext> TlsContext::Server(const ServerTlsOptions& options) {
  const ErrorQueueGuard guard;
  TlsContext made(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = made.native();
  TS_CHECK(context != nullptr);
  Harden(context);
  TS_RETURN_IF_ERROR(SetOwnCertificate(context, options.certificate_chain_pem, options.key_pem));
  TS_RETURN_IF_ERROR(SetTrustAnchors(context, options.client_ca_pem, "client_ca"));
  TS_ASSIGN_OR_RETURN(const auto client_cas, ReadCertificates(options.client_ca_pem));
  for (const X509Ptr& ca : client_cas) TS_CHECK(SSL_CTX_add_client_CA(context, ca.get()) == 1);
  int mode = SSL_VERIFY_PEER;
  if (options.require_client_certificate) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(context, mode, RequireExtendedKeyUsage);
  SSL_CTX_set_alpn_select_cb(context, SelectHttp11, nullptr);
  return made;
}

Result<TlsContext> TlsContext::Client(const ClientTlsOptions& options) {
  TlsContext made(SSL_CTX_new(TLS_client_method()));
  TS_CHECK(made.native() != nullptr);
  TS_RETURN_IF_ERROR(ConfigureClientContext(made.native(), options));
  return made;
}

Status ConfigureClientContext(ssl_ctx_st* context, const ClientTlsOptions& options) {
  const ErrorQueueGuard guard;
  if (options.ca_pem.empty() == !options.ca_spki_pin.has_value()) return BadOption("ca");
  if (options.certificate_pem.empty() != options.key_pem.empty()) return BadOption("certificate");
  Harden(context);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, RequireExtendedKeyUsage);
  if (options.ca_spki_pin.has_value()) {
    X509_STORE* const nothing = X509_STORE_new();
    TS_CHECK(nothing != nullptr);
    SSL_CTX_set_cert_store(context, nothing);
    const Digest* const pin = AttachPin(context, *options.ca_spki_pin);
    SSL_CTX_set_cert_verify_callback(context, VerifyPinned, const_cast<Digest*>(pin));
  } else {
    SSL_CTX_set_cert_verify_callback(context, nullptr, nullptr);
    TS_RETURN_IF_ERROR(SetTrustAnchors(context, options.ca_pem, "ca"));
  }
  if (!options.certificate_pem.empty()) {
    TS_RETURN_IF_ERROR(SetOwnCertificate(context, options.certificate_pem, options.key_pem));
  }
  TS_CHECK(SSL_CTX_set_alpn_protos(context, kHttp11, sizeof kHttp11) == 0);  // 0 is success here
  return Ok();
}

Status SetServerName(ssl_st* connection, std::string_view host) {
  const ErrorQueueGuard guard;
  const std::string name(host);
  if (IsIpAddress(host)) {
    TS_CHECK(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), name.c_str()) == 1);
    return Ok();
  }
  if (!IsDnsName(host)) return BadOption("host");
  TS_CHECK(SSL_set1_host(connection, name.c_str()) == 1);
  TS_CHECK(SSL_set_tlsext_host_name(connection, name.c_str()) == 1);
  return Ok();
}

Result<std::optional<PeerIdentity>> PeerIdentityOf(ssl_st* connection) {
  const X509* const certificate = SSL_get0_peer_certificate(connection);
  if (certificate == nullptr) return std::optional<PeerIdentity>();
  const auto facts = FactsOf(certificate);
  if (!facts.ok() || SSL_get_verify_result(connection) != X509_V_OK || facts->uris.size() != 1 ||
      !IsIdentityUri(facts->uris.front())) {
    return Error(Code::kPermissionDenied, "tls.peer-identity",
                 "the client certificate does not name one institution or person");
  }
  return std::optional<PeerIdentity>(
      PeerIdentity{facts->uris.front(), facts->spki_digest, facts->not_after, facts->serial_hex});
}

}  // namespace tallystick::crypto
