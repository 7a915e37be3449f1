#include "matcher/registry/submissions.h"

#include <algorithm>

#include "agreements/policy.h"
#include "agreements/submission_columns.h"
#include "crypto/merkle.h"
#include "matcher/registry/agreement_steps.h"
#include "matcher/registry/state_reader.h"
#include "proto/destruction.h"
#include "proto/domains.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kCodeBytes = 8;
// Of one dataset, begun and not committed: each may hold disk space.
constexpr std::size_t kMaxOpenSubmissions = 16;

Error Malformed(Literal message) {
  return Error(Code::kInvalidArgument, "submission.manifest", message);
}

std::uint64_t EntriesPerChunk(v1::ColumnDescription::Kind kind) {
  return MaxEntriesPerChunk(agreements::ChunkKindOf(kind));
}

Status CheckCodes(const v1::ColumnDescription& column, std::size_t value_count) {
  if (static_cast<std::size_t>(column.codes_size()) != value_count) {
    return Malformed("a column has another number of codes than declared values");
  }
  for (int i = 0; i < column.codes_size(); ++i) {
    if (column.codes(i).size() != kCodeBytes) return Malformed("a code is not 8 bytes");
    if (i > 0 && column.codes(i - 1) >= column.codes(i)) {
      return Malformed("the codes of a column are not sorted");
    }
  }
  return Ok();
}

// Without padding a token column has as many entries as there are tokens.
Status CheckEntries(const v1::ColumnDescription& column,
                    const agreements::SubmissionColumn& expected, bool padding,
                    std::uint64_t row_count) {
  const std::uint64_t full = row_count * expected.entries_per_row;
  const bool fewer = column.kind() == v1::ColumnDescription::KIND_TOKENS && !padding;
  if (fewer ? column.entry_count() > full : column.entry_count() != full) {
    return Malformed("a column has another number of entries than its rows ask for");
  }
  return Ok();
}

Status CheckColumns(const v1::Manifest& manifest, const agreements::Agreement& agreement,
                    const agreements::Dataset& dataset) {
  const auto expected = agreements::SubmissionColumns(agreement, dataset);
  if (static_cast<std::size_t>(manifest.columns_size()) != expected.size()) {
    return Malformed("the manifest has other columns than the agreement asks for");
  }
  std::uint32_t next_chunk = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const v1::ColumnDescription& column = manifest.columns(static_cast<int>(i));
    if (column.kind() != expected[i].kind || column.name() != expected[i].name) {
      return Malformed("a column is missing or out of order");
    }
    if (column.first_chunk() != next_chunk || column.chunk_count() > kMaxChunksPerSubmission) {
      return Malformed("the chunks of a column are not consecutive");
    }
    next_chunk += column.chunk_count();
    TS_RETURN_IF_ERROR(
        CheckEntries(column, expected[i], agreement.linkage.padding, manifest.row_count()));
    const std::uint64_t full = EntriesPerChunk(column.kind());
    if (column.chunk_count() != (column.entry_count() + full - 1) / full) {
      return Malformed("a column has another number of chunks than its entries ask for");
    }
    TS_RETURN_IF_ERROR(CheckCodes(column, expected[i].code_count));
  }
  if (next_chunk != static_cast<std::uint32_t>(manifest.chunks_size())) {
    return Malformed("the columns do not cover the chunks");
  }
  return Ok();
}

Status CheckRoot(const v1::Manifest& manifest) {
  std::vector<crypto::Digest> leaves;
  leaves.reserve(static_cast<std::size_t>(manifest.chunks_size()));
  for (const v1::ChunkDescription& chunk : manifest.chunks()) {
    if (chunk.address().size() != crypto::Digest::kSize ||
        chunk.sealed_bytes() > kMaxSealedChunkBytes) {
      return Malformed("a chunk's description is malformed");
    }
    leaves.push_back(crypto::LeafHash(chunk.address()));
  }
  if (ByteView(manifest.root()) != crypto::MerkleRootOf(leaves).view()) {
    return Malformed("the root is not that of the chunks");
  }
  return Ok();
}

