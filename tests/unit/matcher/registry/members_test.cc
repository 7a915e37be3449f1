#include "matcher/registry/members.h"

#include <gtest/gtest.h>

#include <functional>

#include "proto/domains.h"
#include "tests/support/protocol_world.h"

namespace tallystick::matcher {
namespace {

using std::chrono::hours;

class Members : public ::testing::Test {
 protected:
  // Invites csun; the secret is made from `label`.
  void Invite(std::string_view label = "first") {
    world_.Must(kOperator, Cast::Invite("csun", Cast::Secret(label)));
  }
  void Enrol() {
    Invite();
    world_.Must("csun", Cast::Enrol("csun", Cast::Secret("first")));
  }
  // csun's enrolment after `change`, signed by csun.
  EnrolEvent Changed(const std::function<void(v1::Enrolment&)>& change) const {
    v1::Enrolment body = Cast::EnrolmentOf("csun", Cast::Secret("first"));
    change(body);
    return Cast::Enrol(body, Cast::Member("csun").signing_key, Cast::TlsKeyOf("csun"));
  }
  // An enrolment of csun with ucla's keys: those of a new home.
  static EnrolEvent NewKeys(std::string_view label) {
    v1::Enrolment body = Cast::EnrolmentOf("ucla", Cast::Secret(label));
    body.set_id("csun");
    return Cast::Enrol(body, Cast::Member("ucla").signing_key, Cast::TlsKeyOf("ucla"));
  }

