// The key ceremony of one epoch of an agreement (protocol.md section 2) as pure functions: no
// clock, no network, no storage. Each party commits, reveals once every commitment is in, derives
// the secret and the joint key, and confirms.
//
// What the order protects: nobody can choose a contribution or a share after having seen another's.
// One-time keys make posted contributions unreadable once CeremonyKeys are destroyed.
#pragma once

#include <string>
#include <vector>

#include "agreements/agreement_secret.h"
#include "agreements/ceremony_messages.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"
#include "crypto/secret.h"
#include "crypto/signature.h"

namespace tallystick::agreements {

// CeremonyKeys are one party's secrets of one ceremony. Keep them (mode 0600) from commit until
// confirmed, then destroy them all but the share, which opens measures later. Move-only, wiped.
class CeremonyKeys {
 public:
  // Draws everything at random; the proof is bound to `context` and `party`.
  static CeremonyKeys Create(const CeremonyContext& context, std::string_view party);

  // A byte string for the agent's key store, and back. Deserialize fails with kDataLoss
  // "ceremony.keys-corrupt".
  crypto::SecretBuffer Serialize() const;
  static Result<CeremonyKeys> Deserialize(ByteView bytes);

  const CeremonyContext& context() const { return context_; }
  const std::string& party() const { return party_; }
  const crypto::SealingKey& one_time_key() const { return one_time_key_; }
  const crypto::SecretBytes<32>& contribution() const { return contribution_; }
  const crypto::SecretBytes<32>& blinding() const { return blinding_; }
  const crypto::Scalar& share_scalar() const { return share_scalar_; }
  const crypto::Point& share() const { return share_; }
  const Bytes& proof() const { return proof_; }

 private:
  CeremonyKeys(CeremonyContext context, std::string party, crypto::SealingKey one_time_key,
               crypto::SecretBytes<32> contribution, crypto::SecretBytes<32> blinding,
               crypto::Scalar share_scalar, Bytes proof);

  CeremonyContext context_;
  std::string party_;
  crypto::SealingKey one_time_key_;
  crypto::SecretBytes<32> contribution_, blinding_;
  crypto::Scalar share_scalar_;
  crypto::Point share_;
  Bytes proof_;
};

// Step 1.
Commitment MakeCommitment(const CeremonyKeys& keys, const crypto::SigningKey& signing_key);

// Checks a commitment against the agreement's keys. Fails, all with kPermissionDenied, with
// "ceremony.context" (another agreement, chain or epoch), "ceremony.party" (not a party),
// "ceremony.one-time-key" (not a point), "ceremony.signature".
Status VerifyCommitment(const Agreement& agreement, const CeremonyContext& context,
                        const Commitment& commitment);

// Step 2. `commitments` must hold one good commitment of every party, in any order, among them the
// one made from `keys`; otherwise "ceremony.incomplete", "ceremony.own-commitment", or what
// VerifyCommitment() says. `sealing_key` is the party's long-term one.
Result<Reveal> MakeReveal(const Agreement& agreement, const CeremonyKeys& keys,
                          const crypto::SigningKey& signing_key,
                          const crypto::SealingKey& sealing_key,
                          std::vector<Commitment> commitments);

// Checks what anyone can check, the matcher too: "ceremony.context", "ceremony.party",
// "ceremony.signature", "ceremony.commitments" (it answers another set), "ceremony.share"
// (identity, not on the curve), "ceremony.share-commitment" (not what was committed),
// "ceremony.proof", "ceremony.sealed" (not one for each counterpart).
Status VerifyReveal(const Agreement& agreement, const CeremonyContext& context,
                    std::vector<Commitment> commitments, const Reveal& reveal);

// What a party has after every reveal is in.
struct CeremonyResult {
  AgreementSecret secret;
  crypto::Point joint_key;
  crypto::Digest transcript;  // of all commitments and reveals, and the joint key
};

// Step 3. Verifies everything again, opens the contributions sealed to this party and derives.
// `sealing_keys` of the senders come from the agreement. Fails as VerifyReveal(), with
// "ceremony.incomplete", "ceremony.own-reveal", "ceremony.contribution" (cannot be opened, or is
// not what was committed), "ceremony.joint-key" (the shares cancel).
Result<CeremonyResult> FinishCeremony(const Agreement& agreement, const CeremonyKeys& keys,
                                      std::vector<Commitment> commitments,
                                      std::vector<Reveal> reveals);

// The joint key ΣP_i of verified reveals, for whoever has no secret. Fails with "ceremony.share",
// "ceremony.joint-key".
Result<crypto::Point> JointKeyOf(const std::vector<Reveal>& reveals);

// What both sides must also agree on before they encode anything.
struct NormaliserCheck {
  crypto::Digest rules;        // of the normaliser's rules and tables
  crypto::Digest test_tokens;  // of the 64 test tokens under this ceremony's token keys
};

// Step 4.
Confirmation MakeConfirmation(const Agreement& agreement, const CeremonyContext& context,
                              std::string_view party, const crypto::SigningKey& signing_key,
                              const CeremonyResult& result, const NormaliserCheck& normaliser);

// What the matcher can check: "ceremony.context", "ceremony.party", "ceremony.signature",
// "ceremony.tags" (not one for each counterpart).
Status VerifyConfirmation(const Agreement& agreement, const CeremonyContext& context,
                          const Confirmation& confirmation);

// What the counterpart `party` checks besides: "ceremony.normaliser" (kVersionMismatch: the other
// side's rules differ), "ceremony.confirmation" (another secret, joint key or test tokens).
Status CheckConfirmation(const Agreement& agreement, const CeremonyContext& context,
                         std::string_view party, const CeremonyResult& result,
                         const NormaliserCheck& normaliser, const Confirmation& confirmation);

}  // namespace tallystick::agreements