// Nothing, where the dataset was never committed under this chain.
Result<v1::DatasetHead> HeadOf(const storage::View& view, const v1::Manifest& manifest) {
  TS_ASSIGN_OR_RETURN(
      auto head, FindState<v1::DatasetHead>(
                     view, DatasetHeadViewKey(ToHex(manifest.chain_digest()), manifest.dataset())));
  return head ? *std::move(head) : v1::DatasetHead();
}

Bytes OpenViewKey(const v1::Manifest& manifest) {
  return OpenSubmissionsViewPrefix(ToHex(manifest.chain_digest()), manifest.dataset()) +
         ToHex(manifest.submission_id());
}

Status RequireFewOpen(const storage::View& view, const v1::Manifest& manifest) {
  std::size_t open_count = 0;
  TS_RETURN_IF_ERROR(
      view.Scan(OpenSubmissionsViewPrefix(ToHex(manifest.chain_digest()), manifest.dataset()),
                [&](ByteView, ByteView) { return ++open_count < kMaxOpenSubmissions; }));
  if (open_count < kMaxOpenSubmissions) return Ok();
  return Error(Code::kExhausted, "submission.too-many-open",
               "the dataset has too many submissions that were begun and not committed: "
               "withdraw those that are not wanted");
}

Result<v1::AgreementState> AgreementOf(const storage::View& view, const v1::Manifest& manifest,
                                       std::string_view party, Time now) {
  if (manifest.agreement_digest().size() != crypto::Digest::kSize) {
    return Malformed("the agreement digest is not 32 bytes");
  }
  TS_ASSIGN_OR_RETURN(v1::AgreementState agreement,
                      GetAgreement(view, ToHex(manifest.agreement_digest())));
  if (!IsParty(agreement, party) || manifest.party() != party) {
    return Error(Code::kPermissionDenied, "submission.party", "not a party of this agreement");
  }
  TS_RETURN_IF_ERROR(RequireActive(agreement, now));
  if (manifest.epoch() != agreement.epoch() ||
      manifest.chain_digest() != agreement.chain_digest()) {
    return Error(Code::kFailedPrecondition, "submission.epoch",
                 "the submission was made under another epoch of the agreement's keys");
  }
  return agreement;
}

// Answers tell what the step did, and nothing that can change later: repeated, whenever that is,
// they are the same bytes (reliability.md, rule 4). What is now is asked for with a GET.
Bytes AsOpened(v1::SubmissionState state, const v1::Manifest& manifest) {
  state.set_phase("open");
  state.clear_committed();
  state.clear_destruction();
  return Serialise(StatusOf(state, manifest, true));
}
Bytes AsCommitted(v1::SubmissionState state, const v1::Manifest& manifest) {
  state.set_phase("committed");
  state.clear_destruction();
  return Serialise(StatusOf(state, manifest, true));
}
Bytes AsGone(v1::SubmissionState state, const v1::Manifest& manifest) {
  state.clear_destruction();
  return Serialise(StatusOf(state, manifest, true));
}

}  // namespace

Result<v1::Manifest> ManifestOf(const v1::SubmissionState& submission) {
  return Parse<v1::Manifest>(submission.manifest().body(), kMaxManifestBytes);
}

Status Destroy(v1::SubmissionState submission, RecordBuilder& record) {
  TS_ASSIGN_OR_RETURN(const v1::Manifest manifest, ManifestOf(submission));
  if (submission.phase() == "open") record.Erase(OpenViewKey(manifest));
  v1::Manifest rest;
  rest.set_submission_id(manifest.submission_id());
  rest.set_chain_digest(manifest.chain_digest());
  rest.set_agreement_digest(manifest.agreement_digest());
  rest.set_epoch(manifest.epoch());
  rest.set_party(manifest.party());
  rest.set_dataset(manifest.dataset());
  rest.set_sequence(manifest.sequence());
  rest.set_row_count(manifest.row_count());
  rest.set_root(manifest.root());
  submission.mutable_manifest()->set_body(Serialise(rest));
  submission.mutable_manifest()->clear_signature();
  submission.set_phase("destroyed");
  record.Put(SubmissionViewKey(submission.id()), submission);
  return Ok();
}

