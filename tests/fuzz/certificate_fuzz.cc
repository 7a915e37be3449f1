// Certificates and certificate requests, as PEM and, so that mutations reach the DER, as the bytes
// within.
#include "base/check.h"
#include "crypto/base64.h"
#include "crypto/x509.h"
#include "tests/fuzz/fuzz_target.h"

namespace tallystick {
namespace {

Bytes Pem(std::string_view label, ByteView der) {
  const std::string base64 = crypto::Base64(der);
  std::string pem = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) pem += base64.substr(at, 64) + "\n";
  return pem + "-----END " + std::string(label) + "-----\n";
}

bool TryPem(ByteView pem) {
  const auto facts = crypto::ReadCertificate(pem);
  if (facts.ok()) {
    TS_CHECK(facts->serial_hex.find_first_not_of("0123456789abcdef") == std::string::npos);
    const auto again = crypto::ReadCertificate(pem);
    TS_CHECK(again.ok() && again->spki_digest == facts->spki_digest && again->uris == facts->uris);
  } else {
    TS_CHECK(facts.error().code() == Code::kInvalidArgument);
  }
  const auto csr = crypto::CsrSpkiDigest(pem);
  TS_CHECK(csr.ok() || csr.error().code() == Code::kInvalidArgument);
  const auto key = crypto::TlsKey::FromPem(pem);
  if (key.ok()) TS_CHECK(key->spki_digest() == key->spki_digest());
  return facts.ok() || csr.ok() || key.ok();
}

}  // namespace

bool FuzzOne(ByteView input) {
  bool accepted = TryPem(input);
  accepted |= TryPem(Pem("CERTIFICATE", input));
  accepted |= TryPem(Pem("CERTIFICATE REQUEST", input));
  return accepted;
}

}  // namespace tallystick
