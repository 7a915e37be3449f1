#include "crypto/x509.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <set>

#include "crypto/internal/certificate.h"

namespace tallystick::crypto {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Time kNow = Time(Date(std::chrono::year(2026) / 1 / 15)) + hours(8);
constexpr std::string_view kCsun = "tallystick:institution:csun";

Bytes PemOf(const TlsKey& key) {
  return key.ToPem().Expose([](ByteView pem) { return Bytes(pem); });
}

CertificateAuthority NewCa() {
  return CertificateAuthority::Create("Tallystick test CA", kNow).value();
}

TEST(TlsKey, ItsPemMakesItAgain) {
  const TlsKey key = TlsKey::Generate();
  const auto again = TlsKey::FromPem(PemOf(key));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->spki_digest(), key.spki_digest());
  EXPECT_NE(TlsKey::Generate().spki_digest(), key.spki_digest());
  EXPECT_TRUE(PemOf(key).starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

TEST(TlsKey, RefusesOtherCurvesEncryptionAndGarbageWithoutAPrompt) {
  // openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384
  constexpr ByteView kP384 =
      "-----BEGIN PRIVATE KEY-----\n"
      "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBf/NjUmCck+31EI1tx\n"
      "vj91fNbU/G8n8KdRnad0MQfH7mcV3LGZq/Q+rGwtCPedNRqhZANiAAQ4J4blqDEn\n"
      "vE6OVY03PcWi3JzwE7GK/T8MoZ3++1+2gIcLcKf1XlIZZg8aqnSxtM2Wk1t/E1Ms\n"
      "m2+nQDyknmpzc27Xd1uvowJpmlXZdLNzvr/+0d93p5W7dy9doMKusRA=\n"
      "-----END PRIVATE KEY-----\n";
  // The same with P-256 and -aes256.
  constexpr ByteView kEncrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhPf+B/G7KI4wICCAAw\n"
      "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEMFB4uROXTKfDj0QaydWjNEEgZDa\n"
      "Roa/IBvKxTprKZOfvYV5TxeZpDNigkof41Vl9y6VLtTTYhx1p/MHqm+b/HJcH+Yj\n"
      "Gnreg+4yOygp9fj3oDwmq9omN5hTgKDORhjyyHDIK5y3EWitWf/s89bkznDBADPi\n"
      "ZFaUShXG444sFDY10F0CKZEVYJ/wLNcoaCpIcimEFysUqCboDFNitofn09/qK/I=\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  EXPECT_EQ(TlsKey::FromPem(kP384).error().id(), "crypto.tls-key");
  EXPECT_EQ(TlsKey::FromPem(kEncrypted).error().id(), "crypto.tls-key");
  EXPECT_FALSE(TlsKey::FromPem("").ok());
  EXPECT_FALSE(
      TlsKey::FromPem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").ok());
  EXPECT_FALSE(TlsKey::FromPem(Bytes(std::size_t{2} << 20, 'x')).ok());
}

TEST(CertificateAuthority, MakesACaCertificateOfTenYears) {
  const CertificateAuthority ca = NewCa();
  const auto facts = ReadCertificate(ca.certificate_pem());
  ASSERT_TRUE(facts.ok());
  EXPECT_TRUE(facts->is_ca);
  EXPECT_EQ(facts->spki_digest, ca.spki_digest());
  EXPECT_EQ(facts->not_before, kNow - days(1));
  EXPECT_EQ(facts->not_after, kNow + days(3650));
}

TEST(CertificateAuthority, RefusesANameThatIsNone) {
  EXPECT_FALSE(CertificateAuthority::Create("", kNow).ok());
  EXPECT_FALSE(CertificateAuthority::Create(Bytes(65, 'x'), kNow).ok());
  EXPECT_FALSE(CertificateAuthority::Create("new\nline", kNow).ok());
}

TEST(CertificateAuthority, LoadsWhatItSaved) {
  const CertificateAuthority ca = NewCa();
  const auto again = ca.key_pem().Expose(
      [&](ByteView key) { return CertificateAuthority::Load(ca.certificate_pem(), key); });
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->spki_digest(), ca.spki_digest());
  EXPECT_EQ(again->certificate_pem(), ca.certificate_pem());
}

TEST(CertificateAuthority, LoadRefusesAnotherKeyALeafAndGarbage) {
  const CertificateAuthority ca = NewCa();
  const TlsKey key = TlsKey::Generate();
  const std::string hosts[] = {"match.example.org"};
  const Bytes leaf = ca.IssueServer(key, hosts, kNow, kNow + days(90)).value();
  EXPECT_EQ(CertificateAuthority::Load(ca.certificate_pem(), PemOf(key)).error().id(),
            "crypto.certificate-authority");
  EXPECT_EQ(CertificateAuthority::Load(leaf, PemOf(key)).error().id(),
            "crypto.certificate-authority");
  EXPECT_FALSE(CertificateAuthority::Load("garbage", PemOf(key)).ok());
  EXPECT_FALSE(CertificateAuthority::Load(ca.certificate_pem(), "garbage").ok());
}

TEST(CertificateAuthority, IssuesAServerCertificateForNamesAndAddresses) {
  const TlsKey key = TlsKey::Generate();
  const std::string hosts[] = {"match.example.org", "localhost", "127.0.0.1", "::1"};
  const auto pem = NewCa().IssueServer(key, hosts, kNow, kNow + days(90));
  ASSERT_TRUE(pem.ok());
  const auto facts = ReadCertificate(*pem);
  ASSERT_TRUE(facts.ok());
  EXPECT_FALSE(facts->is_ca);
  EXPECT_EQ(facts->dns, (std::vector<std::string>{"match.example.org", "localhost"}));
  EXPECT_TRUE(facts->uris.empty());
  EXPECT_EQ(facts->spki_digest, key.spki_digest());
  EXPECT_EQ(facts->not_before, kNow);
  EXPECT_EQ(facts->not_after, kNow + days(90));
}

TEST(CertificateAuthority, RefusesHostsThatAreNone) {
  const CertificateAuthority ca = NewCa();
  const TlsKey key = TlsKey::Generate();
  EXPECT_EQ(ca.IssueServer(key, {}, kNow, kNow + days(1)).error().id(), "crypto.host");
  for (const std::string& bad :
       {std::string(), std::string("*.example.org"), std::string("a b"), std::string("a,DNS:evil"),
        std::string("a\0b", 3), std::string("127.0.0.1\0", 10), std::string("a..b"),
        std::string(".a"), std::string("a."), std::string("-a"), std::string(64, 'a')}) {
    const std::string hosts[] = {"good.example.org", bad};
    EXPECT_EQ(ca.IssueServer(key, hosts, kNow, kNow + days(1)).error().id(), "crypto.host") << bad;
  }
}

TEST(CertificateAuthority, IssuesAClientCertificateWithOneUriAndIgnoresWhatTheRequestAsksFor) {
  const TlsKey key = TlsKey::Generate();
  const Bytes csr = MakeCsr(key, "tallystick:institution:lausd").value();
  const auto pem = NewCa().IssueClient(csr, kCsun, kNow, kNow + days(90));
  ASSERT_TRUE(pem.ok());
  const auto facts = ReadCertificate(*pem);
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->uris, std::vector<std::string>{std::string(kCsun)});
  EXPECT_TRUE(facts->dns.empty());
  EXPECT_FALSE(facts->is_ca);
  EXPECT_EQ(facts->spki_digest, key.spki_digest());
}

TEST(CertificateAuthority, RefusesARequestThatItsKeyDidNotSign) {
  const CertificateAuthority ca = NewCa();
  const Bytes csr = MakeCsr(TlsKey::Generate(), kCsun).value();
  int refused = 0;
  for (std::size_t i = 40; i + 40 < csr.size(); i += 7) {
    Bytes altered = csr;
    if (altered[i] == '\n') continue;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ca.IssueClient(altered, kCsun, kNow, kNow + days(1)).ok()) << i;
    EXPECT_FALSE(CsrSpkiDigest(altered).ok()) << i;
    ++refused;
  }
  EXPECT_GT(refused, 20);
  EXPECT_EQ(ca.IssueClient("", kCsun, kNow, kNow + days(1)).error().id(), "crypto.csr");
}