Status CheckManifest(const v1::Manifest& manifest, const agreements::Agreement& agreement) {
  const agreements::Dataset* dataset = agreement.FindDataset(manifest.dataset());
  if (dataset == nullptr || dataset->party != manifest.party()) {
    return Malformed("the agreement knows no such dataset of this party");
  }
  if (manifest.submission_id().size() != kIdBytes) {
    return Malformed("the submission id is not 16 bytes");
  }
  if (manifest.normaliser_digest().size() != crypto::Digest::kSize) {
    return Malformed("the normaliser's digest is not 32 bytes");
  }
  if (manifest.row_count() == 0 || manifest.row_count() > kMaxRowsPerSubmission ||
      static_cast<std::size_t>(manifest.chunks_size()) > kMaxChunksPerSubmission) {
    return Malformed("the number of rows or chunks is outside its limits");
  }
  TS_RETURN_IF_ERROR(CheckColumns(manifest, agreement, *dataset));
  return CheckRoot(manifest);
}

Status CheckChunk(const v1::Manifest& manifest, std::uint32_t index, const ColumnChunk& chunk) {
  const auto misplaced = [] {
    return Error(Code::kInvalidArgument, "submission.chunk-place",
                 "the chunk is not the piece of the column that the manifest has there");
  };
  for (int i = 0; i < manifest.columns_size(); ++i) {
    const v1::ColumnDescription& column = manifest.columns(i);
    if (index < column.first_chunk() || index - column.first_chunk() >= column.chunk_count()) {
      continue;
    }
    const ColumnKind kind = agreements::ChunkKindOf(column.kind());
    const std::uint64_t full = EntriesPerChunk(column.kind());
    const std::uint64_t first = (index - column.first_chunk()) * full;
    if (first >= column.entry_count() || chunk.kind != kind || chunk.column != i ||
        chunk.first_entry != first ||
        chunk.count != std::min<std::uint64_t>(full, column.entry_count() - first)) {
      return misplaced();
    }
    return Ok();
  }
  return misplaced();
}

Result<std::optional<v1::SubmissionState>> CommittedSubmission(const storage::View& view,
                                                               const v1::AgreementState& agreement,
                                                               std::string_view dataset) {
  TS_ASSIGN_OR_RETURN(const auto id, view.Get(DatasetViewKey(ToHex(agreement.chain_digest()),
                                                             agreement.epoch(), dataset)));
  if (!id) return std::optional<v1::SubmissionState>();
  return FindState<v1::SubmissionState>(view, SubmissionViewKey(*id));
}

std::string SpaceOf(std::string_view submission_id_hex) {
  return "submission-" + std::string(submission_id_hex);
}

v1::SubmissionStatus StatusOf(const v1::SubmissionState& submission, const v1::Manifest& manifest,
                              bool own) {
  v1::SubmissionStatus status;
  status.set_id(submission.id());
  status.set_agreement(submission.agreement());
  status.set_party(manifest.party());
  status.set_dataset(manifest.dataset());
  status.set_sequence(manifest.sequence());
  status.set_phase(submission.phase());
  status.set_manifest_digest(submission.manifest_digest());
  status.set_committed_time(submission.committed());
  if (own) {
    status.set_row_count(manifest.row_count());
    status.set_root(manifest.root());
    status.set_destruction(submission.destruction());
  }
  return status;
}

Result<v1::SubmissionState> GetOwnSubmission(const storage::View& view, std::string_view id_hex,
                                             std::string_view party) {
  TS_ASSIGN_OR_RETURN(auto found, FindState<v1::SubmissionState>(view, SubmissionViewKey(id_hex)));
  if (!found || found->manifest().signer() != party) {
    return Error(Code::kNotFound, "submission.unknown", "no such submission of yours");
  }
  return *std::move(found);
}

