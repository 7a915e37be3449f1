#include "matcher/registry/members.h"

#include <algorithm>

#include "crypto/hpke.h"
#include "matcher/registry/state_reader.h"
#include "proto/domains.h"

namespace tallystick::matcher {
namespace {

constexpr std::chrono::hours kMaxInvitationTtl{72};
constexpr std::size_t kInvitationSecretBytes = 16;
constexpr std::size_t kMaxNameBytes = 200;

bool IsMemberId(std::string_view id) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  return id.size() >= 2 && id.size() <= 32 &&
         id.find_first_not_of(kAllowed) == std::string_view::npos && id != kOperator &&
         id != kService;
}

bool IsRole(v1::Role role) {
  return role == v1::ROLE_INSTITUTION || role == v1::ROLE_RESEARCHER ||
         role == v1::ROLE_COMPLIANCE || role == v1::ROLE_CONVENER;
}

Error InvitationRefused() {
  return Error(Code::kPermissionDenied, "enrol.invitation",
               "the invitation is unknown, used or expired")
      .Refused({"ENROL-INVITATION", std::nullopt, "a fresh invitation from the convener"});
}

// SameKeys: enrolling again with the same keys is a no-op that returns a certificate.
bool SameKeys(const v1::MemberState& member, const v1::Enrolment& enrolment,
              const crypto::Digest& tls_spki_digest) {
  const auto& digests = member.tls_spki_digests();
  return member.revoked() == 0 && member.member().signing_key() == enrolment.signing_key() &&
         member.member().sealing_key() == enrolment.sealing_key() &&
         std::find(digests.begin(), digests.end(), Bytes(tls_spki_digest.view())) != digests.end();
}

void RememberTlsKey(v1::MemberState& member, const crypto::Digest& tls_spki_digest) {
  const Bytes digest(tls_spki_digest.view());
  auto* digests = member.mutable_tls_spki_digests();
  const auto found = std::find(digests->begin(), digests->end(), digest);
  if (found != digests->end()) digests->erase(found);
  if (digests->size() >= 2) digests->erase(digests->begin());
  *digests->Add() = digest;
}

// Marks the invitations for `id` as used, but the one whose secret has this digest.
Status EndInvitations(const storage::View& view, std::string_view id, ByteView except,
                      RecordBuilder& record) {
  return ScanStates<v1::InvitationState>(
      view, "invitation/", [&](const v1::InvitationState& invitation) {
        if (invitation.id() != id || invitation.used() || invitation.secret_digest() == except) {
          return true;
        }
        v1::InvitationState used = invitation;
        used.set_used(true);
        record.Put(InvitationViewKey(ToHex(invitation.secret_digest())), used);
        return true;
      });
}

}  // namespace

Result<Outcome> StepInvite(const storage::View& view, const Event& event,
                           const InviteEvent& invite) {
  if (event.actor.id != kOperator) {
    return Error(Code::kPermissionDenied, "invite.operator",
                 "only the convener's operator invites");
  }
  if (!IsMemberId(invite.id)) {
    return Error(Code::kInvalidArgument, "invite.id",
                 "an id is 2 to 32 of a-z, 0-9 and - (and not a reserved word)");
  }
  if (!IsRole(invite.role) || invite.name.size() > kMaxNameBytes ||
      invite.secret.size() != kInvitationSecretBytes) {
    return Error(Code::kInvalidArgument, "invite.malformed", "the invitation is malformed");
  }
  if (invite.ttl <= std::chrono::seconds(0) || invite.ttl > kMaxInvitationTtl) {
    return Error(Code::kInvalidArgument, "invite.ttl", "an invitation lives at most 72 hours");
  }
  TS_ASSIGN_OR_RETURN(const auto member, FindMember(view, invite.id));
  if (member && member->member().role() != invite.role) {
    return Error(Code::kConflict, "invite.role", "this id is enrolled with another role");
  }
  const crypto::Digest secret_digest = crypto::Sha256(invite.secret);
  Outcome outcome;
  TS_ASSIGN_OR_RETURN(const auto present,
                      FindState<v1::InvitationState>(view, InvitationViewKey(secret_digest.hex())));
  if (present) return outcome;
  v1::InvitationState state;
  state.set_secret_digest(Bytes(secret_digest.view()));
  state.set_id(invite.id);
  state.set_role(invite.role);
  state.set_name(invite.name);
  state.set_expires((event.now + invite.ttl).time_since_epoch().count());
  outcome.record = RecordBuilder("member.invited", event.now, event.actor.id, event.salt)
                       .Subject(invite.id, secret_digest.view())
                       .Put(InvitationViewKey(secret_digest.hex()), state)
                       .Build();
  return outcome;
}

Result<v1::InvitationState> UsableInvitation(const storage::View& view,
                                             const v1::Enrolment& enrolment, Time now) {
  const crypto::Digest digest = crypto::Sha256(enrolment.invitation_secret());
  TS_ASSIGN_OR_RETURN(const auto found,
                      FindState<v1::InvitationState>(view, InvitationViewKey(digest.hex())));
  if (!found || found->id() != enrolment.id() || found->role() != enrolment.role()) {
    return InvitationRefused();
  }
  if (found->expires() <= now.time_since_epoch().count()) return InvitationRefused();
  return *found;
}

