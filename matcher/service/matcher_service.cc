#include "matcher/service/matcher_service.h"

#include <charconv>

#include "base/log.h"
#include "matcher/registry/agreement_steps.h"
#include "matcher/registry/members.h"
#include "matcher/registry/requests.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "matcher/service/member_gate.h"
#include "proto/codec.h"
#include "proto/errors.h"
#include "proto/invitation.h"

namespace tallystick::matcher {
namespace {

constexpr std::chrono::days kCertificateLife{90};
constexpr std::chrono::hours kCertificateBackdating{1};
constexpr std::size_t kEntriesPerAnswer = 500;
constexpr std::size_t kIdempotencyHexDigits = 32;

HttpResponse ErrorResponse(const Error& error) {
  HttpResponse response;
  response.status = HttpStatusOf(error);
  if (error.id() == "storage.disk-full" || error.id() == "storage.disk-floor") {
    response.status = 507;
  }
  response.body = ToFrame(ToWire(error)).bytes();
  if (response.status == 429 || response.status == 503) response.retry_after_seconds = 1;
  return response;
}

Result<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return Error(Code::kInvalidArgument, "http.number", "a number in the path is malformed");
  }
  return value;
}

bool IsIdempotencyId(std::string_view id) {
  return id.size() == kIdempotencyHexDigits &&
         id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// What a client sent, for noticing an idempotency id used twice for different things.
crypto::Digest DigestOf(const HttpRequest& request) {
  Bytes bytes;
  AppendLp(bytes, request.target);
  AppendLp(bytes, request.body);
  return crypto::Sha256(bytes);
}

}  // namespace

Result<MatcherService::Call> MatcherService::Authorise(const HttpRequest& request) const {
  auto match = MatchRoute(request.method, request.target);
  if (!match) return Error(Code::kNotFound, "http.route", "there is no such route");
  Call call;
  call.route = match->route;
  call.arguments = std::move(match->arguments);
  RoleSet role = kAnonymous;
  if (request.peer) {
    Result<Actor> actor = ActorOf(parts_.registry->members(), *request.peer, parts_.clock->Now());
    if (!actor.ok()) return std::move(actor).error();
    call.actor = *std::move(actor);
    role = RoleBit(call.actor.role);
  }
  if ((call.route->roles & role) == 0) {
    if (!request.peer) {
      return Error(Code::kPermissionDenied, "auth.certificate", "a client certificate is required");
    }
    return Error(Code::kPermissionDenied, "auth.role", "this role may not do this");
  }
  return call;
}

std::variant<std::uint64_t, HttpResponse> MatcherService::Admit(const HttpRequest& head) {
  if (!open_.load(std::memory_order_acquire)) {
    return ErrorResponse(Error(Code::kUnavailable, "http.starting", "the matcher is starting"));
  }
  Result<Call> call = Authorise(head);
  if (!call.ok()) {
    LogError(Level::kWarning, "http.refused", call.error());
    parts_.refusals->Count(call.error().id());
    HttpResponse response = ErrorResponse(call.error());
    response.close_after = true;
    return response;
  }
  return call->route->body_limit_bytes;
}

HttpResponse MatcherService::Handle(HttpRequest request) {
  Result<Call> call = Authorise(request);
  if (!call.ok()) return ErrorResponse(call.error());
  call->request = std::move(request);
  Result<Frame> answer = Dispatch(*call);
  if (!answer.ok()) {
    if (answer.error().code() == Code::kInternal || answer.error().code() == Code::kDataLoss) {
      LogError(Level::kError, "http.failed", answer.error());
    }
    if (answer.error().id() == "storage.fsync-failed" && parts_.on_fatal) {
      LogError(Level::kError, "http.fatal", answer.error());
      parts_.on_fatal(answer.error());
    }
    // Who is refused by a rule is counted in the log, as who is turned away at the door; a refused
    // request has an entry of its own.
    const bool recorded = call->route->id == RouteId::kSubmitRequest && answer.error().refusal();
    if (answer.error().code() == Code::kPermissionDenied && !recorded) {
      parts_.refusals->Count(answer.error().id());
    }
    return ErrorResponse(answer.error());
  }
  HttpResponse response;
  response.status = call->status;
  response.body = answer->bytes();
  return response;
}