Result<Outcome> StepOpenSubmission(const storage::View& view, const Event& event,
                                   const OpenSubmissionEvent& open) {
  TS_RETURN_IF_ERROR(VerifySigned(view, event.actor.id, open.manifest, kManifestDomain));
  TS_ASSIGN_OR_RETURN(const v1::Manifest manifest,
                      Parse<v1::Manifest>(open.manifest.body(), kMaxManifestBytes));
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement,
                      AgreementOf(view, manifest, event.actor.id, event.now));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms,
                      agreements::ParseAgreement(agreement.text(), nullptr));
  TS_RETURN_IF_ERROR(RequireKeysOf(view, terms, event.actor.id));
  TS_RETURN_IF_ERROR(CheckManifest(manifest, terms));

  const std::string id_hex = ToHex(manifest.submission_id());
  const crypto::Digest digest = crypto::Sha256(open.manifest.body());
  TS_ASSIGN_OR_RETURN(const auto present,
                      FindState<v1::SubmissionState>(view, SubmissionViewKey(id_hex)));
  Outcome outcome;
  if (present) {
    if (ByteView(present->manifest_digest()) != digest.view()) {
      return Error(Code::kConflict, "submission.id-used", "this submission id is already used");
    }
    outcome.answer = AsOpened(*present, manifest);
    return outcome;
  }
  TS_ASSIGN_OR_RETURN(const v1::DatasetHead head, HeadOf(view, manifest));
  TS_RETURN_IF_ERROR(agreements::MaySubmit(terms, manifest.dataset(), event.actor.id,
                                           head.sequence(), DateOf(event.now)));
  if (manifest.sequence() != head.sequence() + 1 ||
      manifest.previous_manifest() != head.manifest_digest()) {
    return Error(Code::kConflict, "submission.sequence",
                 "the manifest does not continue the dataset's last submission")
        .With("expected_sequence", head.sequence() + 1);
  }
  TS_RETURN_IF_ERROR(RequireFewOpen(view, manifest));

  v1::SubmissionState state;
  state.set_id(id_hex);
  *state.mutable_manifest() = open.manifest;
  state.set_manifest_digest(Bytes(digest.view()));
  state.set_phase("open");
  state.set_opened(event.now.time_since_epoch().count());
  state.set_agreement(ToHex(agreement.digest()));
  outcome.answer = AsOpened(state, manifest);
  outcome.record = RecordBuilder("submission.opened", event.now, event.actor.id, event.salt)
                       .Subject(id_hex, open.manifest.body())
                       .Agreement(agreement)
                       .Put(SubmissionViewKey(id_hex), state)
                       .PutBytes(OpenViewKey(manifest), id_hex)
                       .Build();
  return outcome;
}

Result<Outcome> StepCommitSubmission(const storage::View& view, const Event& event,
                                     const CommitSubmissionEvent& commit) {
  TS_ASSIGN_OR_RETURN(v1::SubmissionState state,
                      GetOwnSubmission(view, commit.id_hex, event.actor.id));
  TS_ASSIGN_OR_RETURN(const v1::Manifest manifest, ManifestOf(state));
  Outcome outcome;
  if (state.committed() != 0) {
    outcome.answer = AsCommitted(state, manifest);
    return outcome;
  }
  if (state.phase() != "open") {
    return Error(Code::kFailedPrecondition, "submission.closed",
                 "this submission was withdrawn or destroyed");
  }
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement,
                      AgreementOf(view, manifest, event.actor.id, event.now));
  TS_ASSIGN_OR_RETURN(const agreements::Agreement terms,
                      agreements::ParseAgreement(agreement.text(), nullptr));
  TS_ASSIGN_OR_RETURN(v1::DatasetHead head, HeadOf(view, manifest));
  TS_RETURN_IF_ERROR(agreements::MaySubmit(terms, manifest.dataset(), event.actor.id,
                                           head.sequence(), DateOf(event.now)));
  if (manifest.sequence() != head.sequence() + 1) {
    return Error(Code::kConflict, "submission.sequence",
                 "another submission of this dataset was committed meanwhile");
  }
  TS_ASSIGN_OR_RETURN(auto previous, CommittedSubmission(view, agreement, manifest.dataset()));
  state.set_phase("committed");
  state.set_committed(event.now.time_since_epoch().count());
  state.set_commit_sequence(event.sequence);
  head.set_sequence(manifest.sequence());
  head.set_manifest_digest(state.manifest_digest());
  RecordBuilder record("submission.committed", event.now, event.actor.id, event.salt);
  record.Subject(state.id(), state.manifest().body())
      .Agreement(agreement)
      .Put(SubmissionViewKey(state.id()), state)
      .PutBytes(
          DatasetViewKey(ToHex(agreement.chain_digest()), agreement.epoch(), manifest.dataset()),
          state.id())
      .Put(DatasetHeadViewKey(ToHex(manifest.chain_digest()), manifest.dataset()), head)
      .Erase(OpenViewKey(manifest));
  if (previous && previous->phase() == "committed") {
    previous->set_phase("superseded");
    record.Put(SubmissionViewKey(previous->id()), *previous);
  }
  outcome.answer = AsCommitted(state, manifest);
  outcome.record = record.Build();
  return outcome;
}

