// One party's part in opening sums: its partial decryptions with their proofs, sealed for another
// party alone (protocol.md, section 6). They open a sum only together with those of every party:
// what combines them is agents/open/opened_sums.h, which asks for all.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/elgamal.h"
#include "crypto/hash.h"
#include "crypto/hpke.h"
#include "crypto/p256.h"

namespace tallystick::agents {

// OpeningContext is what partial decryptions are made for: proofs and seals hold for it alone.
struct OpeningContext {
  crypto::Digest agreement;
  crypto::Digest chain;
  std::uint64_t epoch = 0;
  crypto::Digest job;
};

// ProvenPartials are one party's partial decryptions of an opening's ciphertexts, in their order,
// each proved to be what that party's share makes of them. Those made here prove themselves; those
// received exist only once their proof has held.
//
// Thread safety: immutable.
class ProvenPartials {
 public:
  // Make computes and proves those of `party`, whose share it is. REQUIRES: at most
  // kMaxOpenedCiphertexts (checked, aborts). Cost: 85 µs a ciphertext.
  static ProvenPartials Make(const OpeningContext& context, std::string_view party,
                             const crypto::Scalar& share,
                             std::span<const crypto::Ciphertext> ciphertexts);

  // Open opens what `party` sealed to `to` and checks the proof against its public share P_j. Fails
  // with kPermissionDenied "opening.refused" and rule REL-PROOF when it was sealed by somebody
  // else or for something else, or when the proof does not hold. Cost: 80 µs a ciphertext.
  static Result<ProvenPartials> Open(const OpeningContext& context, std::string_view party,
                                     const crypto::SealingPublicKey& party_key,
                                     const crypto::Point& public_share, std::string_view to,
                                     const crypto::SealingKey& to_key, ByteView sealed,
                                     std::span<const crypto::Ciphertext> ciphertexts);

  // SealFor returns them for `to`: HPKE, authenticated by the sealing key of the party.
  Bytes SealFor(const OpeningContext& context, const crypto::SealingKey& from_key,
                std::string_view to, const crypto::SealingPublicKey& to_key) const;

  const std::string& party() const { return party_; }
  const std::vector<crypto::Point>& points() const { return points_; }

 private:
  ProvenPartials(std::string_view party, std::vector<crypto::Point> points, Bytes proof)
      : party_(party), points_(std::move(points)), proof_(std::move(proof)) {}

  std::string party_;
  std::vector<crypto::Point> points_;
  Bytes proof_;  // empty where there are no ciphertexts
};

}  // namespace tallystick::agents
