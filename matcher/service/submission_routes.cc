// Submissions: the routes that move bulk data.
#include <charconv>

#include "crypto/hash.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "matcher/service/matcher_service.h"
#include "proto/codec.h"
#include "proto/column_chunk.h"
#include "proto/domains.h"

namespace tallystick::matcher {
namespace {

Result<std::uint32_t> ChunkIndex(std::string_view text, const v1::Manifest& manifest) {
  std::uint32_t index = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), index);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
      index >= static_cast<std::uint32_t>(manifest.chunks_size())) {
    return Error(Code::kInvalidArgument, "submission.chunk-index", "there is no such chunk");
  }
  return index;
}

// The HPKE additional data of a chunk: it belongs to one place in one submission.
Bytes ChunkAad(const v1::Manifest& manifest, std::uint32_t index) {
  Bytes aad(manifest.submission_id());
  AppendU32(aad, index);
  return aad;
}

}  // namespace

Result<Frame> MatcherService::DispatchSubmissions(Call& call) {
  switch (call.route->id) {
    case RouteId::kOpenSubmission: {
      OpenSubmissionEvent open;
      TS_RETURN_IF_ERROR(ParseInto(open.manifest, call.request.body, kMaxManifestBytes));
      return Submit(call, std::move(open));
    }
    case RouteId::kPutChunk:
      return PutChunk(call);
    case RouteId::kCommitSubmission:
      return CommitSubmission(call);
    case RouteId::kListSubmissions:
      return ListSubmissions(call);
    case RouteId::kWithdrawSubmission: {
      WithdrawSubmissionEvent withdraw;
      withdraw.id_hex = call.arguments[0];
      TS_RETURN_IF_ERROR(
          ParseInto(withdraw.withdrawal, call.request.body, kMaxControlMessageBytes));
      return WithdrawSubmission(call, std::move(withdraw));
    }
    default:
      return SubmissionWithMissing(call.arguments[0], call.actor);
  }
}

Result<Frame> MatcherService::PutChunk(Call& call) {
  TS_RETURN_IF_ERROR(parts_.check_disk());
  TS_ASSIGN_OR_RETURN(const v1::SubmissionState submission,
                      GetOwnSubmission(view(), call.arguments[0], call.actor.id));
  if (submission.phase() != "open") {
    return Error(Code::kFailedPrecondition, "submission.closed",
                 "this submission takes no more chunks");
  }
  TS_ASSIGN_OR_RETURN(const v1::Manifest manifest, ManifestOf(submission));
  TS_ASSIGN_OR_RETURN(const std::uint32_t index, ChunkIndex(call.arguments[1], manifest));
  TS_ASSIGN_OR_RETURN(
      const crypto::Digest address,
      crypto::Digest::FromBytes(manifest.chunks(static_cast<int>(index)).address()));
  TS_ASSIGN_OR_RETURN(const Bytes plaintext,
                      crypto::OpenSealed(*parts_.sealing_key, kChunkSealInfo,
                                         ChunkAad(manifest, index), call.request.body));
  if (crypto::Sha256(plaintext) != address) {
    return Error(Code::kInvalidArgument, "submission.chunk-digest",
                 "the chunk is not the one that the manifest names");
  }
  TS_ASSIGN_OR_RETURN(const ColumnChunk chunk, DecodeColumnChunk(plaintext));
  TS_RETURN_IF_ERROR(CheckChunk(manifest, index, chunk));
  TS_RETURN_IF_ERROR(parts_.destruction->Store(submission.id(), address, plaintext));
  return ToFrame(Accepted{});
}