TEST(CertificateAuthority, RefusesAnEmptyPeriodAndOneThatOutlivesIt) {
  const CertificateAuthority ca = NewCa();
  const Bytes csr = MakeCsr(TlsKey::Generate(), kCsun).value();
  EXPECT_EQ(ca.IssueClient(csr, kCsun, kNow, kNow).error().id(), "crypto.certificate-period");
  EXPECT_FALSE(ca.IssueClient(csr, kCsun, kNow, kNow - days(1)).ok());
  EXPECT_FALSE(ca.IssueClient(csr, kCsun, kNow, kNow + days(3651)).ok());
  EXPECT_TRUE(ca.IssueClient(csr, kCsun, kNow, kNow + days(3650)).ok());
}

TEST(CertificateAuthority, NeverRepeatsASerialNumber) {
  const CertificateAuthority ca = NewCa();
  const Bytes csr = MakeCsr(TlsKey::Generate(), kCsun).value();
  std::set<std::string> serials;
  for (int i = 0; i < 50; ++i) {
    const Bytes pem = ca.IssueClient(csr, kCsun, kNow, kNow + days(1)).value();
    const std::string serial = ReadCertificate(pem).value().serial_hex;
    EXPECT_EQ(serial.size(), 32u);
    EXPECT_TRUE(serials.insert(serial).second);
  }
}

