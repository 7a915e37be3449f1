// Everyone who takes part in a small world, and what they would send: enrolments, an agreement with
// its whole ceremony, manifests, requests, verdicts and signatures. Nothing here holds state of the
// matcher; tests put the messages into Events of the protocol core or into HTTP requests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agreements/agreement.h"
#include "agreements/ceremony_messages.h"
#include "agreements/request.h"
#include "agreements/transition.h"
#include "base/clock.h"
#include "crypto/domain.h"
#include "matcher/registry/step.h"
#include "tests/support/agreement_text.h"

namespace tallystick::matcher {

// The three messages of one party's ceremony, encoded.
struct CeremonyMessages {
  Bytes commitment, reveal, confirmation;
};

// What a manifest says besides what the agreement decides.
struct ManifestFacts {
  std::string party = "csun";
  std::string dataset = "candidates";
  std::uint64_t number = 1;    // makes the submission id and the chunks
  std::uint64_t sequence = 1;  // of the dataset under the agreement's chain
  Bytes previous_manifest{};   // digest of the manifest before, 32 bytes, or empty
  std::uint32_t row_count = 8;
};

// Cast is: matcher unite-la; institutions csun and lausd, the parties, and ucla, which is none;
// researchers pgarcia, whom the agreement names, and rlee, whom it does not; compliance officers
// mchen, named, and nkim, not named; convener vsmith.
//
// Thread safety: const methods from any thread.
class Cast {
 public:
  static constexpr std::uint32_t kEpoch = 1;

  // Within the agreement's term and before submissions close.
  static Time Now();

  // The text of the agreement "csun-lausd-2026", with mchen as a compliance officer.
  static std::string AgreementText();

  // `text` must be an agreement between csun and lausd. `chain` nullopt: it is a first version.
  explicit Cast(std::string text = AgreementText(),
                const std::optional<crypto::Digest>& chain = std::nullopt,
                std::uint32_t epoch = kEpoch);

  const agreements::Agreement& agreement() const { return agreement_; }
  std::string digest_hex() const { return agreement_.digest.hex(); }
  const crypto::Digest& chain() const { return context_.chain; }
  std::uint32_t epoch() const { return context_.epoch; }
  const CeremonyMessages& Ceremony(std::string_view party) const;

  static const agreements::TestMember& Member(std::string_view id);
  static v1::Role RoleOf(std::string_view id);
  // What the transport would say of a member. "operator" and "matcher" have no role.
  static Actor ActorOf(std::string_view id);
  static crypto::Digest TlsKeyOf(std::string_view id);
  static MatcherIdentity Matcher();

  static v1::Signed Sign(std::string_view id, crypto::Domain domain, Bytes body);

  // An invitation's secret, made from `label`.
  static Bytes Secret(std::string_view label);
  static InviteEvent Invite(std::string_view id, Bytes secret);
  // With the member's own keys.
  static EnrolEvent Enrol(std::string_view id, Bytes secret);
  static EnrolEvent Enrol(const v1::Enrolment& body, const crypto::SigningKey& signing_key,
                          const crypto::Digest& tls_spki_digest);
  static v1::Enrolment EnrolmentOf(std::string_view id, Bytes secret);

  ProposeEvent Propose(std::string_view by) const;
  AgreementStepEvent Commit(std::string_view party) const;
  AgreementStepEvent Reveal(std::string_view party) const;
  AgreementStepEvent Confirm(std::string_view party) const;
  AgreementStepEvent Transition(std::string_view party, agreements::TransitionKind kind,
                                std::uint64_t sequence) const;

  // The plaintexts of a submission's chunks, one for each column.
  std::vector<Bytes> ChunksOf(const ManifestFacts& facts) const;
  // Their manifest, which CheckManifest passes.
  v1::Manifest ManifestOf(const ManifestFacts& facts) const;
  OpenSubmissionEvent Open(const ManifestFacts& facts) const;
  static OpenSubmissionEvent OpenWith(const v1::Manifest& manifest);
  // The id of a submission, in hex.
  static std::string SubmissionId(std::uint64_t number);
  static WithdrawSubmissionEvent Withdraw(std::string_view party, std::string_view id_hex);

  // pgarcia's question for `output`, unless another person or nonce is given.
  agreements::SignedRequest Request(std::string_view output, std::string_view nonce = "first",
                                    std::string_view person = "pgarcia",
                                    std::string_view filter = "") const;
  static SubmitRequestEvent Ask(const agreements::SignedRequest& request);

  static VerdictEvent Verdict(std::string_view party, const v1::RequestState& request,
                              bool approve = true);
  // A table, as the pipeline would hand it over.
  static ProtectedEvent Table(const v1::RequestState& request);
  // The same with one measure and one sum of it, so that it is opened before it is signed.
  static ProtectedEvent TableWithMeasure(const v1::RequestState& request);
  // A party's part in that: what is sealed is not.
  static OpeningEvent Opening(std::string_view party, const v1::RequestState& request);
  static ReleaseApprovalEvent Approve(std::string_view party, const v1::RequestState& request);

 private:
  agreements::Agreement agreement_;
  agreements::CeremonyContext context_;
  std::map<std::string, CeremonyMessages, std::less<>> ceremony_;
};

}  // namespace tallystick::matcher
