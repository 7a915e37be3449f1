// AgentHome is an institution's agent on disk, beyond what every member has (client/identity.h).
//
//   HOME/keys/code.key, pseudonym.key      32 random bytes each, of this agent alone
//   HOME/agreements/<digest>/agreement.toml   the exact bytes this institution signed
//   HOME/agreements/<digest>/context          chain digest and epoch
//   HOME/agreements/<digest>/ceremony.key     between commit and confirm only
//   HOME/agreements/<digest>/revealed         digest of the commitments that the share was shown to
//   HOME/agreements/<digest>/secret.key       the agreement secret, once confirmed
//   HOME/agreements/<digest>/share.key        this party's share of the joint key
//   HOME/agreements/<digest>/joint            every party's public share of the joint key
//   HOME/submissions/<id>/                    manifest, sealed chunks (until committed), receipt
//   HOME/agreements/<digest>/standing         "suspended" or "revoked", where that is known here
//   HOME/ledger/<request>                     what this agent signed, before it was sent
//   HOME/checkpoint                           the last state of the log that this agent accepted
//
// Nothing in it is plaintext of a person.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agreements/agreement.h"
#include "agreements/agreement_secret.h"
#include "agreements/ceremony_messages.h"
#include "base/result.h"
#include "client/identity.h"
#include "crypto/p256.h"
#include "crypto/secret.h"

namespace tallystick::agents {

// HomeGuard keeps other programs away from what must not change under one's feet. It ends with the
// object or the process, however that ends.
class HomeGuard {
 public:
  HomeGuard(HomeGuard&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  HomeGuard& operator=(HomeGuard&&) = delete;
  ~HomeGuard();

 private:
  friend class AgentHome;
  explicit HomeGuard(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

// Standing is what this agent knows of an agreement from signed statements, its own among them: the
// matcher cannot talk it out of a suspension or a revocation.
enum class Standing { kUsable, kSuspended, kRevoked };

// JointShares are the public halves of the key that an agreement's measures are encrypted under, as
// the ceremony proved them.
struct JointShares {
  struct Share {
    std::string party;
    crypto::Point point;  // P_i
  };

  crypto::Point joint_key;     // the sum of all
  std::vector<Share> parties;  // sorted by party

  // Find returns a party's share, or nullptr.
  const crypto::Point* Find(std::string_view party) const;
};

// Thread safety: none. The daemon and the verbs may use one home at the same time: whoever changes
// keys, ledger or standing holds a Guard().
class AgentHome {
 public:
  // Fails as Identity::Load, where the home is a person's, or with kDataLoss
  // "identity.keys-incomplete" where a key of the agent's own is missing.
  static Result<AgentHome> Open(const std::filesystem::path& home);

  // MakeKeys makes the agent's own keys where they are missing. For enrolment only: with another
  // code key nothing that was submitted before could be read any more.
  static Status MakeKeys(const std::filesystem::path& home);

  // Guard waits up to 30 s. Fails with kUnavailable "agent.home-busy".
  Result<HomeGuard> Guard() const;

  const client::Identity& identity() const { return identity_; }
  const std::string& id() const { return identity_.id(); }
  const std::filesystem::path& path() const { return identity_.home(); }

  // The keys of category codes and of row pseudonyms under the agreement with this chain digest.
  // The other party cannot read the codes (protocol.md, section 2); the pseudonyms are stable over
  // submissions. Each agreement has its own, so that the matcher cannot join an institution's rows
  // over its agreements.
  crypto::SecretBytes<32> CodeKey(const crypto::Digest& chain) const;
  crypto::SecretBytes<32> PseudonymKey(const crypto::Digest& chain) const;
  // A key for what stays in this home. `label` starts with "tallystick/v1/".
  crypto::SecretBytes<32> LocalKey(std::string_view label) const;

  // The agreements whose bytes this agent signed, by digest in hex. All of these fail with
  // kUnavailable "file.io" where the disk does not say: what cannot be read is not absent.
  Result<std::vector<std::string>> SignedAgreements() const;
  Result<bool> HasSigned(std::string_view digest_hex) const;

  // LoadSigned reads the agreement as signed. Fails with kPermissionDenied "agreement.changed" when
  // the stored bytes no longer have their digest: a byte changed behind the agent's back.
  Result<agreements::Agreement> LoadSigned(std::string_view digest_hex) const;

  // KeepSigned stores the bytes before the signature leaves.
  Status KeepSigned(const agreements::Agreement& agreement) const;

  // What the keys of a signed agreement hang on, as this agent signed it.
  Status KeepContext(const agreements::CeremonyContext& context) const;
  Result<agreements::CeremonyContext> LoadContext(std::string_view digest_hex) const;

  Status KeepStanding(std::string_view digest_hex, Standing standing) const;
  Result<Standing> LoadStanding(std::string_view digest_hex) const;

  // Ceremony keys and the secret they become. Erasing overwrites in place.
  Status KeepCeremony(std::string_view digest_hex, const crypto::SecretBuffer& state) const;
  Result<crypto::SecretBuffer> LoadCeremony(std::string_view digest_hex) const;
  // This party's share of the joint key: it opens measures. LoadShare fails with
  // kFailedPrecondition "agreement.no-share" where it was erased or never made.
  Status KeepShare(std::string_view digest_hex, const crypto::Scalar& share) const;
  Result<crypto::Scalar> LoadShare(std::string_view digest_hex) const;
  // KeepJoint stores the parties' public shares, each proved and confirmed by then; call it before
  // KeepSecret, so that who has the secret has them. `shares` in any order. LoadJoint fails with
  // kFailedPrecondition "agreement.no-joint-key" where there are none, with kDataLoss
  // "agreement.joint-corrupt" where the file is not what was stored.
  Status KeepJoint(std::string_view digest_hex, std::vector<JointShares::Share> shares) const;
  Result<JointShares> LoadJoint(std::string_view digest_hex) const;
  Status KeepSecret(std::string_view digest_hex, const agreements::AgreementSecret& secret) const;
  Result<agreements::AgreementSecret> LoadSecret(std::string_view digest_hex) const;
  Result<bool> HasSecret(std::string_view digest_hex) const;
  Status EraseCeremony(std::string_view digest_hex) const;
  Status EraseSecret(std::string_view digest_hex) const;

  std::filesystem::path AgreementDirectory(std::string_view digest_hex) const;
  std::filesystem::path SubmissionDirectory(std::string_view id_hex) const;
  std::filesystem::path LedgerPath(std::string_view request_id) const;

 private:
  AgentHome(client::Identity identity, crypto::SecretBytes<32> code_key,
            crypto::SecretBytes<32> pseudonym_key)
      : identity_(std::move(identity)),
        code_key_(std::move(code_key)),
        pseudonym_key_(std::move(pseudonym_key)) {}

  client::Identity identity_;
  crypto::SecretBytes<32> code_key_;
  crypto::SecretBytes<32> pseudonym_key_;
};

}  // namespace tallystick::agents
