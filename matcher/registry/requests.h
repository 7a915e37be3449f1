// Requests on their way to a protected table (protocol.md, section 7); what parties then do with it
// is in registry/release_steps.h.
#pragma once

#include "agreements/agreement.h"
#include "agreements/request.h"
#include "matcher/registry/step.h"

namespace tallystick::matcher {

// A request that the agreement refuses is recorded too, once, with the refusal as the record's
// detail; sent again, the same signed request gets the same refusal. An invalid one is an error and
// leaves nothing.
Result<Outcome> StepSubmitRequest(const storage::View& view, const Event& event,
                                  const SubmitRequestEvent& submit);
Result<Outcome> StepVerdict(const storage::View& view, const Event& event,
                            const VerdictEvent& verdict);
Result<Outcome> StepProtected(const storage::View& view, const Event& event,
                              const ProtectedEvent& made);
Result<Outcome> StepRefuse(const storage::View& view, const Event& event,
                           const RefuseEvent& refuse);

// CheckedRequest is a request that was verified and permitted, with what it runs over.
struct CheckedRequest {
  agreements::SignedRequest request;
  agreements::RequestDefinition definition;
  v1::AgreementState agreement;
  agreements::Agreement terms;
  const agreements::Output* output = nullptr;  // of `terms`
  v1::SubmissionState left, right;
  Bytes left_root, right_root;
};

// CheckRequest is what `request check` answers and what submitting decides by: signature, person,
// agreement, policy, and a committed submission on both sides.
Result<std::unique_ptr<CheckedRequest>> CheckRequest(const storage::View& view,
                                                     std::string_view person, ByteView encoded,
                                                     Time now);

// RequireSubmissions fails with kPermissionDenied and rule AGR-SUBMISSION-WITHDRAWN when one of the
// submissions that the request runs over is withdrawn or destroyed.
Status RequireSubmissions(const storage::View& view, const v1::RequestState& request);

// GetVisibleRequest returns a request that `who` may see: its person, the parties and the persons
// of its agreement. Others get kNotFound.
Result<v1::RequestState> GetVisibleRequest(const storage::View& view, std::string_view id,
                                           std::string_view who);

}  // namespace tallystick::matcher
