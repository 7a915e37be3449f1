// Enrolling and renewing against a matcher that lies as told.
#include "client/enrolment.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "base/file.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "proto/invitation.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/matcher/service/test_world.h"

namespace tallystick::client {
namespace {

constexpr std::string_view kSecret = "0123456789abcdef";

// Answers /v1/enrol and /v1/renew.
class FakeAuthority final : public matcher::Handler {
 public:
  explicit FakeAuthority(const matcher::TestWorld& world)
      : world_(world), signing_key_(crypto::SigningKey::Generate()) {
    description_.set_id("unite-la");
    description_.set_name("UNITE-LA");
    description_.set_signing_key(Bytes(signing_key_.verify_key().view()));
    description_.set_log_origin("tallystick/unite-la/test");
  }

  std::variant<std::uint64_t, matcher::HttpResponse> Admit(const matcher::HttpRequest&) override {
    return std::uint64_t{64 * 1024};
  }
  matcher::HttpResponse Handle(matcher::HttpRequest request) override {
    ++call_count;
    v1::Enrolled enrolled;
    if (request.target == "/v1/enrol") {
      const auto message = Parse<v1::Signed>(request.body).value();
      enrolment = Parse<v1::Enrolment>(message.body()).value();
      signed_well = crypto::VerifyKey::FromBytes(enrolment.signing_key())
                        ->Verify(kEnrolmentDomain, message.body(), message.signature())
                        .ok();
      enrolled.set_certificate_pem(Issue(enrolment.csr_pem()));
    } else {
      enrolled.set_certificate_pem(Issue(Parse<v1::Renewal>(request.body)->csr_pem()));
    }
    enrolled.set_ca_pem(world_.authority().certificate_pem());
    *enrolled.mutable_matcher() = description_;
    if (lie) lie(enrolled);
    matcher::HttpResponse response;
    response.body = Serialise(enrolled);
    return response;
  }
  void Refused(Literal) override {}

  void SetUrl(std::string url) { description_.set_url(std::move(url)); }

  std::atomic<int> call_count{0};
  v1::Enrolment enrolment;  // the last
  bool signed_well = false;
  std::function<void(v1::Enrolled&)> lie;

 private:
  Bytes Issue(const Bytes& csr_pem) const {
    return world_.authority()
        .IssueClient(csr_pem, matcher::TestWorld::kUri, world_.now() - std::chrono::hours(1),
                     world_.now() + std::chrono::days(89))
        .value();
  }

  const matcher::TestWorld& world_;
  crypto::SigningKey signing_key_;
  v1::MatcherDescription description_;
};

class EnrolmentTest : public ::testing::Test {
 protected:
  EnrolmentTest() : authority_(world_), server_(world_.Start({}, authority_)) {
    url_ = "https://127.0.0.1:" + std::to_string(server_->port());
    authority_.SetUrl(url_);
    invitation_.set_url(url_);
    invitation_.set_ca_spki_digest(Bytes(world_.authority().spki_digest().view()));
    invitation_.set_secret(Bytes(kSecret));
    invitation_.set_role(v1::ROLE_INSTITUTION);
    invitation_.set_id("csun");
  }

  std::filesystem::path home() const { return directory_.path() / "csun"; }

  EnrolmentOptions Options() const {
    EnrolmentOptions options;
    options.home = home();
    options.id = "csun";
    options.name = "CSUN";
    options.invitation_code = EncodeInvitation(invitation_);
    options.institution = true;
    return options;
  }
  std::string ErrorOf(const EnrolmentOptions& options) {
    const auto enrolled = Enrol(options);
    return enrolled.ok() ? "" : std::string(enrolled.error().id());
  }
  // A renewal when two thirds of the certificate's life are over.
  Result<bool> Renew() {
    return RenewWhenDue(Identity::Load(home()).value(), world_.now() + std::chrono::days(60));
  }