Result<Outcome> StepWithdrawSubmission(const storage::View& view, const Event& event,
                                       const WithdrawSubmissionEvent& withdraw) {
  TS_RETURN_IF_ERROR(VerifySigned(view, event.actor.id, withdraw.withdrawal, kWithdrawalDomain));
  if (ToHex(withdraw.withdrawal.body()) != withdraw.id_hex) {
    return Error(Code::kInvalidArgument, "submission.withdrawal",
                 "the signed withdrawal is of another submission");
  }
  TS_ASSIGN_OR_RETURN(v1::SubmissionState state,
                      GetOwnSubmission(view, withdraw.id_hex, event.actor.id));
  TS_ASSIGN_OR_RETURN(const v1::Manifest manifest, ManifestOf(state));
  Outcome outcome;
  if (IsGone(state)) {
    outcome.answer = AsGone(state, manifest);
    return outcome;
  }
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement, GetAgreement(view, state.agreement()));
  const bool open = state.phase() == "open";
  const bool current = state.phase() == "committed";
  state.set_phase("withdrawn");
  RecordBuilder record("submission.withdrawn", event.now, event.actor.id, event.salt);
  record.Subject(state.id(), withdraw.withdrawal.body())
      .Agreement(agreement)
      .Put(SubmissionViewKey(state.id()), state);
  if (open) record.Erase(OpenViewKey(manifest));
  if (current) {
    record.Erase(
        DatasetViewKey(ToHex(manifest.chain_digest()), manifest.epoch(), manifest.dataset()));
  }
  outcome.answer = AsGone(state, manifest);
  outcome.record = record.Build();
  return outcome;
}

bool IsGone(const v1::SubmissionState& submission) {
  return submission.phase() == "withdrawn" || submission.phase() == "destroyed";
}

Result<Outcome> StepDestroyed(const storage::View& view, const Event& event,
                              const DestroyedEvent& destroyed) {
  TS_ASSIGN_OR_RETURN(v1::SubmissionState state,
                      GetState<v1::SubmissionState>(view, SubmissionViewKey(destroyed.id_hex)));
  if (event.actor.id != kService || !IsGone(state)) {
    return Error(Code::kFailedPrecondition, "submission.not-gone",
                 "the submission is neither withdrawn nor destroyed");
  }
  Outcome outcome;
  if (!state.destruction().empty()) return outcome;
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement, GetAgreement(view, state.agreement()));
  TS_ASSIGN_OR_RETURN(const v1::Manifest manifest, ManifestOf(state));
  Destruction destruction;
  destruction.submission = state.id();
  destruction.agreement = state.agreement();
  destruction.party = manifest.party();
  destruction.dataset = manifest.dataset();
  destruction.sequence = manifest.sequence();
  TS_ASSIGN_OR_RETURN(destruction.manifest, crypto::Digest::FromBytes(state.manifest_digest()));
  destruction.cause = state.phase() == "withdrawn" ? "withdrawn" : "agreement-over";
  destruction.time = event.now;
  state.set_destruction(DestructionStatement(destruction));
  state.set_destruction_sequence(event.sequence);
  outcome.record = RecordBuilder(kDestroyedEvent, event.now, event.actor.id, event.salt)
                       .Subject(state.id(), state.destruction())
                       .Agreement(agreement)
                       .Put(SubmissionViewKey(state.id()), state)
                       .Build();
  return outcome;
}

}  // namespace tallystick::matcher
