// Identity is a member's home as far as agents and people's programs share it: who they are, their
// keys, their certificate, and the matcher they belong to.
//
//   HOME/identity.pb   id, role, name, matcher            HOME/keys/signing.key   Ed25519 seed
//   HOME/certificate.pem, HOME/ca.pem                     HOME/keys/sealing.key   P-256 scalar
//                                                         HOME/keys/tls.pem       P-256
#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/hpke.h"
#include "crypto/signature.h"
#include "crypto/x509.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::client {

// The three keys of a member, made on its premises and never exported.
struct MemberKeys {
  crypto::SigningKey signing;
  crypto::SealingKey sealing;
  crypto::TlsKey tls;
};

// LoadOrMakeKeys reads HOME/keys, or makes and stores them durably (mode 0600). A set that is
// only partly there is an error: kDataLoss "identity.keys-incomplete".
Result<MemberKeys> LoadOrMakeKeys(const std::filesystem::path& home);

// Thread safety: none; cheap to load anew.
class Identity {
 public:
  // Fails with kFailedPrecondition "identity.not-enrolled" where the home is not enrolled, which is
  // the first-run message of every verb that needs the matcher.
  static Result<Identity> Load(const std::filesystem::path& home);

  const std::filesystem::path& home() const { return home_; }
  const std::string& id() const { return member_.id(); }
  v1::Role role() const { return member_.role(); }
  const std::string& name() const { return member_.name(); }
  const v1::MatcherDescription& matcher() const { return matcher_; }
  const MemberKeys& keys() const { return keys_; }
  const Bytes& certificate_pem() const { return certificate_pem_; }
  const Bytes& ca_pem() const { return ca_pem_; }

  // The matcher's key for releases and log.
  Result<crypto::VerifyKey> MatcherKey() const;

  // SignAs returns `body` signed by this member.
  v1::Signed SignAs(crypto::Domain domain, Bytes body) const;

  // Stores what an enrolment or renewal returned; durable on return.
  static Status Store(const std::filesystem::path& home, const v1::Member& member,
                      const v1::Enrolled& enrolled);

 private:
  Identity(std::filesystem::path home, MemberKeys keys)
      : home_(std::move(home)), keys_(std::move(keys)) {}

  std::filesystem::path home_;
  MemberKeys keys_;
  v1::Member member_;
  v1::MatcherDescription matcher_;
  Bytes certificate_pem_;
  Bytes ca_pem_;
};

}  // namespace tallystick::client