  ProtocolWorld world_;
};

TEST_F(Members, AnInvitationMakesAMemberWithItsKeysAndName) {
  Invite();
  EXPECT_EQ(world_.last_record().event(), "member.invited");
  const Bytes answer = world_.Must("csun", Cast::Enrol("csun", Cast::Secret("first")));
  EXPECT_EQ(world_.last_record().event(), "member.enrolled");
  const auto enrolled = Parse<v1::Enrolled>(answer).value();
  EXPECT_EQ(enrolled.certificate_pem(), "the certificate of csun");
  const v1::MemberState member = world_.Member("csun");
  EXPECT_EQ(member.member().name(), "The member csun");
  EXPECT_EQ(member.member().role(), v1::ROLE_INSTITUTION);
  EXPECT_EQ(ByteView(member.member().signing_key()),
            Cast::Member("csun").signing_key.verify_key().view());
  ASSERT_EQ(member.tls_spki_digests_size(), 1);
  EXPECT_EQ(ByteView(member.tls_spki_digests(0)), Cast::TlsKeyOf("csun").view());
  EXPECT_EQ(member.revoked(), 0);
}

TEST_F(Members, TheInvitationsSecretIsNowhereInTheRecords) {
  Enrol();
  for (const v1::Record& record : world_.records()) {
    const Bytes bytes = Serialise(record);
    EXPECT_EQ(bytes.find(Cast::Secret("first")), Bytes::npos) << record.event();
  }
}

TEST_F(Members, OnlyTheOperatorInvitesAndRevokes) {
  Enrol();
  EXPECT_EQ(world_.Refusal("csun", Cast::Invite("ucla", Cast::Secret("x"))).id(),
            "invite.operator");
  EXPECT_EQ(world_.Refusal("vsmith", Cast::Invite("ucla", Cast::Secret("x"))).id(),
            "invite.operator");
  EXPECT_EQ(world_.Refusal("csun", RevokeMemberEvent{"csun"}).id(), "revoke.operator");
}

TEST_F(Members, RefusesAMalformedInvitation) {
  const auto refused = [&](const std::function<void(InviteEvent&)>& change) {
    InviteEvent invite = Cast::Invite("csun", Cast::Secret("first"));
    change(invite);
    return std::string(world_.Refusal(kOperator, invite).id());
  };
  for (const char* id : {"", "a", "CSUN", "cs un", "csun/..", "operator", "matcher",
                         "a-name-of-more-than-thirty-two-letters"}) {
    EXPECT_EQ(refused([&](InviteEvent& it) { it.id = id; }), "invite.id") << id;
  }
  EXPECT_EQ(refused([](InviteEvent& it) { it.role = v1::ROLE_UNSPECIFIED; }), "invite.malformed");
  EXPECT_EQ(refused([](InviteEvent& it) { it.role = static_cast<v1::Role>(17); }),
            "invite.malformed");
  EXPECT_EQ(refused([](InviteEvent& it) { it.secret = "short"; }), "invite.malformed");
  EXPECT_EQ(refused([](InviteEvent& it) { it.name = Bytes(201, 'n'); }), "invite.malformed");
  EXPECT_EQ(refused([](InviteEvent& it) { it.ttl = {}; }), "invite.ttl");
  EXPECT_EQ(refused([](InviteEvent& it) { it.ttl = hours(72) + std::chrono::seconds(1); }),
            "invite.ttl");
}

TEST_F(Members, AnEnrolledIdKeepsItsRole) {
  Enrol();
  InviteEvent invite = Cast::Invite("csun", Cast::Secret("second"));
  invite.role = v1::ROLE_RESEARCHER;
  EXPECT_EQ(world_.Refusal(kOperator, invite).id(), "invite.role");
}

TEST_F(Members, AnInvitationIsUsedOnce) {
  Enrol();
  const Error error = world_.Refusal("csun", NewKeys("first"));
  EXPECT_EQ(error.id(), "enrol.invitation");
  EXPECT_EQ(RuleOf(error), "ENROL-INVITATION");
}

TEST_F(Members, AnInvitationEndsWithItsTime) {
  Invite();
  world_.SetNow(Cast::Now() + hours(72));
  EXPECT_EQ(world_.Refusal("csun", Cast::Enrol("csun", Cast::Secret("first"))).id(),
            "enrol.invitation");
  world_.SetNow(Cast::Now() + hours(72) - std::chrono::seconds(1));
  EXPECT_TRUE(world_.LeavesRecord("csun", Cast::Enrol("csun", Cast::Secret("first"))));
}

TEST_F(Members, AnInvitationIsForItsIdAndRole) {
  Invite();
  EXPECT_EQ(world_.Refusal("ucla", Cast::Enrol("ucla", Cast::Secret("first"))).id(),
            "enrol.invitation");
  EXPECT_EQ(
      world_.Refusal("csun", Changed([](v1::Enrolment& it) { it.set_role(v1::ROLE_RESEARCHER); }))
          .id(),
      "enrol.invitation");
  EXPECT_EQ(world_
                .Refusal("csun", Changed([](v1::Enrolment& it) {
                           it.set_invitation_secret(Cast::Secret("guessed"));
                         }))
                .id(),
            "enrol.invitation");
}

TEST_F(Members, AnEnrolmentIsSignedWithTheKeyItBrings) {
  Invite();
  EnrolEvent enrol = Cast::Enrol("csun", Cast::Secret("first"));
  enrol.enrolment.mutable_signature()->back() ^= 1;
  EXPECT_EQ(world_.Refusal("csun", enrol).code(), Code::kPermissionDenied);
  enrol = Cast::Enrol("csun", Cast::Secret("first"));
  *enrol.enrolment.mutable_body() += '\0';
  EXPECT_FALSE(world_.Do("csun", enrol).ok());
  // The signature of another member over the same body.
  const EnrolEvent by_ucla = Cast::Enrol(Cast::EnrolmentOf("csun", Cast::Secret("first")),
                                         Cast::Member("ucla").signing_key, Cast::TlsKeyOf("csun"));
  EXPECT_EQ(world_.Refusal("csun", by_ucla).code(), Code::kPermissionDenied);
  // The same bytes signed for another purpose.
  enrol = Cast::Enrol("csun", Cast::Secret("first"));
  enrol.enrolment = Cast::Sign("csun", kProposalDomain, enrol.enrolment.body());
  EXPECT_EQ(world_.Refusal("csun", enrol).code(), Code::kPermissionDenied);
}

TEST_F(Members, RefusesKeysThatAreNone) {
  Invite();
  EXPECT_FALSE(
      world_.Do("csun", Changed([](v1::Enrolment& it) { it.set_signing_key("short"); })).ok());
  EXPECT_FALSE(
      world_.Do("csun", Changed([](v1::Enrolment& it) { it.set_sealing_key(Bytes(65, '\4')); }))
          .ok());
  EXPECT_EQ(
      world_.Refusal("csun", Changed([](v1::Enrolment& it) { it.set_name(Bytes(201, 'n')); })).id(),
      "enrol.malformed");
  EXPECT_FALSE(world_.Has(MemberViewKey("csun")));
}

TEST_F(Members, EnrollingAgainWithTheSameKeysChangesNothing) {
  Enrol();
  EXPECT_FALSE(world_.LeavesRecord("csun", Cast::Enrol("csun", Cast::Secret("first"))));
  Invite("second");
  EXPECT_FALSE(world_.LeavesRecord("csun", Cast::Enrol("csun", Cast::Secret("second"))));
}

TEST_F(Members, AFreshInvitationReplacesTheKeys) {
  Enrol();
  Invite("second");
  world_.Must("csun", NewKeys("second"));
  EXPECT_EQ(world_.last_record().event(), "member.enrolled-again");
  const v1::MemberState member = world_.Member("csun");
  EXPECT_EQ(ByteView(member.member().signing_key()),
            Cast::Member("ucla").signing_key.verify_key().view());
  ASSERT_EQ(member.tls_spki_digests_size(), 1) << "the old TLS key must not authenticate any more";
  EXPECT_EQ(ByteView(member.tls_spki_digests(0)), Cast::TlsKeyOf("ucla").view());
  // The old keys cannot come back with the old invitation.
  EXPECT_EQ(world_.Refusal("csun", Cast::Enrol("csun", Cast::Secret("first"))).id(),
            "enrol.invitation");
}

TEST_F(Members, AnInvitationThatIsKnownIsNotMadeFreshAgain) {
  Enrol();
  EXPECT_FALSE(world_.LeavesRecord(kOperator, Cast::Invite("csun", Cast::Secret("first"))));
  EXPECT_EQ(world_.Refusal("csun", NewKeys("first")).id(), "enrol.invitation");
}

TEST_F(Members, EnrollingEndsTheOtherInvitationsForTheId) {
  Invite("lost in the post");
  Enrol();
  EXPECT_EQ(world_.Refusal("csun", NewKeys("lost in the post")).id(), "enrol.invitation");
}

TEST_F(Members, RevokingIsRecordedOnce) {
  Enrol();
  EXPECT_TRUE(world_.LeavesRecord(kOperator, RevokeMemberEvent{"csun"}));
  EXPECT_EQ(world_.last_record().event(), "member.revoked");
  EXPECT_NE(world_.Member("csun").revoked(), 0);
  EXPECT_TRUE(world_.Member("csun").member().revoked());
  EXPECT_FALSE(world_.LeavesRecord(kOperator, RevokeMemberEvent{"csun"}));
  EXPECT_EQ(world_.Refusal(kOperator, RevokeMemberEvent{"nobody"}).id(), "member.unknown");
}

TEST_F(Members, ARevokedMemberCannotComeBackWithAnInvitationFromBefore) {
  Enrol();
  Invite("second");
  world_.Must(kOperator, RevokeMemberEvent{"csun"});
  EXPECT_EQ(world_.Refusal("csun", Cast::Enrol("csun", Cast::Secret("first"))).id(),
            "enrol.invitation");
  EXPECT_EQ(world_.Refusal("csun", Cast::Enrol("csun", Cast::Secret("second"))).id(),
            "enrol.invitation");
  EXPECT_EQ(world_.Refusal("csun", NewKeys("second")).id(), "enrol.invitation");
  Invite("third");
  world_.Must("csun", Cast::Enrol("csun", Cast::Secret("third")));
  EXPECT_EQ(world_.Member("csun").revoked(), 0);
  EXPECT_FALSE(world_.Member("csun").member().revoked());
}

TEST_F(Members, ARenewalKeepsTheLastTwoKeys) {
  Enrol();
  const auto renew = [&](std::string_view key) {
    RenewEvent renewal;
    renewal.tls_spki_digest = crypto::Sha256(key);
    renewal.enrolled.set_certificate_pem("renewed");
    return world_.Must("csun", renewal);
  };
  EXPECT_EQ(Parse<v1::Enrolled>(renew("b")).value().certificate_pem(), "renewed");
  EXPECT_EQ(world_.Member("csun").tls_spki_digests_size(), 2);
  renew("c");
  const v1::MemberState member = world_.Member("csun");
  ASSERT_EQ(member.tls_spki_digests_size(), 2);
  EXPECT_EQ(ByteView(member.tls_spki_digests(0)), crypto::Sha256("b").view());
  EXPECT_EQ(ByteView(member.tls_spki_digests(1)), crypto::Sha256("c").view());
}

TEST_F(Members, OnlyALiveMemberRenews) {
  EXPECT_EQ(world_.Refusal("csun", RenewEvent{}).id(), "member.unknown");
  Enrol();
  world_.Must(kOperator, RevokeMemberEvent{"csun"});
  EXPECT_EQ(world_.Refusal("csun", RenewEvent{}).id(), "member.unknown");
}

}  // namespace
}  // namespace tallystick::matcher
