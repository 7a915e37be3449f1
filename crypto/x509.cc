#include "crypto/x509.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <cstdint>
#include <ctime>
#include <utility>

#include "crypto/internal/certificate.h"

namespace tallystick::crypto {
namespace {

constexpr std::size_t kMaxPemSize = std::size_t{1} << 20;
constexpr std::size_t kMaxCertificates = 16;

Error BadCertificate() {
  return Error(Code::kInvalidArgument, "crypto.certificate", "the certificate cannot be read");
}

Error BadCsr() {
  return Error(Code::kInvalidArgument, "crypto.csr",
               "not a certificate request for a P-256 key, or its signature does not verify");
}

std::optional<Time> TimeOf(const ASN1_TIME* time) {
  std::tm parts = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  using std::chrono::year_month_day;
  const year_month_day date(std::chrono::year(parts.tm_year + 1900),
                            std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                            std::chrono::day(static_cast<unsigned>(parts.tm_mday)));
  if (!date.ok()) return std::nullopt;
  return Time(Date(date)) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) +
         std::chrono::seconds(parts.tm_sec);
}

// Text of printable ASCII: no NUL that would cut it short for someone else.
std::optional<std::string> TextOf(const ASN1_IA5STRING* string) {
  const std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                         static_cast<std::size_t>(ASN1_STRING_length(string)));
  for (const char c : text) {
    if (c <= 0x20 || c >= 0x7f) return std::nullopt;
  }
  return text;
}

Status ReadNames(const X509* certificate, CertificateFacts& facts) {
  int found = 0;  // -1: the extension is absent
  const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, &found, nullptr)));
  if (names == nullptr) return found == -1 ? Ok() : Status(BadCertificate());
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type != GEN_URI && type != GEN_DNS) continue;
    auto text = TextOf(static_cast<const ASN1_IA5STRING*>(value));
    if (!text.has_value()) return BadCertificate();
    (type == GEN_URI ? facts.uris : facts.dns).push_back(*std::move(text));
  }
  return Ok();
}

Result<std::string> SerialHex(const X509* certificate) {
  const BnPtr serial(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (serial == nullptr || BN_is_negative(serial.get())) return BadCertificate();
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(serial.get())), '\0');
  BN_bn2bin(serial.get(), Unsigned(bytes.data()));
  std::string hex = ToHex(bytes);
  if (hex.starts_with('0')) hex.erase(0, 1);
  return hex;
}

}  // namespace

int NoPassphrase(char*, int, int, void*) { return -1; }

Result<BioPtr> ReadPem(ByteView pem) {
  if (pem.size() > kMaxPemSize) {
    return Error(Code::kInvalidArgument, "crypto.pem", "PEM of more than 1 MiB");
  }
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  TS_CHECK(bio != nullptr);
  return bio;
}

Result<std::vector<X509Ptr>> ReadCertificates(ByteView pem) {
  const ErrorQueueGuard guard;
  TS_ASSIGN_OR_RETURN(const BioPtr bio, ReadPem(pem));
  std::vector<X509Ptr> certificates;
  while (true) {
    X509Ptr next(PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr));
    if (next == nullptr) break;
    certificates.push_back(std::move(next));
    if (certificates.size() > kMaxCertificates) return BadCertificate();
  }
  // The end of the text is the error "no start line"; every other one is a broken certificate.
  if (certificates.empty() || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return BadCertificate();
  }
  return certificates;
}

std::optional<Digest> SpkiDigestOf(const EVP_PKEY* key) {
  if (key == nullptr) return std::nullopt;
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return std::nullopt;
  const Digest digest =
      Sha256(ByteView(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return digest;
}

bool IsP256Key(const EVP_PKEY* key) {
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return false;
  char group[32];
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, group, sizeof group, &size) != 1) return false;
  int is_explicit = 0;
  if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) ==
          1 &&
      is_explicit != 0) {
    return false;
  }
  return std::string_view(group, size) == SN_X9_62_prime256v1;
}

Result<X509ReqPtr> ReadCsr(ByteView csr_pem) {
  const ErrorQueueGuard guard;
  TS_ASSIGN_OR_RETURN(const BioPtr bio, ReadPem(csr_pem));
  X509ReqPtr request(PEM_read_bio_X509_REQ(bio.get(), nullptr, NoPassphrase, nullptr));
  if (request == nullptr) return BadCsr();
  EVP_PKEY* const key = X509_REQ_get0_pubkey(request.get());
  if (!IsP256Key(key) || X509_REQ_verify(request.get(), key) != 1) return BadCsr();
  return request;
}

