// Invitation codes: what a convener hands to a new member.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick {

// MemberUri is the name in a member's certificate: "tallystick:institution:<id>", or
// "tallystick:person:<id>" for every other role.
std::string MemberUri(v1::Role role, std::string_view id);

// EncodeInvitation returns "ts1-" and the invitation in base64url: about 120 characters that
// survive a shell, a mail and a form.
std::string EncodeInvitation(const v1::Invitation& invitation);

// DecodeInvitation reads a code. White space around it is ignored. Fails with kInvalidArgument
// "enrol.invitation-code".
Result<v1::Invitation> DecodeInvitation(std::string_view code);

}  // namespace tallystick