TEST(IsIdentityUri, AcceptsOurTwoFormsOnly) {
  EXPECT_TRUE(IsIdentityUri("tallystick:institution:csun"));
  EXPECT_TRUE(IsIdentityUri("tallystick:person:p-garcia2"));
  EXPECT_TRUE(IsIdentityUri("tallystick:person:" + std::string(32, 'a')));
  for (const std::string_view bad :
       {"", "csun", "tallystick:institution:", "tallystick:institution:a",
        "tallystick:matcher:csun", "tallystick:institution:CSUN", "tallystick:institution:csun ",
        "tallystick:person:a:b", "tallystick:person:a/b", "TALLYSTICK:person:ab",
        "https://tallystick:person:ab"}) {
    EXPECT_FALSE(IsIdentityUri(bad)) << bad;
    EXPECT_FALSE(MakeCsr(TlsKey::Generate(), bad).ok()) << bad;
  }
  EXPECT_FALSE(IsIdentityUri("tallystick:person:" + std::string(33, 'a')));
  EXPECT_FALSE(IsIdentityUri(std::string_view("tallystick:person:ab\0", 21)));
}

TEST(MakeCsr, CarriesTheKey) {
  const TlsKey key = TlsKey::Generate();
  EXPECT_EQ(CsrSpkiDigest(MakeCsr(key, kCsun).value()).value(), key.spki_digest());
}

TEST(ReadCertificate, RefusesGarbage) {
  const Bytes pem = NewCa().certificate_pem();
  EXPECT_EQ(ReadCertificate("").error().id(), "crypto.certificate");
  EXPECT_FALSE(ReadCertificate("garbage").ok());
  EXPECT_FALSE(ReadCertificate(ByteView(pem).substr(0, pem.size() / 2)).ok());
  EXPECT_FALSE(ReadCertificate(pem + pem.substr(0, pem.size() / 2)).ok());
  Bytes many;
  for (int i = 0; i < 17; ++i) many += pem;
  EXPECT_FALSE(ReadCertificate(many).ok());
}

TEST(ReadCertificate, RefusesANameThatANulCutsShort) {
  const Bytes csr = MakeCsr(TlsKey::Generate(), kCsun).value();
  const Bytes pem = NewCa().IssueClient(csr, kCsun, kNow, kNow + days(1)).value();
  const X509Ptr certificate = std::move(ReadCertificates(pem).value().front());
  const std::string_view name("tallystick:institution:csun\0.example.org", 40);
  ASSERT_EQ(X509_add1_ext_i2d(certificate.get(), NID_subject_alt_name, UriName(name).get(), 0,
                              X509V3_ADD_REPLACE),
            1);
  ASSERT_GT(i2d_re_X509_tbs(certificate.get(), nullptr), 0);  // else it keeps its old encoding
  const auto facts = ReadCertificate(
      WritePem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }));
  ASSERT_FALSE(facts.ok());
  EXPECT_EQ(facts.error().id(), "crypto.certificate");
}

TEST(ReadCertificate, LeavesNothingInTheThreadsErrorQueue) {
  // A leftover there would be taken for a failure of the next read on a connection.
  ERR_clear_error();
  EXPECT_TRUE(ReadCertificate(NewCa().certificate_pem()).ok());
  EXPECT_FALSE(ReadCertificate("garbage").ok());
  EXPECT_FALSE(TlsKey::FromPem("garbage").ok());
  EXPECT_FALSE(CsrSpkiDigest("garbage").ok());
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace tallystick::crypto