Result<Frame> MatcherService::Submit(const Call& call, decltype(Event::what) what) {
  Event event;
  event.actor = call.actor;
  if (!IsIdempotencyId(call.request.idempotency_id)) {
    return Error(Code::kInvalidArgument, "http.idempotency",
                 "a request that changes something needs an Idempotency-Key of 32 hex digits");
  }
  event.idempotency_id = call.request.idempotency_id;
  event.request_digest = DigestOf(call.request);
  event.what = std::move(what);
  Result<Bytes> answer = parts_.registry->Submit(std::move(event));
  if (!answer.ok()) return std::move(answer).error();
  parts_.wake_pipeline();
  return ToFrame(CoreAnswer{*std::move(answer)});
}

Result<Frame> MatcherService::Dispatch(Call& call) {
  switch (call.route->id) {
    case RouteId::kEnrol:
      return Enrol(call);
    case RouteId::kRenew:
      return Renew(call);
    case RouteId::kDirectory:
      return ListDirectory();
    case RouteId::kStatus: {
      v1::ServiceStatus status;
      status.set_version("0.1.0");
      status.set_matcher(parts_.registry->identity().description.id());
      status.set_log_size(parts_.registry->log_size());
      status.set_time(parts_.clock->Now().time_since_epoch().count());
      return ToFrame(status);
    }
    case RouteId::kPropose:
    case RouteId::kListAgreements:
    case RouteId::kGetAgreement:
    case RouteId::kAdvanceAgreement:
      return DispatchAgreements(call);
    case RouteId::kListSubmissions:
    case RouteId::kOpenSubmission:
    case RouteId::kGetSubmission:
    case RouteId::kPutChunk:
    case RouteId::kCommitSubmission:
    case RouteId::kWithdrawSubmission:
      return DispatchSubmissions(call);
    case RouteId::kCheckRequest:
    case RouteId::kSubmitRequest:
    case RouteId::kListRequests:
    case RouteId::kGetRequest:
    case RouteId::kVerdict:
    case RouteId::kProposal:
    case RouteId::kOpening:
    case RouteId::kLedgerMark:
    case RouteId::kApproveRelease:
    case RouteId::kGetRelease:
      return DispatchRequests(call);
    case RouteId::kCheckpoint:
    case RouteId::kEntries:
    case RouteId::kConsistency:
      return DispatchLog(call);
  }
  return Error(Code::kNotFound, "http.route", "there is no such route");
}

Result<Frame> MatcherService::Enrol(Call& call) {
  TS_ASSIGN_OR_RETURN(const v1::Signed enrolment, Parse<v1::Signed>(call.request.body));
  TS_ASSIGN_OR_RETURN(const v1::Enrolment unchecked, Parse<v1::Enrolment>(enrolment.body()));
  EnrolEvent enrol;
  TS_ASSIGN_OR_RETURN(enrol.tls_spki_digest, crypto::CsrSpkiDigest(unchecked.csr_pem()));
  const Time now = parts_.clock->Now();
  Result<v1::Enrolment> body = OpenEnrolment(view(), enrolment, enrol.tls_spki_digest, now);
  if (!body.ok()) {
    LogError(Level::kWarning, "enrol.refused", body.error());
    return std::move(body).error();
  }
  TS_ASSIGN_OR_RETURN(
      const Bytes certificate,
      parts_.authority->IssueClient(body->csr_pem(), MemberUri(body->role(), body->id()),
                                    now - kCertificateBackdating, now + kCertificateLife));
  enrol.enrolled.set_certificate_pem(certificate);
  enrol.enrolled.set_ca_pem(parts_.authority->certificate_pem());
  *enrol.enrolled.mutable_matcher() = parts_.registry->identity().description;
  enrol.enrolment = enrolment;
  call.actor = Actor{body->id(), body->role()};
  return Submit(call, std::move(enrol));
}