Result<CertificateFacts> FactsOf(const X509* certificate) {
  const ErrorQueueGuard guard;
  CertificateFacts facts;
  TS_RETURN_IF_ERROR(ReadNames(certificate, facts));
  const auto digest = SpkiDigestOf(X509_get0_pubkey(certificate));
  const auto not_before = TimeOf(X509_get0_notBefore(certificate));
  const auto not_after = TimeOf(X509_get0_notAfter(certificate));
  if (!digest || !not_before || !not_after) return BadCertificate();
  facts.spki_digest = *digest;
  facts.not_before = *not_before;
  facts.not_after = *not_after;
  TS_ASSIGN_OR_RETURN(facts.serial_hex, SerialHex(certificate));
  // Computes and caches the extensions' flags; the certificate stays the same.
  facts.is_ca = X509_check_ca(const_cast<X509*>(certificate)) == 1;
  return facts;
}

GeneralNamesPtr UriName(std::string_view uri) {
  GeneralNamesPtr names(GENERAL_NAMES_new());
  GENERAL_NAME* const name = GENERAL_NAME_new();
  ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
  TS_CHECK(names != nullptr && name != nullptr && text != nullptr);
  TS_CHECK(ASN1_STRING_set(text, uri.data(), static_cast<int>(uri.size())) == 1);
  GENERAL_NAME_set0_value(name, GEN_URI, text);
  TS_CHECK(sk_GENERAL_NAME_push(names.get(), name) > 0);
  return names;
}

bool IsIdentityUri(std::string_view uri) {
  for (const std::string_view prefix : {"tallystick:institution:", "tallystick:person:"}) {
    if (!uri.starts_with(prefix)) continue;
    const std::string_view id = uri.substr(prefix.size());
    return id.size() >= 2 && id.size() <= 32 &&
           id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
  }
  return false;
}

bool IsIpAddress(std::string_view host) {
  const ErrorQueueGuard guard;
  ASN1_OCTET_STRING* const address = a2i_IPADDRESS(std::string(host).c_str());
  const bool is_address = address != nullptr && host.find('\0') == std::string_view::npos;
  ASN1_OCTET_STRING_free(address);
  return is_address;
}

bool IsDnsName(std::string_view host) {
  if (host.empty() || host.size() > 253 || IsIpAddress(host)) return false;
  std::size_t label = 0;  // length of the label so far
  for (const char c : host) {
    const bool is_alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (is_alphanumeric || (c == '-' && label > 0)) {
      if (++label > 63) return false;
    } else {
      return false;
    }
  }
  return label > 0;
}

void TlsKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

TlsKey TlsKey::Generate() {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  TS_CHECK(key != nullptr);
  return TlsKey(key);
}

Result<TlsKey> TlsKey::FromPem(ByteView pem) {
  const ErrorQueueGuard guard;
  TS_ASSIGN_OR_RETURN(const BioPtr bio, ReadPem(pem));
  PkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (!IsP256Key(key.get())) {
    return Error(Code::kInvalidArgument, "crypto.tls-key",
                 "not an unencrypted private key on P-256 in PEM");
  }
  return TlsKey(key.release());
}

SecretBuffer TlsKey::ToPem() const {
  return SecretBuffer(WritePem([this](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }));
}

Digest TlsKey::spki_digest() const {
  const auto digest = SpkiDigestOf(key_.get());
  TS_CHECK(digest.has_value());
  return *digest;
}

Result<CertificateFacts> ReadCertificate(ByteView pem) {
  TS_ASSIGN_OR_RETURN(const auto certificates, ReadCertificates(pem));
  return FactsOf(certificates.front().get());
}

Result<Bytes> MakeCsr(const TlsKey& key, std::string_view uri_san) {
  if (!IsIdentityUri(uri_san)) {
    return Error(Code::kInvalidArgument, "crypto.identity-uri",
                 "not tallystick:institution:<id> or tallystick:person:<id>");
  }
  const X509ReqPtr request(X509_REQ_new());
  TS_CHECK(request != nullptr && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1);
  TS_CHECK(X509_REQ_set_pubkey(request.get(), key.native()) == 1);
  STACK_OF(X509_EXTENSION)* extensions = nullptr;
  TS_CHECK(X509V3_add1_i2d(&extensions, NID_subject_alt_name, UriName(uri_san).get(), 0,
                           X509V3_ADD_DEFAULT) == 1);
  TS_CHECK(X509_REQ_add_extensions(request.get(), extensions) == 1);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  TS_CHECK(X509_REQ_sign(request.get(), key.native(), EVP_sha256()) > 0);
  return WritePem([&](BIO* bio) { return PEM_write_bio_X509_REQ(bio, request.get()); });
}

Result<Digest> CsrSpkiDigest(ByteView csr_pem) {
  TS_ASSIGN_OR_RETURN(const X509ReqPtr request, ReadCsr(csr_pem));
  const auto digest = SpkiDigestOf(X509_REQ_get0_pubkey(request.get()));
  if (!digest.has_value()) return BadCsr();
  return *digest;
}

}  // namespace tallystick::crypto
