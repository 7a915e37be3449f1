// CertificateAuthority of x509.h. The extensions are those that RFC 5280 section 4.2 wants and that
// X509_V_FLAG_X509_STRICT checks: key identifiers everywhere, critical basicConstraints and
// keyUsage.
#include <openssl/pem.h>

#include <string>
#include <utility>

#include "crypto/internal/certificate.h"
#include "crypto/random.h"
#include "crypto/x509.h"

namespace tallystick::crypto {
namespace {

Error BadAuthority() {
  return Error(Code::kInvalidArgument, "crypto.certificate-authority",
               "not a CA certificate with its own private key");
}

Error BadPeriod() {
  return Error(Code::kInvalidArgument, "crypto.certificate-period",
               "a certificate must be valid for some time, and not longer than its CA");
}

void SetSerial(X509* certificate) {
  Bytes random = RandomBytes(16);
  random[0] = static_cast<char>((random[0] & 0x7f) | 0x40);  // positive, and always 16 bytes
  const BnPtr number(BN_bin2bn(Unsigned(random), static_cast<int>(random.size()), nullptr));
  TS_CHECK(number != nullptr);
  TS_CHECK(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr);
}

void SetPeriod(X509* certificate, Time not_before, Time not_after) {
  const auto set = [](ASN1_TIME* field, Time time) {
    TS_CHECK(ASN1_TIME_set(field, time.time_since_epoch().count()) != nullptr);
  };
  set(X509_getm_notBefore(certificate), not_before);
  set(X509_getm_notAfter(certificate), not_after);
}

void SetCommonName(X509* certificate, std::string_view text) {
  TS_CHECK(X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                      MBSTRING_UTF8, Unsigned(text), static_cast<int>(text.size()),
                                      -1, 0) == 1);
}

// `value` is in the language of x509v3_config(5): a literal, never input.
void AddExtension(X509* certificate, X509* issuer, int nid, Literal value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, std::string(value.view()).c_str()));
  TS_CHECK(extension != nullptr);
  TS_CHECK(X509_add_ext(certificate, extension.get(), -1) == 1);
}

