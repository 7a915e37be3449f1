// Suspending, resuming and revoking an agreement: statements signed by a party.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "agreements/agreement.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/domain.h"
#include "crypto/signature.h"

namespace tallystick::agreements {

enum class TransitionKind : std::uint8_t { kSuspend = 1, kResume = 2, kRevoke = 3 };
std::string_view TransitionName(TransitionKind kind);  // "suspend"

struct Transition {
  static constexpr crypto::Domain kDomain{"tallystick/v1/agreement-transition"};
  static constexpr std::size_t kMaxReasonBytes = 1'000;

  TransitionKind kind = TransitionKind::kSuspend;
  crypto::Digest digest;
  std::string party;
  std::uint64_t sequence = 0;  // the party's first is 1, each next one more
  std::string reason;          // required to revoke
  Time time{};
  Bytes signature;

  void Sign(const crypto::SigningKey& signing_key);
  Bytes Body() const;
  Bytes Encode() const;
  static Result<Transition> Decode(ByteView bytes);  // takes hostile bytes
};

// TransitionState is what the transitions so far add up to.
struct TransitionState {
  std::set<std::string, std::less<>> suspended_by;
  bool revoked = false;
  std::map<std::string, std::uint64_t, std::less<>> sequences;  // the last of each party

  bool usable() const { return suspended_by.empty() && !revoked; }
  std::uint64_t NextSequence(std::string_view party) const;
};

// Returns the state after `transition`. Refuses with kPermissionDenied
// "transition.digest", "transition.party", "transition.signature", "transition.not-suspender" (rule
// AGR-RESUME: only who suspended resumes), with kConflict "transition.sequence" (replayed or out of
// order), and with kFailedPrecondition "transition.revoked" and "transition.suspended" (already).
Result<TransitionState> ApplyTransition(const Agreement& agreement, TransitionState state,
                                        const Transition& transition);

}  // namespace tallystick::agreements
