// Domain separation labels of everything that is signed or sealed outside agreements/ (whose
// ceremony and requests have their own).
#pragma once

#include <string_view>

#include "crypto/domain.h"

namespace tallystick {

inline constexpr crypto::Domain kEnrolmentDomain{"tallystick/v1/enrolment"};
inline constexpr crypto::Domain kProposalDomain{"tallystick/v1/proposal"};
inline constexpr crypto::Domain kManifestDomain{"tallystick/v1/manifest"};
inline constexpr crypto::Domain kWithdrawalDomain{"tallystick/v1/withdrawal"};
inline constexpr crypto::Domain kVerdictDomain{"tallystick/v1/verdict"};
inline constexpr crypto::Domain kOpeningDomain{"tallystick/v1/opening"};
inline constexpr crypto::Domain kReleaseDomain{"tallystick/v1/release"};
inline constexpr crypto::Domain kReleaseRefusalDomain{"tallystick/v1/release-refusal"};
inline constexpr crypto::Domain kLabelsDomain{"tallystick/v1/labels-of-release"};

// HPKE info strings.
inline constexpr std::string_view kChunkSealInfo = "tallystick/v1/chunk-to-matcher";
inline constexpr std::string_view kLabelsSealInfo = "tallystick/v1/labels";
inline constexpr std::string_view kPartialsSealInfo = "tallystick/v1/partials";

}  // namespace tallystick
