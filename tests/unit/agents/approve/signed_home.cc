#include "tests/unit/agents/approve/signed_home.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/file.h"
#include "crypto/x509.h"
#include "proto/codec.h"
#include "proto/domains.h"

namespace tallystick::agents {
namespace {

using matcher::Cast;

std::filesystem::path MakeFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "signed-home-XXXXXX").string();
  TS_CHECK(::mkdtemp(name.data()) != nullptr);
  return name;
}

void Write(const std::filesystem::path& path, ByteView bytes) {
  TS_CHECK(WriteFileDurably(path, bytes).ok());
}

}  // namespace

SignedHome::SignedHome(const Cast& cast, std::string party)
    : party_(std::move(party)), path_(MakeFolder()) {
  const agreements::TestMember& self = Cast::Member(party_);
  TS_CHECK(AgentHome::MakeKeys(path_).ok());
  self.signing_key.ExposeSeed([&](ByteView seed) { Write(path_ / "keys" / "signing.key", seed); });
  self.sealing_key.ExposePrivate(
      [&](ByteView scalar) { Write(path_ / "keys" / "sealing.key", scalar); });
  crypto::TlsKey::Generate().ToPem().Expose(
      [&](ByteView pem) { Write(path_ / "keys" / "tls.pem", pem); });
  v1::Member member;
  member.set_id(party_);
  member.set_role(v1::ROLE_INSTITUTION);
  v1::Enrolled enrolled;
  *enrolled.mutable_matcher() = Cast::Matcher().description;
  TS_CHECK(client::Identity::Store(path_, member, enrolled).ok());

  const AgentHome home = Open();
  TS_CHECK(home.KeepSigned(cast.agreement()).ok());
  TS_CHECK(home.KeepContext({cast.agreement().digest, cast.chain(), cast.epoch()}).ok());
  const auto secret = agreements::AgreementSecret::FromBytes(Bytes(32, 's'));
  // Shares of a joint key, as if this party's ceremony had ended with them.
  const auto share = crypto::Scalar::Random();
  std::vector<JointShares::Share> shares;
  for (const agreements::Party& it : cast.agreement().parties) {
    const auto theirs = crypto::Scalar::Random();
    shares.push_back({it.id, crypto::Point::MulGenerator(it.id == party_ ? share : theirs)});
  }
  TS_CHECK(home.KeepJoint(cast.digest_hex(), std::move(shares)).ok());
  TS_CHECK(home.KeepShare(cast.digest_hex(), share).ok());
  TS_CHECK(home.KeepSecret(cast.digest_hex(), *secret).ok());
}

SignedHome::~SignedHome() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

AgentHome SignedHome::Open() const {
  Result<AgentHome> home = AgentHome::Open(path_);
  TS_CHECK(home.ok());
  return *std::move(home);
}

std::filesystem::path SignedHome::Keep(const v1::Manifest& manifest) const {
  const auto folder = Open().SubmissionDirectory(ToHex(manifest.submission_id()));
  TS_CHECK(MakePrivateDirectory(folder).ok());
  Write(folder / "manifest.pb",
        Serialise(Cast::Sign(party_, kManifestDomain, Serialise(manifest))));
  return folder;
}

}  // namespace tallystick::agents