Result<Frame> MatcherService::Renew(Call& call) {
  TS_ASSIGN_OR_RETURN(const v1::Renewal renewal, Parse<v1::Renewal>(call.request.body));
  RenewEvent renew;
  TS_ASSIGN_OR_RETURN(renew.tls_spki_digest, crypto::CsrSpkiDigest(renewal.csr_pem()));
  const Time now = parts_.clock->Now();
  TS_ASSIGN_OR_RETURN(
      const Bytes certificate,
      parts_.authority->IssueClient(renewal.csr_pem(), call.request.peer->uri,
                                    now - kCertificateBackdating, now + kCertificateLife));
  renew.enrolled.set_certificate_pem(certificate);
  renew.enrolled.set_ca_pem(parts_.authority->certificate_pem());
  *renew.enrolled.mutable_matcher() = parts_.registry->identity().description;
  return Submit(call, std::move(renew));
}

Result<Frame> MatcherService::ListDirectory() {
  v1::Directory directory;
  *directory.mutable_matcher() = parts_.registry->identity().description;
  TS_RETURN_IF_ERROR(
      ScanStates<v1::MemberState>(view(), "member/", [&](const v1::MemberState& member) {
        *directory.add_members() = member.member();
        return true;
      }));
  return ToFrame(directory);
}

Result<Frame> MatcherService::DispatchAgreements(Call& call) {
  switch (call.route->id) {
    case RouteId::kPropose: {
      ProposeEvent propose;
      TS_RETURN_IF_ERROR(ParseInto(propose.proposal, call.request.body, kMaxAgreementBytes + 1024));
      return Submit(call, std::move(propose));
    }
    case RouteId::kListAgreements: {
      v1::AgreementList list;
      TS_RETURN_IF_ERROR(ScanStates<v1::AgreementState>(
          view(), "agreement/", [&](const v1::AgreementState& agreement) {
            if (!IsParty(agreement, call.actor.id) && !IsPerson(agreement, call.actor.id)) {
              return true;
            }
            // Without the text and what was signed: others choose their size. GetAgreement has all.
            v1::AgreementState& shown = *list.add_agreements();
            shown = AsOf(agreement, parts_.clock->Now());
            shown.clear_text();
            shown.clear_commitments();
            shown.clear_reveals();
            shown.clear_confirmations();
            shown.clear_transitions();
            return true;
          }));
      return ToFrame(list);
    }
    case RouteId::kAdvanceAgreement: {
      AgreementStepEvent step;
      step.digest_hex = call.arguments[0];
      TS_RETURN_IF_ERROR(ParseInto(step.step, call.request.body, kMaxControlMessageBytes));
      return Submit(call, std::move(step));
    }
    default: {
      TS_ASSIGN_OR_RETURN(const v1::AgreementState agreement,
                          GetAgreement(view(), call.arguments[0]));
      if (!IsParty(agreement, call.actor.id) && !IsPerson(agreement, call.actor.id)) {
        return Error(Code::kNotFound, "agreement.unknown", "no such agreement");
      }
      return ToFrame(AsOf(agreement, parts_.clock->Now()));
    }
  }
}

Result<Frame> MatcherService::DispatchLog(Call& call) {
  if (call.route->id == RouteId::kCheckpoint) {
    return ToFrame(SignedNote{parts_.registry->SignedCheckpoint()});
  }
  TS_ASSIGN_OR_RETURN(const std::uint64_t from, ParseNumber(call.arguments[0]));
  if (call.route->id == RouteId::kEntries) {
    TS_ASSIGN_OR_RETURN(const v1::LogEntries entries,
                        parts_.registry->Entries(from, kEntriesPerAnswer, call.actor.id));
    return ToFrame(entries);
  }
  TS_ASSIGN_OR_RETURN(const std::uint64_t to, ParseNumber(call.arguments[1]));
  if (from > to || to > parts_.registry->log_size()) {
    return Error(Code::kInvalidArgument, "log.range", "the log is shorter than that");
  }
  v1::ConsistencyProof proof;
  for (const crypto::Digest& hash : parts_.registry->ConsistencyProof(from, to)) {
    proof.add_hashes(Bytes(hash.view()));
  }
  return ToFrame(proof);
}

}  // namespace tallystick::matcher
