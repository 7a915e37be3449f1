// What x509.cc, certificate_authority.cc and tls.cc share.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/internal/openssl.h"
#include "crypto/x509.h"

namespace tallystick::crypto {

// A passphrase callback that has none: an encrypted PEM is an error, never a prompt.
int NoPassphrase(char* buffer, int size, int writing, void* data);

// ReadPem opens a read-only stream over `pem`, which must outlive it. Nothing over 1 MiB.
Result<BioPtr> ReadPem(ByteView pem);

// Runs a PEM writer and takes what it wrote.
template <class Write>
Bytes WritePem(Write&& write) {
  const BioPtr bio(BIO_new(BIO_s_secmem()));
  TS_CHECK(bio != nullptr && write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  TS_CHECK(size > 0);
  return Bytes(data, static_cast<std::size_t>(size));
}

// ReadCertificates reads all certificates of `pem`: at least one and at most 16, else
// kInvalidArgument.
Result<std::vector<X509Ptr>> ReadCertificates(ByteView pem);

// SpkiDigestOf hashes the DER of the key's SubjectPublicKeyInfo; nullopt for a null or unusable
// key.
std::optional<Digest> SpkiDigestOf(const EVP_PKEY* key);

// Whether `key` is an EC key on P-256, with the curve given by name.
bool IsP256Key(const EVP_PKEY* key);

// ReadCsr reads a request, whose key must be on P-256 and whose signature must verify.
Result<X509ReqPtr> ReadCsr(ByteView csr_pem);

// FactsOf reads a certificate that OpenSSL has parsed.
Result<CertificateFacts> FactsOf(const X509* certificate);

// A subject alternative name that holds one URI.
GeneralNamesPtr UriName(std::string_view uri);

// Whether `host` may stand in a certificate, as a DNS name or as an address.
bool IsDnsName(std::string_view host);
bool IsIpAddress(std::string_view host);

}  // namespace tallystick::crypto
