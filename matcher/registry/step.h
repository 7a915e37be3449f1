// The protocol core of the matcher: what may happen, in what order, and what it leaves behind.
// It is pure: no I/O, no clock, no randomness; everything that varies is in the Event. So it can
// be simulated, and its decisions replay to the same bytes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/signature.h"
#include "storage/view.h"
#include "tallystick/v1/state.pb.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::matcher {

// Actor is who asks, as authenticated by the transport. `id` is a member's id, or "matcher" for
// the service itself and "operator" for the administrative socket.
struct Actor {
  std::string id;
  v1::Role role = v1::ROLE_UNSPECIFIED;
};

inline constexpr std::string_view kOperator = "operator";
inline constexpr std::string_view kService = "matcher";

// --- Events -----------------------------------------------------------------------------------

struct InviteEvent {
  v1::Role role = v1::ROLE_UNSPECIFIED;
  std::string id;
  std::string name;
  Bytes secret;  // 16 random bytes; only its digest is recorded
  std::chrono::seconds ttl{};
};
// `certificate_pem` was issued by the service for the CSR inside; the core decides whether it may
// leave.
struct EnrolEvent {
  v1::Signed enrolment;
  crypto::Digest tls_spki_digest;
  v1::Enrolled enrolled;
};
struct RenewEvent {
  crypto::Digest tls_spki_digest;
  v1::Enrolled enrolled;
};
struct RevokeMemberEvent {
  std::string id;
};
struct ProposeEvent {
  v1::Signed proposal;
};
struct AgreementStepEvent {
  std::string digest_hex;
  v1::AgreementStep step;
};
struct OpenSubmissionEvent {
  v1::Signed manifest;
};
struct CommitSubmissionEvent {
  std::string id_hex;
};
struct WithdrawSubmissionEvent {
  std::string id_hex;
  v1::Signed withdrawal;
};
// The service's own: the data key of a withdrawn or destroyed submission is gone.
struct DestroyedEvent {
  std::string id_hex;
};
struct SubmitRequestEvent {
  Bytes request;  // an encoded agreements::SignedRequest
};
struct VerdictEvent {
  std::string request_id;
  v1::Signed verdict;
};
// The service's own: a table passed disclosure control and waits for signatures.
struct ProtectedEvent {
  std::string request_id;
  v1::StoredProposal proposal;
};
// The service's own: a request cannot be answered.
struct RefuseEvent {
  std::string request_id;
  v1::RequestRefusal refusal;
};
// A party's partial decryptions of a table's sums, sealed to the other parties.
struct OpeningEvent {
  std::string request_id;
  v1::Signed opening;
};
struct ReleaseApprovalEvent {
  std::string request_id;
  v1::ReleaseApproval approval;
};
// The service's own: an agreement's term is over.
struct ExpireEvent {
  std::string digest_hex;
};

// The service's own: who was turned away in the last minute, by reason.
struct RefusalsEvent {
  std::map<std::string, std::uint64_t, std::less<>> counts;
};

struct Event {
  Actor actor;
  Time now;
  // 32 hex digits made by the client, or empty for the service's own events.
  std::string idempotency_id;
  // The place in the log that the record will have.
  std::uint64_t sequence = 0;
  // SHA-256 of what the client sent, so that an id used twice for different things is noticed.
  crypto::Digest request_digest;
  // 16 random bytes that salt the log leaf.
  Bytes salt;
  std::variant<InviteEvent, EnrolEvent, RenewEvent, RevokeMemberEvent, ProposeEvent,
               AgreementStepEvent, OpenSubmissionEvent, CommitSubmissionEvent,
               WithdrawSubmissionEvent, DestroyedEvent, SubmitRequestEvent, VerdictEvent,
               ProtectedEvent, RefuseEvent, OpeningEvent, ReleaseApprovalEvent, ExpireEvent,
               RefusalsEvent>
      what;
};

// --- The step ---------------------------------------------------------------------------------

// MatcherIdentity is what the core must know of the matcher itself.
struct MatcherIdentity {
  v1::MatcherDescription description;
  // Releases are signed with it; Ed25519 is deterministic, so the core stays pure.
  const crypto::SigningKey* signing_key = nullptr;
};

// Outcome is the effect of an event: a record for the commit log, whose mutations are the whole
// change of the view, and the answer. No record: the event had already happened.
struct Outcome {
  std::optional<v1::Record> record;
  Bytes answer;
  // Instead of an answer: the event is refused, and the refusal has a record of its own.
  std::optional<Error> refused;
};

// Step decides `event` in the state `view`. An error means that nothing happened and nothing is
// recorded; a request that an agreement refuses is no error but an Outcome with `refused`.
// Repeated with the same idempotency id and the same bytes it returns the same answer or refusal
// and no record; with other bytes it fails with kConflict.
//
// Cost: a few reads of the view and one or two signature verifications, below 1 ms.
Result<Outcome> Step(const storage::View& view, const MatcherIdentity& matcher, const Event& event);

// The mutations of a record, for applying it to a view.
std::vector<storage::Mutation> MutationsOf(const v1::Record& record);

}  // namespace tallystick::matcher
