// The certificates of destruction that this agent keeps, in HOME/certificates: evidence, for as
// long as anybody may ask, that the matcher destroyed the data key of a submission
// (proto/destruction.h).
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "agents/agent_home.h"
#include "client/matcher_client.h"
#include "proto/destruction.h"

namespace tallystick::agents {

// CertificatePath is where the certificate of a submission is kept. REQUIRES: IsSubmissionId().
std::filesystem::path CertificatePath(const AgentHome& home, std::string_view submission_id_hex);

// IsSubmissionId: 32 lower-case hex digits.
bool IsSubmissionId(std::string_view text);

// KeepCertificate checks what the matcher says of the destruction of `submission_id_hex`, and keeps
// it: the evidence by the log's key, and that it is of this submission of this institution, with
// the manifest that was signed here where that is known. A certificate that is kept already and
// holds stays as it is. Durable on return. Fails with kUnavailable "destruction.not-yet" where the
// matcher does not say that the key is gone, with kPermissionDenied "destruction.other" where the
// statement is about something else, and as VerifyDestruction().
Status KeepCertificate(const AgentHome& home, std::string_view submission_id_hex,
                       const v1::SubmissionStatus& status);

// CollectCertificates keeps the certificates of all this institution's submissions under an
// agreement that is over, and of the versions before it. Returns the new ones. What the matcher has
// not destroyed yet is asked for again at the next call; once all are here it asks no more.
Result<std::vector<std::filesystem::path>> CollectCertificates(const AgentHome& home,
                                                               client::MatcherClient& matcher,
                                                               std::string_view agreement_hex);

// CheckCertificate verifies a certificate with what this home knows of the log: offline.
Result<Destruction> CheckCertificate(const AgentHome& home, std::string_view text);

}  // namespace tallystick::agents
