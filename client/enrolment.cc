#include "client/enrolment.h"

#include <optional>
#include <utility>

#include "base/file.h"
#include "client/matcher_client.h"
#include "proto/domains.h"
#include "proto/invitation.h"
#include "proto/log_origin.h"

namespace tallystick::client {
namespace {

Status CheckInvitation(const v1::Invitation& invitation, const EnrolmentOptions& options) {
  if (invitation.id() != options.id) {
    return Error(Code::kPermissionDenied, "enrol.other-id", "the invitation is for another id")
        .With("invited", Name(invitation.id()))
        .Refused({"ENROL-INVITATION", std::nullopt, "the id that the invitation was made for"});
  }
  if ((invitation.role() == v1::ROLE_INSTITUTION) != options.institution) {
    return Error(Code::kPermissionDenied, "enrol.other-program",
                 "institutions enrol with tallystick-agent, people with tallystick");
  }
  return Ok();
}

Error OtherMatcher() {
  return Error(Code::kPermissionDenied, "enrol.other-matcher",
               "the certificate comes with other keys than this home enrolled with");
}

// What comes later changes the certificate's dates and the matcher's address, and nothing else:
// whoever could change the matcher's keys here could rewrite its log. The log's name stays too,
// where a restore changed it: a person accepts that (client/restored_log.h).
Status CheckSameMatcher(const Identity& identity, v1::Enrolled& enrolled) {
  TS_ASSIGN_OR_RETURN(const auto certificate, crypto::ReadCertificate(enrolled.certificate_pem()));
  TS_ASSIGN_OR_RETURN(const auto ca, crypto::ReadCertificate(enrolled.ca_pem()));
  TS_ASSIGN_OR_RETURN(const auto known_ca, crypto::ReadCertificate(identity.ca_pem()));
  const v1::MatcherDescription& known = identity.matcher();
  v1::MatcherDescription& told = *enrolled.mutable_matcher();
  if (certificate.spki_digest != identity.keys().tls.spki_digest() ||
      ca.spki_digest != known_ca.spki_digest || told.id() != known.id() ||
      told.signing_key() != known.signing_key() || told.sealing_key() != known.sealing_key() ||
      ParseLogOrigin(told.log_origin()).first != ParseLogOrigin(known.log_origin()).first) {
    return OtherMatcher();
  }
  told.set_log_origin(known.log_origin());
  return Ok();
}

// The home as it is enrolled already; nullopt for a fresh one. It belongs to one member for good.
Result<std::optional<Identity>> PresentIdentity(const EnrolmentOptions& options) {
  Result<Identity> present = Identity::Load(options.home);
  if (!present.ok()) return std::optional<Identity>();
  if (present->id() != options.id) {
    return Error(Code::kConflict, "enrol.home-in-use", "this home is enrolled as another member")
        .With("member", Name(present->id()));
  }
  return std::optional<Identity>(*std::move(present));
}

}  // namespace

Result<Identity> Enrol(const EnrolmentOptions& options) {
  TS_ASSIGN_OR_RETURN(const v1::Invitation invitation, DecodeInvitation(options.invitation_code));
  TS_RETURN_IF_ERROR(CheckInvitation(invitation, options));
  TS_ASSIGN_OR_RETURN(const std::optional<Identity> present, PresentIdentity(options));
  TS_RETURN_IF_ERROR(MakePrivateDirectory(options.home));
  TS_ASSIGN_OR_RETURN(const MemberKeys keys, LoadOrMakeKeys(options.home));

  v1::Member member;
  member.set_id(options.id);
  member.set_name(options.name);
  member.set_role(invitation.role());
  member.set_signing_key(Bytes(keys.signing.verify_key().view()));
  member.set_sealing_key(Bytes(keys.sealing.public_key().view()));

  v1::Enrolment enrolment;
  enrolment.set_id(options.id);
  enrolment.set_role(invitation.role());
  enrolment.set_name(options.name);
  enrolment.set_invitation_secret(invitation.secret());
  enrolment.set_signing_key(member.signing_key());
  enrolment.set_sealing_key(member.sealing_key());
  TS_ASSIGN_OR_RETURN(const Bytes csr_pem,
                      crypto::MakeCsr(keys.tls, MemberUri(member.role(), member.id())));
  enrolment.set_csr_pem(csr_pem);

  v1::Signed message;
  message.set_body(Serialise(enrolment));
  message.set_signature(keys.signing.Sign(kEnrolmentDomain, message.body()));
  message.set_signer(options.id);

  TS_ASSIGN_OR_RETURN(const crypto::Digest pin,
                      crypto::Digest::FromBytes(invitation.ca_spki_digest()));
  TS_ASSIGN_OR_RETURN(MatcherClient matcher,
                      MatcherClient::ConnectAnonymously(invitation.url(), pin));
  TS_ASSIGN_OR_RETURN(v1::Enrolled enrolled, matcher.Enrol(message));
  TS_ASSIGN_OR_RETURN(const crypto::CertificateFacts ca,
                      crypto::ReadCertificate(enrolled.ca_pem()));
  if (ca.spki_digest != pin) {
    return Error(Code::kPermissionDenied, "enrol.other-ca",
                 "the matcher sent another authority than its invitation names");
  }
  if (present) TS_RETURN_IF_ERROR(CheckSameMatcher(*present, enrolled));
  TS_RETURN_IF_ERROR(Identity::Store(options.home, member, enrolled));
  return Identity::Load(options.home);
}

Result<bool> RenewWhenDue(const Identity& identity, Time now) {
  TS_ASSIGN_OR_RETURN(const crypto::CertificateFacts facts,
                      crypto::ReadCertificate(identity.certificate_pem()));
  const auto life = facts.not_after - facts.not_before;
  if (now < facts.not_before + life * 2 / 3) return false;
  v1::Member member;
  member.set_id(identity.id());
  member.set_name(identity.name());
  member.set_role(identity.role());
  v1::Renewal renewal;
  TS_ASSIGN_OR_RETURN(const Bytes csr_pem,
                      crypto::MakeCsr(identity.keys().tls, MemberUri(member.role(), member.id())));
  renewal.set_csr_pem(csr_pem);
  TS_ASSIGN_OR_RETURN(MatcherClient matcher, MatcherClient::Connect(identity));
  TS_ASSIGN_OR_RETURN(v1::Enrolled enrolled, matcher.Renew(renewal));
  TS_RETURN_IF_ERROR(CheckSameMatcher(identity, enrolled));
  TS_RETURN_IF_ERROR(Identity::Store(identity.home(), member, enrolled));
  return true;
}

}  // namespace tallystick::client