Result<Frame> MatcherService::SubmissionWithMissing(std::string_view id_hex, const Actor& actor) {
  TS_ASSIGN_OR_RETURN(const v1::SubmissionState submission,
                      GetOwnSubmission(view(), id_hex, actor.id));
  TS_ASSIGN_OR_RETURN(const v1::Manifest manifest, ManifestOf(submission));
  v1::SubmissionStatus status = StatusOf(submission, manifest, true);
  if (submission.phase() == "open") {
    const std::string space = SpaceOf(submission.id());
    for (int i = 0; i < manifest.chunks_size(); ++i) {
      TS_ASSIGN_OR_RETURN(const crypto::Digest address,
                          crypto::Digest::FromBytes(manifest.chunks(i).address()));
      if (!parts_.chunks->Has(space, address)) {
        status.add_missing_chunks(static_cast<std::uint32_t>(i));
      }
    }
  } else if (submission.committed() != 0) {
    TS_ASSIGN_OR_RETURN(*status.mutable_receipt(),
                        parts_.registry->ReceiptFor(submission.commit_sequence()));
  }
  if (!submission.destruction().empty()) {
    TS_ASSIGN_OR_RETURN(*status.mutable_destruction_receipt(),
                        parts_.registry->ReceiptFor(submission.destruction_sequence()));
  }
  return ToFrame(status);
}

Result<Frame> MatcherService::CommitSubmission(Call& call) {
  TS_ASSIGN_OR_RETURN(const v1::SubmissionState submission,
                      GetOwnSubmission(view(), call.arguments[0], call.actor.id));
  TS_ASSIGN_OR_RETURN(const v1::Manifest manifest, ManifestOf(submission));
  if (submission.phase() == "open") {
    const std::string space = SpaceOf(submission.id());
    for (const v1::ChunkDescription& chunk : manifest.chunks()) {
      TS_ASSIGN_OR_RETURN(const crypto::Digest address, crypto::Digest::FromBytes(chunk.address()));
      if (!parts_.chunks->Has(space, address)) {
        return Error(Code::kFailedPrecondition, "submission.incomplete",
                     "chunks of this submission are still missing");
      }
    }
  }
  TS_ASSIGN_OR_RETURN(const Frame answer, Submit(call, CommitSubmissionEvent{submission.id()}));
  TS_ASSIGN_OR_RETURN(auto status, Parse<v1::SubmissionStatus>(answer.bytes()));
  TS_ASSIGN_OR_RETURN(const auto committed,
                      GetOwnSubmission(view(), submission.id(), call.actor.id));
  TS_ASSIGN_OR_RETURN(*status.mutable_receipt(),
                      parts_.registry->ReceiptFor(committed.commit_sequence()));
  return ToFrame(status);
}

// Like that of a commit, the answer hangs on nothing that can change later: repeated, it is the
// same.
Result<Frame> MatcherService::WithdrawSubmission(Call& call, WithdrawSubmissionEvent withdraw) {
  const std::string id = withdraw.id_hex;
  TS_ASSIGN_OR_RETURN(const Frame answer, Submit(call, std::move(withdraw)));
  // The entry is durable: now the effect. A crash in between is made good at the next start.
  TS_RETURN_IF_ERROR(parts_.destruction->Destroy(std::span(&id, 1)));
  TS_ASSIGN_OR_RETURN(auto status, Parse<v1::SubmissionStatus>(answer.bytes()));
  TS_ASSIGN_OR_RETURN(const auto gone, GetOwnSubmission(view(), id, call.actor.id));
  status.set_destruction(gone.destruction());
  TS_ASSIGN_OR_RETURN(*status.mutable_destruction_receipt(),
                      parts_.registry->ReceiptFor(gone.destruction_sequence()));
  return ToFrame(status);
}

Result<Frame> MatcherService::ListSubmissions(Call& call) {
  TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement, GetAgreement(view(), call.arguments[0]));
  if (!IsParty(agreement, call.actor.id) && !IsPerson(agreement, call.actor.id)) {
    return Error(Code::kNotFound, "agreement.unknown", "no such agreement");
  }
  v1::SubmissionList list;
  Status parsed = Ok();
  TS_RETURN_IF_ERROR(ScanStates<v1::SubmissionState>(
      view(), "submission/", [&](const v1::SubmissionState& submission) {
        const Result<v1::Manifest> manifest = ManifestOf(submission);
        if (!manifest.ok()) {
          parsed = manifest.error();
          return false;
        }
        if (manifest->chain_digest() != agreement.chain_digest()) return true;
        const bool own = manifest->party() == call.actor.id;
        if (own || submission.phase() != "open") {
          *list.add_submissions() = StatusOf(submission, *manifest, own);
        }
        return true;
      }));
  TS_RETURN_IF_ERROR(parsed);
  return ToFrame(list);
}

}  // namespace tallystick::matcher