  TemporaryDirectory directory_;
  matcher::TestWorld world_;
  FakeAuthority authority_;
  std::unique_ptr<matcher::HttpsServer> server_;
  std::string url_;
  v1::Invitation invitation_;
};

// What a matcher could send that would let another one take its place.
const std::pair<const char*, std::function<void(v1::Enrolled&)>> kOtherMatchers[] = {
    {"signing key", [](auto& it) { it.mutable_matcher()->set_signing_key(Bytes(32, 'x')); }},
    {"sealing key", [](auto& it) { it.mutable_matcher()->set_sealing_key(Bytes(65, 'x')); }},
    {"id", [](auto& it) { it.mutable_matcher()->set_id("other"); }},
    {"log", [](auto& it) { it.mutable_matcher()->set_log_origin("tallystick/other/test"); }},
};

TEST_F(EnrolmentTest, SendsKeysSignedAndStoresWhatItGets) {
  const auto identity = Enrol(Options());
  ASSERT_TRUE(identity.ok()) << identity.error().ToString();
  EXPECT_TRUE(authority_.signed_well);
  EXPECT_EQ(authority_.enrolment.id(), "csun");
  EXPECT_EQ(authority_.enrolment.name(), "CSUN");
  EXPECT_EQ(authority_.enrolment.role(), v1::ROLE_INSTITUTION);
  EXPECT_EQ(authority_.enrolment.invitation_secret(), kSecret);
  EXPECT_EQ(crypto::CsrSpkiDigest(authority_.enrolment.csr_pem()).value(),
            identity->keys().tls.spki_digest());
  EXPECT_EQ(authority_.enrolment.sealing_key(), identity->keys().sealing.public_key().view());
  EXPECT_EQ(identity->matcher().url(), url_);
  EXPECT_EQ(Identity::Load(home())->id(), "csun");
}

TEST_F(EnrolmentTest, AgainInTheSameHomeSendsTheSameKeys) {
  ASSERT_TRUE(Enrol(Options()).ok());
  const v1::Enrolment first = authority_.enrolment;
  ASSERT_TRUE(Enrol(Options()).ok());
  EXPECT_EQ(authority_.enrolment.signing_key(), first.signing_key());
  EXPECT_EQ(authority_.enrolment.sealing_key(), first.sealing_key());
  EXPECT_EQ(authority_.call_count, 2);
}

TEST_F(EnrolmentTest, RefusesWhatTheInvitationIsNotForBeforeItConnects) {
  EnrolmentOptions options = Options();
  options.id = "lausd";
  EXPECT_EQ(ErrorOf(options), "enrol.other-id");
  options = Options();
  options.institution = false;
  EXPECT_EQ(ErrorOf(options), "enrol.other-program");
  options = Options();
  options.invitation_code = "ts1-nonsense";
  EXPECT_EQ(ErrorOf(options), "enrol.invitation-code");
  EXPECT_EQ(authority_.call_count, 0);
  EXPECT_FALSE(std::filesystem::exists(home()));
}

TEST_F(EnrolmentTest, AHomeBelongsToOneMemberForGood) {
  ASSERT_TRUE(Enrol(Options()).ok());
  invitation_.set_id("lausd");
  EnrolmentOptions options = Options();
  options.id = "lausd";
  EXPECT_EQ(ErrorOf(options), "enrol.home-in-use");
  EXPECT_EQ(authority_.call_count, 1);
}

TEST_F(EnrolmentTest, TalksToTheAuthorityOfTheInvitationAlone) {
  invitation_.set_ca_spki_digest(Bytes(32, 'x'));
  EXPECT_EQ(ErrorOf(Options()), "net.tls");
  EXPECT_EQ(authority_.call_count, 0);
}

TEST_F(EnrolmentTest, StoresNothingFromAnotherAuthority) {
  const auto other = crypto::CertificateAuthority::Create("other", world_.now()).value();
  authority_.lie = [&](v1::Enrolled& enrolled) { enrolled.set_ca_pem(other.certificate_pem()); };
  EXPECT_EQ(ErrorOf(Options()), "enrol.other-ca");
  EXPECT_EQ(Identity::Load(home()).error().id(), "identity.not-enrolled");
}

TEST_F(EnrolmentTest, AnEnrolledHomeTakesNoOtherMatcher) {
  ASSERT_TRUE(Enrol(Options()).ok());
  const Bytes before = ReadFile(home() / "identity.pb", 64 * 1024).value();
  for (const auto& [what, lie] : kOtherMatchers) {
    authority_.lie = lie;
    EXPECT_EQ(ErrorOf(Options()), "enrol.other-matcher") << what;
    EXPECT_EQ(ReadFile(home() / "identity.pb", 64 * 1024).value(), before) << what;
  }
}

TEST_F(EnrolmentTest, RenewsWhenTwoThirdsOfTheCertificatesLifeAreOver) {
  ASSERT_TRUE(Enrol(Options()).ok());
  const Identity identity = Identity::Load(home()).value();
  EXPECT_FALSE(RenewWhenDue(identity, world_.now() + std::chrono::days(58)).value());
  EXPECT_EQ(authority_.call_count, 1);
  authority_.SetUrl("https://moved.example.org");
  const auto renewed = Renew();
  ASSERT_TRUE(renewed.ok()) << renewed.error().ToString();
  EXPECT_TRUE(*renewed);
  EXPECT_EQ(authority_.call_count, 2);
  const Identity after = Identity::Load(home()).value();
  EXPECT_NE(after.certificate_pem(), identity.certificate_pem());
  EXPECT_EQ(after.matcher().url(), "https://moved.example.org");
  EXPECT_EQ(after.keys().tls.spki_digest(), identity.keys().tls.spki_digest());
}

TEST_F(EnrolmentTest, ARenewalTakesNoOtherMatcher) {
  ASSERT_TRUE(Enrol(Options()).ok());
  const Bytes before = ReadFile(home() / "identity.pb", 64 * 1024).value();
  for (const auto& [what, lie] : kOtherMatchers) {
    authority_.lie = lie;
    const auto renewed = Renew();
    ASSERT_FALSE(renewed.ok()) << what;
    EXPECT_EQ(renewed.error().id(), "enrol.other-matcher") << what;
    EXPECT_EQ(ReadFile(home() / "identity.pb", 64 * 1024).value(), before) << what;
  }
}

TEST_F(EnrolmentTest, NeitherARenewalNorEnrollingAgainAcceptsARestoredLog) {
  ASSERT_TRUE(Enrol(Options()).ok());
  const std::string origin = Identity::Load(home())->matcher().log_origin();
  authority_.lie = [&](v1::Enrolled& enrolled) {
    enrolled.mutable_matcher()->set_log_origin(origin + "/restored-1-at-5");
  };
  EXPECT_TRUE(Renew().value());
  EXPECT_EQ(Identity::Load(home())->matcher().log_origin(), origin);
  EXPECT_TRUE(Enrol(Options()).ok());
  EXPECT_EQ(Identity::Load(home())->matcher().log_origin(), origin);
}

}  // namespace
}  // namespace tallystick::client
