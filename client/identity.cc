#include "client/identity.h"

#include "base/file.h"
#include "proto/codec.h"

namespace tallystick::client {
namespace {

constexpr std::uint64_t kMaxKeyFileBytes = 16 * 1024;

std::filesystem::path SigningPath(const std::filesystem::path& home) {
  return home / "keys" / "signing.key";
}
std::filesystem::path SealingPath(const std::filesystem::path& home) {
  return home / "keys" / "sealing.key";
}
std::filesystem::path TlsPath(const std::filesystem::path& home) {
  return home / "keys" / "tls.pem";
}

Result<MemberKeys> MakeKeys(const std::filesystem::path& home) {
  TS_RETURN_IF_ERROR(MakePrivateDirectory(home / "keys"));
  MemberKeys keys{crypto::SigningKey::Generate(), crypto::SealingKey::Generate(),
                  crypto::TlsKey::Generate()};
  TS_RETURN_IF_ERROR(keys.signing.ExposeSeed(
      [&](ByteView seed) { return WriteFileDurably(SigningPath(home), seed); }));
  TS_RETURN_IF_ERROR(keys.sealing.ExposePrivate(
      [&](ByteView scalar) { return WriteFileDurably(SealingPath(home), scalar); }));
  const crypto::SecretBuffer tls_pem = keys.tls.ToPem();
  TS_RETURN_IF_ERROR(
      tls_pem.Expose([&](ByteView pem) { return WriteFileDurably(TlsPath(home), pem); }));
  return keys;
}

Result<MemberKeys> LoadKeys(const std::filesystem::path& home) {
  TS_ASSIGN_OR_RETURN(Bytes seed, ReadSecretFile(SigningPath(home), kMaxKeyFileBytes));
  TS_ASSIGN_OR_RETURN(Bytes scalar, ReadSecretFile(SealingPath(home), kMaxKeyFileBytes));
  TS_ASSIGN_OR_RETURN(Bytes pem, ReadSecretFile(TlsPath(home), kMaxKeyFileBytes));
  auto signing = crypto::SigningKey::FromSeed(seed);
  auto sealing = crypto::SealingKey::FromBytes(scalar);
  auto tls = crypto::TlsKey::FromPem(pem);
  crypto::Wipe(seed);
  crypto::Wipe(scalar);
  crypto::Wipe(pem);
  if (!signing.ok()) return std::move(signing).error();
  if (!sealing.ok()) return std::move(sealing).error();
  if (!tls.ok()) return std::move(tls).error();
  return MemberKeys{*std::move(signing), *std::move(sealing), *std::move(tls)};
}

}  // namespace

Result<MemberKeys> LoadOrMakeKeys(const std::filesystem::path& home) {
  int present = 0;
  for (const auto& path : {SigningPath(home), SealingPath(home), TlsPath(home)}) {
    TS_ASSIGN_OR_RETURN(const bool exists, FileExists(path));
    if (exists) ++present;
  }
  // A crash while making them leaves some, none of which anyone has seen yet: an unenrolled home
  // starts afresh, an enrolled one must not.
  TS_ASSIGN_OR_RETURN(const bool enrolled, FileExists(home / "identity.pb"));
  if (present == 3) return LoadKeys(home);
  if (enrolled) {
    return Error(Code::kDataLoss, "identity.keys-incomplete",
                 "a key file of this home is missing: restore it, or enrol again in a new home");
  }
  return MakeKeys(home);
}

Result<Identity> Identity::Load(const std::filesystem::path& home) {
  const Result<Bytes> stored = ReadFile(home / "identity.pb", kMaxKeyFileBytes);
  if (!stored.ok()) {
    // A home that cannot be read may well be enrolled.
    if (stored.error().code() != Code::kNotFound) return stored.error();
    return Error(Code::kFailedPrecondition, "identity.not-enrolled",
                 "this home is not enrolled: ask the convener for an invitation, then run enrol");
  }
  TS_ASSIGN_OR_RETURN(MemberKeys keys, LoadKeys(home));
  Identity identity(home, std::move(keys));
  TS_ASSIGN_OR_RETURN(const v1::Directory directory, Parse<v1::Directory>(*stored));
  if (directory.members_size() != 1) {
    return Error(Code::kDataLoss, "identity.malformed", "identity.pb is not readable");
  }
  identity.member_ = directory.members(0);
  identity.matcher_ = directory.matcher();
  TS_ASSIGN_OR_RETURN(identity.certificate_pem_,
                      ReadFile(home / "certificate.pem", kMaxKeyFileBytes));
  TS_ASSIGN_OR_RETURN(identity.ca_pem_, ReadFile(home / "ca.pem", kMaxKeyFileBytes));
  return identity;
}

Result<crypto::VerifyKey> Identity::MatcherKey() const {
  return crypto::VerifyKey::FromBytes(matcher_.signing_key());
}

v1::Signed Identity::SignAs(crypto::Domain domain, Bytes body) const {
  v1::Signed message;
  message.set_signature(keys_.signing.Sign(domain, body));
  message.set_body(std::move(body));
  message.set_signer(id());
  return message;
}

Status Identity::Store(const std::filesystem::path& home, const v1::Member& member,
                       const v1::Enrolled& enrolled) {
  TS_RETURN_IF_ERROR(WriteFileDurably(home / "ca.pem", enrolled.ca_pem()));
  TS_RETURN_IF_ERROR(WriteFileDurably(home / "certificate.pem", enrolled.certificate_pem()));
  v1::Directory directory;
  *directory.mutable_matcher() = enrolled.matcher();
  *directory.add_members() = member;
  return WriteFileDurably(home / "identity.pb", Serialise(directory));
}

}  // namespace tallystick::client
