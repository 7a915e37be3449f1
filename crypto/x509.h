// Certificates (RFC 5280): the matcher's CA, its server certificate, and the certificates of
// institutions and persons. All keys are ECDSA on P-256.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

struct evp_pkey_st;
struct x509_st;

namespace tallystick::crypto {

// TlsKey is a private key for TLS. Move-only; OpenSSL wipes it.
//
// Thread safety: const methods from any thread.
class TlsKey {
 public:
  static TlsKey Generate();
  // FromPem reads an unencrypted private key; kInvalidArgument when it is none or not on P-256.
  static Result<TlsKey> FromPem(ByteView pem);

  // ToPem returns PKCS#8, unencrypted.
  SecretBuffer ToPem() const;

  // The SHA-256 of the public key's SubjectPublicKeyInfo in DER: what invitations pin.
  Digest spki_digest() const;

  // For crypto/ itself; owned by this.
  evp_pkey_st* native() const { return key_.get(); }

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };

  explicit TlsKey(evp_pkey_st* key) : key_(key) {}

  std::unique_ptr<evp_pkey_st, Free> key_;
};

// CertificateFacts is what a certificate says. Reading them verifies nothing.
struct CertificateFacts {
  std::vector<std::string> uris;
  std::vector<std::string> dns;
  Digest spki_digest;
  Time not_before;
  Time not_after;
  std::string serial_hex;  // lower case, no leading zeros
  bool is_ca = false;
};

// ReadCertificate reads the first certificate of `pem`; kInvalidArgument when there is none or one
// of its fields cannot be read.
Result<CertificateFacts> ReadCertificate(ByteView pem);

// IsIdentityUri says whether `uri` is tallystick:institution:<id> or tallystick:person:<id> with an
// id of [a-z0-9-]{2,32}: the only URIs that a client certificate carries.
bool IsIdentityUri(std::string_view uri);

// CertificateAuthority issues certificates under one self-signed P-256 key. What it issues passes
// X509_V_FLAG_X509_STRICT; serial numbers are 127 random bits. It keeps no record and revokes
// nothing: whoever accepts a certificate compares its SPKI digest with the registered one.
//
// Thread safety: const methods from any thread. Move-only.
class CertificateAuthority {
 public:
  static constexpr std::chrono::days kLifetime{3650};
  static constexpr std::chrono::days kClockSkew{1};  // valid from a day before it was made

  // Create makes a key and a certificate valid for kLifetime from `now`. REQUIRES of common_name: 1
  // to 64 printable ASCII characters, else kInvalidArgument.
  static Result<CertificateAuthority> Create(std::string_view common_name, Time now);

  // Load fails with kInvalidArgument when either cannot be read, when the certificate is not a CA,
  // or when the key is another certificate's.
  static Result<CertificateAuthority> Load(ByteView certificate_pem, ByteView key_pem);

  const Bytes& certificate_pem() const { return certificate_pem_; }
  SecretBuffer key_pem() const { return key_.ToPem(); }
  Digest spki_digest() const { return key_.spki_digest(); }

  // IssueServer returns the PEM of a server certificate for `key`, naming every host (DNS name, or
  // IPv4 or IPv6 address). Fails with kInvalidArgument on no host or one that is neither, on an
  // empty period, and on one that outlives the CA.
  Result<Bytes> IssueServer(const TlsKey& key, std::span<const std::string> hosts, Time not_before,
                            Time not_after) const;

  // IssueClient returns the PEM of a client certificate for the key of `csr_pem`, whose own
  // signature must verify (proof of possession); everything else in it is ignored. Its one name is
  // `uri_san`, which must be an IsIdentityUri(). Fails with kInvalidArgument.
  Result<Bytes> IssueClient(ByteView csr_pem, std::string_view uri_san, Time not_before,
                            Time not_after) const;

 private:
  struct Free {
    void operator()(x509_st* certificate) const;
  };

  CertificateAuthority(TlsKey key, x509_st* certificate);

  TlsKey key_;
  std::unique_ptr<x509_st, Free> certificate_;
  Bytes certificate_pem_;
};

// MakeCsr returns a certificate request (PKCS#10, PEM) for `key` that asks for `uri_san`, which
// must be an IsIdentityUri(), else kInvalidArgument.
Result<Bytes> MakeCsr(const TlsKey& key, std::string_view uri_san);

// CsrSpkiDigest returns the SPKI digest of the request's key, after checking its signature.
Result<Digest> CsrSpkiDigest(ByteView csr_pem);

}  // namespace tallystick::crypto