X509Ptr NewCertificate(EVP_PKEY* key, std::string_view common_name, Time not_before,
                       Time not_after) {
  X509Ptr certificate(X509_new());
  TS_CHECK(certificate != nullptr);
  TS_CHECK(X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  TS_CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  SetSerial(certificate.get());
  SetPeriod(certificate.get(), not_before, not_after);
  SetCommonName(certificate.get(), common_name);
  return certificate;
}

Bytes ToPem(X509* certificate) {
  return WritePem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

// Leaf is what IssueServer and IssueClient decide.
struct Leaf {
  EVP_PKEY* key;
  Literal common_name;
  Literal extended_key_usage;
  GeneralNamesPtr names;
  Time not_before;
  Time not_after;
};

Result<Bytes> Issue(const TlsKey& ca_key, X509* ca, const Leaf& leaf) {
  TS_ASSIGN_OR_RETURN(const CertificateFacts ca_facts, FactsOf(ca));
  if (leaf.not_after <= leaf.not_before || leaf.not_after > ca_facts.not_after) {
    return BadPeriod();
  }
  const X509Ptr certificate =
      NewCertificate(leaf.key, leaf.common_name.view(), leaf.not_before, leaf.not_after);
  X509* const subject = certificate.get();
  TS_CHECK(X509_set_issuer_name(subject, X509_get_subject_name(ca)) == 1);
  AddExtension(subject, ca, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(subject, ca, NID_key_usage, "critical,digitalSignature");
  AddExtension(subject, ca, NID_ext_key_usage, leaf.extended_key_usage);
  AddExtension(subject, ca, NID_subject_key_identifier, "hash");
  AddExtension(subject, ca, NID_authority_key_identifier, "keyid:always");
  TS_CHECK(X509_add1_ext_i2d(subject, NID_subject_alt_name, leaf.names.get(), 0,
                             X509V3_ADD_DEFAULT) == 1);
  TS_CHECK(X509_sign(subject, ca_key.native(), EVP_sha256()) > 0);
  return ToPem(subject);
}

// Returns nothing when `host` is neither a DNS name nor an address.
GENERAL_NAME* HostName(const std::string& host) {
  GENERAL_NAME* const name = GENERAL_NAME_new();
  TS_CHECK(name != nullptr);
  if (IsIpAddress(host)) {
    GENERAL_NAME_set0_value(name, GEN_IPADD, a2i_IPADDRESS(host.c_str()));
    return name;
  }
  if (!IsDnsName(host)) {
    GENERAL_NAME_free(name);
    return nullptr;
  }
  ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
  TS_CHECK(text != nullptr);
  TS_CHECK(ASN1_STRING_set(text, host.data(), static_cast<int>(host.size())) == 1);
  GENERAL_NAME_set0_value(name, GEN_DNS, text);
  return name;
}

}  // namespace

void CertificateAuthority::Free::operator()(x509_st* certificate) const { X509_free(certificate); }

CertificateAuthority::CertificateAuthority(TlsKey key, x509_st* certificate)
    : key_(std::move(key)), certificate_(certificate), certificate_pem_(ToPem(certificate)) {}

Result<CertificateAuthority> CertificateAuthority::Create(std::string_view common_name, Time now) {
  const bool is_printable = common_name.find_first_not_of(
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") == std::string_view::npos;
  if (common_name.empty() || common_name.size() > 64 || !is_printable) {
    return Error(Code::kInvalidArgument, "crypto.common-name",
                 "a CA's name is 1 to 64 printable ASCII characters");
  }
  TlsKey key = TlsKey::Generate();
  X509Ptr certificate =
      NewCertificate(key.native(), common_name, now - kClockSkew, now + kLifetime);
  X509* const ca = certificate.get();
  TS_CHECK(X509_set_issuer_name(ca, X509_get_subject_name(ca)) == 1);
  AddExtension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  AddExtension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(ca, ca, NID_subject_key_identifier, "hash");
  AddExtension(ca, ca, NID_authority_key_identifier, "keyid:always");
  TS_CHECK(X509_sign(ca, key.native(), EVP_sha256()) > 0);
  return CertificateAuthority(std::move(key), certificate.release());
}

Result<CertificateAuthority> CertificateAuthority::Load(ByteView certificate_pem,
                                                        ByteView key_pem) {
  const ErrorQueueGuard guard;
  TS_ASSIGN_OR_RETURN(auto certificates, ReadCertificates(certificate_pem));
  TS_ASSIGN_OR_RETURN(TlsKey key, TlsKey::FromPem(key_pem));
  X509Ptr certificate = std::move(certificates.front());
  if (certificates.size() != 1 || X509_check_ca(certificate.get()) != 1 ||
      X509_check_private_key(certificate.get(), key.native()) != 1) {
    return BadAuthority();
  }
  return CertificateAuthority(std::move(key), certificate.release());
}

Result<Bytes> CertificateAuthority::IssueServer(const TlsKey& key,
                                                std::span<const std::string> hosts, Time not_before,
                                                Time not_after) const {
  GeneralNamesPtr names(GENERAL_NAMES_new());
  TS_CHECK(names != nullptr);
  for (const std::string& host : hosts) {
    GENERAL_NAME* const name = HostName(host);
    if (name == nullptr) break;
    TS_CHECK(sk_GENERAL_NAME_push(names.get(), name) > 0);
  }
  const auto count = static_cast<std::size_t>(sk_GENERAL_NAME_num(names.get()));
  if (count == 0 || count != hosts.size()) {
    return Error(Code::kInvalidArgument, "crypto.host",
                 "a server certificate needs hosts that are DNS names or IP addresses")
        .With("position", count);
  }
  return Issue(key_, certificate_.get(),
               Leaf{key.native(), "Tallystick matcher", "serverAuth", std::move(names), not_before,
                    not_after});
}

Result<Bytes> CertificateAuthority::IssueClient(ByteView csr_pem, std::string_view uri_san,
                                                Time not_before, Time not_after) const {
  if (!IsIdentityUri(uri_san)) {
    return Error(Code::kInvalidArgument, "crypto.identity-uri",
                 "not tallystick:institution:<id> or tallystick:person:<id>");
  }
  TS_ASSIGN_OR_RETURN(const X509ReqPtr request, ReadCsr(csr_pem));
  return Issue(key_, certificate_.get(),
               Leaf{X509_REQ_get0_pubkey(request.get()), "Tallystick member", "clientAuth",
                    UriName(uri_san), not_before, not_after});
}

}  // namespace tallystick::crypto
