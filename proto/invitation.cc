#include "proto/invitation.h"

#include "crypto/base64.h"
#include "crypto/hash.h"
#include "proto/codec.h"

namespace tallystick {
namespace {

constexpr std::string_view kPrefix = "ts1-";
constexpr std::size_t kMaxCodeBytes = 2048;
constexpr std::size_t kSecretBytes = 16;

Error Malformed() {
  return Error(Code::kInvalidArgument, "enrol.invitation-code",
               "this is not an invitation code: it starts with ts1- and comes from the convener");
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

std::string MemberUri(v1::Role role, std::string_view id) {
  std::string uri = role == v1::ROLE_INSTITUTION ? "tallystick:institution:" : "tallystick:person:";
  return uri.append(id);
}

std::string EncodeInvitation(const v1::Invitation& invitation) {
  return std::string(kPrefix) + crypto::Base64Url(Serialise(invitation));
}

Result<v1::Invitation> DecodeInvitation(std::string_view code) {
  code = Trim(code);
  if (!code.starts_with(kPrefix) || code.size() > kMaxCodeBytes) return Malformed();
  const Result<Bytes> bytes = crypto::FromBase64Url(code.substr(kPrefix.size()));
  if (!bytes.ok()) return Malformed();
  Result<v1::Invitation> invitation = Parse<v1::Invitation>(*bytes);
  if (!invitation.ok() || invitation->secret().size() != kSecretBytes ||
      invitation->ca_spki_digest().size() != crypto::Digest::kSize) {
    return Malformed();
  }
  return invitation;
}

}  // namespace tallystick
