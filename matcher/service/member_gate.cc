#include "matcher/service/member_gate.h"

#include <algorithm>

namespace tallystick::matcher {
namespace {

constexpr std::string_view kInstitutionUri = "tallystick:institution:";
constexpr std::string_view kPersonUri = "tallystick:person:";

}  // namespace

Result<Actor> ActorOf(const MemberTable& members, const crypto::PeerIdentity& peer, Time now) {
  std::string_view id = peer.uri;
  const bool institution = id.starts_with(kInstitutionUri);
  if (institution) {
    id.remove_prefix(kInstitutionUri.size());
  } else if (id.starts_with(kPersonUri)) {
    id.remove_prefix(kPersonUri.size());
  } else {
    return Error(Code::kPermissionDenied, "auth.uri", "the certificate names no member");
  }
  const std::optional<v1::MemberState> member = members.Find(id);
  if (!member) return Error(Code::kPermissionDenied, "auth.unknown", "not an enrolled member");
  if (member->revoked() != 0) {
    return Error(Code::kPermissionDenied, "auth.revoked", "this member's access is revoked");
  }
  if (institution != (member->member().role() == v1::ROLE_INSTITUTION)) {
    return Error(Code::kPermissionDenied, "auth.kind", "the certificate is of the other kind");
  }
  const auto& digests = member->tls_spki_digests();
  if (std::find(digests.begin(), digests.end(), Bytes(peer.spki_digest.view())) == digests.end()) {
    return Error(Code::kPermissionDenied, "auth.unregistered-key",
                 "the certificate's public key is not the registered one");
  }
  // A connection may outlive its certificate.
  if (peer.not_after <= now) {
    return Error(Code::kPermissionDenied, "auth.expired", "the certificate has expired");
  }
  return Actor{member->member().id(), member->member().role()};
}

}  // namespace tallystick::matcher
