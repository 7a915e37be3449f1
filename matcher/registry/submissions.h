// Submissions: manifest, commit, withdrawal (protocol.md, section 5).
#pragma once

#include "agreements/agreement.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/step.h"
#include "proto/column_chunk.h"

namespace tallystick::matcher {

Result<Outcome> StepOpenSubmission(const storage::View& view, const Event& event,
                                   const OpenSubmissionEvent& open);
// REQUIRES of the service: every chunk of the manifest is stored and readable.
Result<Outcome> StepCommitSubmission(const storage::View& view, const Event& event,
                                     const CommitSubmissionEvent& commit);
Result<Outcome> StepWithdrawSubmission(const storage::View& view, const Event& event,
                                       const WithdrawSubmissionEvent& withdraw);
// Records that the data key of a withdrawn or destroyed submission is gone, once. The subject of
// the record is the statement of proto/destruction.h. REQUIRES of the service: the key is gone.
Result<Outcome> StepDestroyed(const storage::View& view, const Event& event,
                              const DestroyedEvent& destroyed);

// IsGone says that a submission is withdrawn, or destroyed with its agreement: its data key is to
// be destroyed, if it is not yet.
bool IsGone(const v1::SubmissionState& submission);

// GetOwnSubmission returns a submission of the institution `party`; another's is kNotFound, so
// that ids cannot be probed.
Result<v1::SubmissionState> GetOwnSubmission(const storage::View& view, std::string_view id_hex,
                                             std::string_view party);

Result<v1::Manifest> ManifestOf(const v1::SubmissionState& submission);

// Destroy records that the data of `submission` are destroyed with its agreement. Of its manifest
// only its place stays: a revocation, however many and large the submissions, must fit one record
// of the log, or whoever made them could prevent it. The manifest as signed is in the record of its
// opening.
Status Destroy(v1::SubmissionState submission, RecordBuilder& record);

// CheckManifest checks that a manifest has exactly the columns that the agreement asks of the
// dataset, in order, with consecutive chunks, sane sizes and the right root. Hostile input.
Status CheckManifest(const v1::Manifest& manifest, const agreements::Agreement& agreement);

// CheckChunk checks that a decoded chunk is the piece of its column that its place in the manifest
// says: kind, column, first entry and count. All chunks of a column are full but the last. Hostile
// input. REQUIRES: index is a chunk of the manifest, which CheckManifest passed. That ciphertexts
// are points of the curve is checked when they are added up, not here: it would cost more than
// everything else about an upload, and would tell nothing of what they hold.
Status CheckChunk(const v1::Manifest& manifest, std::uint32_t index, const ColumnChunk& chunk);

// The committed submission of `dataset` under the agreement's chain and epoch, if any.
Result<std::optional<v1::SubmissionState>> CommittedSubmission(const storage::View& view,
                                                               const v1::AgreementState& agreement,
                                                               std::string_view dataset);

// The name of a submission's space in the chunk store, and of its data key.
std::string SpaceOf(std::string_view submission_id_hex);

// What others may see of a submission.
v1::SubmissionStatus StatusOf(const v1::SubmissionState& submission, const v1::Manifest& manifest,
                              bool own);

}  // namespace tallystick::matcher