Result<v1::Enrolment> OpenEnrolment(const storage::View& view, const v1::Signed& enrolment,
                                    const crypto::Digest& tls_spki_digest, Time now) {
  TS_ASSIGN_OR_RETURN(v1::Enrolment body, Parse<v1::Enrolment>(enrolment.body()));
  TS_ASSIGN_OR_RETURN(const auto verify_key, crypto::VerifyKey::FromBytes(body.signing_key()));
  TS_RETURN_IF_ERROR(verify_key.Verify(kEnrolmentDomain, enrolment.body(), enrolment.signature()));
  TS_RETURN_IF_ERROR(crypto::SealingPublicKey::FromBytes(body.sealing_key()));
  if (!IsMemberId(body.id()) || !IsRole(body.role()) || body.name().size() > kMaxNameBytes) {
    return Error(Code::kInvalidArgument, "enrol.malformed", "the enrolment is malformed");
  }
  TS_ASSIGN_OR_RETURN(const auto member, FindMember(view, body.id()));
  TS_ASSIGN_OR_RETURN(const auto invitation, UsableInvitation(view, body, now));
  if (invitation.used() && !(member && SameKeys(*member, body, tls_spki_digest))) {
    return InvitationRefused();
  }
  return body;
}

Result<Outcome> StepEnrol(const storage::View& view, const Event& event, const EnrolEvent& enrol) {
  TS_ASSIGN_OR_RETURN(const v1::Enrolment body,
                      OpenEnrolment(view, enrol.enrolment, enrol.tls_spki_digest, event.now));
  TS_ASSIGN_OR_RETURN(auto invitation, UsableInvitation(view, body, event.now));
  TS_ASSIGN_OR_RETURN(const auto member, FindMember(view, body.id()));
  Outcome outcome;
  outcome.answer = Serialise(enrol.enrolled);
  if (member && SameKeys(*member, body, enrol.tls_spki_digest)) return outcome;

  v1::MemberState state;
  state.mutable_member()->set_id(body.id());
  state.mutable_member()->set_name(body.name().empty() ? invitation.name() : body.name());
  state.mutable_member()->set_role(body.role());
  state.mutable_member()->set_signing_key(body.signing_key());
  state.mutable_member()->set_sealing_key(body.sealing_key());
  RememberTlsKey(state, enrol.tls_spki_digest);
  state.set_enrolled(event.now.time_since_epoch().count());
  invitation.set_used(true);
  RecordBuilder record(member ? "member.enrolled-again" : "member.enrolled", event.now, body.id(),
                       event.salt);
  record.Subject(body.id(), enrol.enrolment.body())
      .Concerns(body.id())
      .Put(MemberViewKey(body.id()), state)
      .Put(InvitationViewKey(ToHex(invitation.secret_digest())), invitation);
  // Whoever finds another invitation for this id, sent in vain, must not become this member with
  // it.
  TS_RETURN_IF_ERROR(EndInvitations(view, body.id(), invitation.secret_digest(), record));
  outcome.record = record.Build();
  return outcome;
}

Result<Outcome> StepRenew(const storage::View& view, const Event& event, const RenewEvent& renew) {
  TS_ASSIGN_OR_RETURN(auto member, FindMember(view, event.actor.id));
  if (!member || member->revoked() != 0) {
    return Error(Code::kPermissionDenied, "member.unknown", "not an enrolled member");
  }
  RememberTlsKey(*member, renew.tls_spki_digest);
  Outcome outcome;
  outcome.answer = Serialise(renew.enrolled);
  outcome.record =
      RecordBuilder("member.certificate-renewed", event.now, event.actor.id, event.salt)
          .Subject(event.actor.id, renew.tls_spki_digest.view())
          .Concerns(event.actor.id)
          .Put(MemberViewKey(event.actor.id), *member)
          .Build();
  return outcome;
}

Result<Outcome> StepRevokeMember(const storage::View& view, const Event& event,
                                 const RevokeMemberEvent& revoke) {
  if (event.actor.id != kOperator) {
    return Error(Code::kPermissionDenied, "revoke.operator",
                 "only the convener's operator revokes");
  }
  TS_ASSIGN_OR_RETURN(auto member, FindMember(view, revoke.id));
  if (!member) return Error(Code::kNotFound, "member.unknown", "no member has this id");
  Outcome outcome;
  if (member->revoked() != 0) return outcome;
  member->set_revoked(event.now.time_since_epoch().count());
  member->mutable_member()->set_revoked(true);
  RecordBuilder record("member.revoked", event.now, event.actor.id, event.salt);
  record.Subject(revoke.id, revoke.id).Concerns(revoke.id).Put(MemberViewKey(revoke.id), *member);
  // Else the member could come back with an invitation that it did not use before.
  TS_RETURN_IF_ERROR(EndInvitations(view, revoke.id, "", record));
  outcome.record = record.Build();
  return outcome;
}

Result<Outcome> StepRefusals(const Event& event, const RefusalsEvent& refusals) {
  Outcome outcome;
  if (event.actor.id != kService || refusals.counts.empty()) return outcome;
  Bytes subject;
  for (const auto& [reason, count] : refusals.counts) {
    AppendLp(subject, reason);
    AppendU64(subject, count);
  }
  outcome.record = RecordBuilder("service.refusals", event.now, event.actor.id, event.salt)
                       .Subject("refusals", subject)
                       .Detail(subject)
                       .Build();
  return outcome;
}

}  // namespace tallystick::matcher
