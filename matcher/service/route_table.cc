#include "matcher/service/route_table.h"

#include <algorithm>

#include "proto/limits.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kMaxSegmentBytes = 64;

constexpr Route kRoutes[] = {
    {RouteId::kEnrol, Method::kPost, "/v1/enrol", kAnonymous | kEveryMember,
     kMaxControlMessageBytes},
    {RouteId::kRenew, Method::kPost, "/v1/renew", kEveryMember, kMaxControlMessageBytes},
    {RouteId::kDirectory, Method::kGet, "/v1/directory", kEveryMember, 0},
    {RouteId::kStatus, Method::kGet, "/v1/status", kEveryMember, 0},
    {RouteId::kPropose, Method::kPost, "/v1/agreements", kInstitution, kMaxAgreementBytes + 1024},
    {RouteId::kListAgreements, Method::kGet, "/v1/agreements", kEveryMember, 0},
    {RouteId::kGetAgreement, Method::kGet, "/v1/agreements/*", kEveryMember, 0},
    {RouteId::kAdvanceAgreement, Method::kPost, "/v1/agreements/*/steps", kInstitution,
     kMaxControlMessageBytes},
    {RouteId::kListSubmissions, Method::kGet, "/v1/agreements/*/submissions",
     kInstitution | kCompliance, 0},
    {RouteId::kOpenSubmission, Method::kPost, "/v1/submissions", kInstitution, kMaxManifestBytes},
    {RouteId::kGetSubmission, Method::kGet, "/v1/submissions/*", kInstitution, 0},
    {RouteId::kPutChunk, Method::kPut, "/v1/submissions/*/chunks/*", kInstitution,
     kMaxSealedChunkBytes},
    {RouteId::kCommitSubmission, Method::kPost, "/v1/submissions/*/commit", kInstitution,
     kMaxControlMessageBytes},
    {RouteId::kWithdrawSubmission, Method::kPost, "/v1/submissions/*/withdraw", kInstitution,
     kMaxControlMessageBytes},
    {RouteId::kCheckRequest, Method::kPost, "/v1/requests/check", kResearcher,
     kMaxControlMessageBytes},
    {RouteId::kSubmitRequest, Method::kPost, "/v1/requests", kResearcher, kMaxControlMessageBytes},
    {RouteId::kListRequests, Method::kGet, "/v1/requests", kInstitution | kResearcher | kCompliance,
     0},
    {RouteId::kGetRequest, Method::kGet, "/v1/requests/*", kInstitution | kResearcher | kCompliance,
     0},
    {RouteId::kVerdict, Method::kPost, "/v1/requests/*/verdict", kInstitution,
     kMaxControlMessageBytes},
    {RouteId::kProposal, Method::kGet, "/v1/requests/*/proposal", kInstitution, 0},
    {RouteId::kOpening, Method::kPost, "/v1/requests/*/opening", kInstitution, kMaxOpeningBytes},
    {RouteId::kApproveRelease, Method::kPost, "/v1/requests/*/approval", kInstitution,
     kMaxManifestBytes},
    {RouteId::kGetRelease, Method::kGet, "/v1/requests/*/release",
     kInstitution | kResearcher | kCompliance, 0},
    {RouteId::kLedgerMark, Method::kGet, "/v1/ledger", kInstitution, 0},
    {RouteId::kCheckpoint, Method::kGet, "/v1/log/checkpoint", kEveryMember, 0},
    {RouteId::kEntries, Method::kGet, "/v1/log/entries/*", kEveryMember, 0},
    {RouteId::kConsistency, Method::kGet, "/v1/log/consistency/*/*", kEveryMember, 0},
};

bool IsArgument(std::string_view segment) {
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  };
  return !segment.empty() && segment.size() <= kMaxSegmentBytes &&
         std::all_of(segment.begin(), segment.end(), allowed);
}

// Takes the segment after the leading slash.
std::string_view TakeSegment(std::string_view& path) {
  path.remove_prefix(1);
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool Matches(std::string_view pattern, std::string_view target,
             std::vector<std::string>& arguments) {
  while (pattern.starts_with('/') && target.starts_with('/')) {
    const std::string_view expected = TakeSegment(pattern);
    const std::string_view actual = TakeSegment(target);
    if (expected == "*") {
      if (!IsArgument(actual)) return false;
      arguments.emplace_back(actual);
    } else if (expected != actual) {
      return false;
    }
  }
  return pattern.empty() && target.empty();
}

}  // namespace

RoleSet RoleBit(v1::Role role) {
  switch (role) {
    case v1::ROLE_INSTITUTION:
      return kInstitution;
    case v1::ROLE_RESEARCHER:
      return kResearcher;
    case v1::ROLE_COMPLIANCE:
      return kCompliance;
    case v1::ROLE_CONVENER:
      return kConvener;
    default:
      return 0;
  }
}

std::span<const Route> Routes() { return kRoutes; }

std::optional<RouteMatch> MatchRoute(Method method, std::string_view target) {
  for (const Route& route : kRoutes) {
    RouteMatch match{&route, {}};
    if (route.method == method && Matches(route.pattern, target, match.arguments)) return match;
  }
  return std::nullopt;
}

}  // namespace tallystick::matcher
