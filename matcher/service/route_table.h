// The interface of the matcher as one table: every route, who may use it, and how large its body
// may be. A route that is not in the table does not exist; the authorisation tests are generated
// from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "matcher/service/http_message.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::matcher {

enum class RouteId {
  kEnrol,
  kRenew,
  kDirectory,
  kStatus,
  kPropose,
  kListAgreements,
  kGetAgreement,
  kAdvanceAgreement,
  kListSubmissions,
  kOpenSubmission,
  kGetSubmission,
  kPutChunk,
  kCommitSubmission,
  kWithdrawSubmission,
  kCheckRequest,
  kSubmitRequest,
  kListRequests,
  kGetRequest,
  kVerdict,
  kProposal,
  kOpening,
  kApproveRelease,
  kGetRelease,
  kLedgerMark,
  kCheckpoint,
  kEntries,
  kConsistency,
};

// Roles as a set of bits.
using RoleSet = std::uint8_t;
inline constexpr RoleSet kAnonymous = 1;
inline constexpr RoleSet kInstitution = 2;
inline constexpr RoleSet kResearcher = 4;
inline constexpr RoleSet kCompliance = 8;
inline constexpr RoleSet kConvener = 16;
inline constexpr RoleSet kEveryMember = kInstitution | kResearcher | kCompliance | kConvener;

RoleSet RoleBit(v1::Role role);

struct Route {
  RouteId id;
  Method method;
  std::string_view pattern;  // "*" stands for one segment of [0-9A-Za-z-]{1,64}
  RoleSet roles;
  std::uint64_t body_limit_bytes;
};

std::span<const Route> Routes();

struct RouteMatch {
  const Route* route = nullptr;
  std::vector<std::string> arguments;  // what the stars stand for
};

// MatchRoute finds the route of a request; nullopt when there is none.
std::optional<RouteMatch> MatchRoute(Method method, std::string_view target);

}  // namespace tallystick::matcher
