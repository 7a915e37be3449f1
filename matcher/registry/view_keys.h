// Keys of the view: one function a kind, so that no two kinds can collide.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace tallystick::matcher {

inline Bytes MemberViewKey(std::string_view id) { return "member/" + Bytes(id); }
inline Bytes InvitationViewKey(std::string_view secret_digest_hex) {
  return "invitation/" + Bytes(secret_digest_hex);
}
inline Bytes AgreementViewKey(std::string_view digest_hex) {
  return "agreement/" + Bytes(digest_hex);
}
// The messages of a party that a ceremony refused: this, then their SHA-256 in hex.
inline Bytes RefusedStepsViewPrefix(std::string_view digest_hex, std::string_view party) {
  return "refused-step/" + Bytes(digest_hex) + "/" + Bytes(party) + "/";
}
// The newest version by id; the value is a digest in hex.
inline Bytes AgreementIdViewKey(std::string_view id) { return "agreement-id/" + Bytes(id); }
inline Bytes SubmissionViewKey(std::string_view id_hex) { return "submission/" + Bytes(id_hex); }
// The committed submission of a dataset under one epoch; the value is a submission id.
inline Bytes DatasetViewKey(std::string_view chain_hex, std::uint64_t epoch,
                            std::string_view dataset) {
  return "dataset/" + Bytes(chain_hex) + "/" + std::to_string(epoch) + "/" + Bytes(dataset);
}
// What the next manifest of a dataset continues, over all epochs: a DatasetHead.
inline Bytes DatasetHeadViewKey(std::string_view chain_hex, std::string_view dataset) {
  return "dataset-head/" + Bytes(chain_hex) + "/" + Bytes(dataset);
}
// The submissions of a dataset that are open, over all epochs; each value is a submission id.
inline Bytes OpenSubmissionsViewPrefix(std::string_view chain_hex, std::string_view dataset) {
  return "open/" + Bytes(chain_hex) + "/" + Bytes(dataset) + "/";
}
inline Bytes RequestViewKey(std::string_view id) { return "request/" + Bytes(id); }
// A request that its agreement refused when it was submitted: the ErrorBody it was answered with.
inline Bytes RefusedViewKey(std::string_view id) { return "refused/" + Bytes(id); }
// The released request that answers a definition over one pair of submissions.
inline Bytes DefinitionViewKey(std::string_view job_hex) { return "definition/" + Bytes(job_hex); }
// What agents are asked to sign: a StoredProposal.
inline Bytes ProposalViewKey(std::string_view request_id) {
  return "proposal/" + Bytes(request_id);
}
// A party's Signed opening of that table, until it is released.
inline Bytes OpeningViewKey(std::string_view request_id, std::string_view party) {
  return "opening/" + Bytes(request_id) + "/" + Bytes(party);
}
// A party's LedgerMark.
inline Bytes LedgerViewKey(std::string_view party) { return "ledger/" + Bytes(party); }
// The log's name, where a restore changed it.
inline Bytes LogOriginViewKey() { return "log-origin"; }
inline Bytes AnswerViewKey(std::string_view actor, std::string_view idempotency_id) {
  return "answer/" + Bytes(actor) + "/" + Bytes(idempotency_id);
}

}  // namespace tallystick::matcher
