// Members: invitations, enrolment, renewal, revocation (protocol.md, section 1).
#pragma once

#include "matcher/registry/step.h"

namespace tallystick::matcher {

Result<Outcome> StepInvite(const storage::View& view, const Event& event,
                           const InviteEvent& invite);
Result<Outcome> StepEnrol(const storage::View& view, const Event& event, const EnrolEvent& enrol);
Result<Outcome> StepRenew(const storage::View& view, const Event& event, const RenewEvent& renew);
Result<Outcome> StepRevokeMember(const storage::View& view, const Event& event,
                                 const RevokeMemberEvent& revoke);

// Records failed authentications and other refusals of the transport, aggregated per minute.
Result<Outcome> StepRefusals(const Event& event, const RefusalsEvent& refusals);

// OpenEnrolment checks everything about an enrolment that StepEnrol checks: signature, keys, and
// an invitation that is live and unused (or used by these very keys). The service calls it before
// it issues a certificate.
Result<v1::Enrolment> OpenEnrolment(const storage::View& view, const v1::Signed& enrolment,
                                    const crypto::Digest& tls_spki_digest, Time now);

}  // namespace tallystick::matcher
