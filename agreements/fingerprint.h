// The fingerprint people compare before signing (protocol.md section 2): over the telephone or on
// paper, never through the matcher, which hands out everybody's keys.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/hash.h"

namespace tallystick::agreements {

// The digest as an integer modulo 10^48: 48 digits in 8 groups of 6, leading zeros kept, with one
// space between groups.
std::string Fingerprint(const crypto::Digest& digest);

// Whether `typed` (48 digits, white space anywhere) is the digest's fingerprint. Fails with
// kInvalidArgument "agreement.fingerprint-form" when it is not 48 digits, and with
// kPermissionDenied "agreement.fingerprint-mismatch" (rule AGR-FINGERPRINT) when it is another
// agreement's.
Status CheckFingerprint(const crypto::Digest& digest, std::string_view typed);

}  // namespace tallystick::agreements
