#include "client/matcher_client.h"

#include <chrono>
#include <thread>

#include "base/clock.h"
#include "crypto/random.h"
#include "crypto/x509.h"
#include "proto/errors.h"

namespace tallystick::client {
namespace {

constexpr int kAttempts = 4;
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::size_t kIdempotencyBytes = 16;

bool IsMutating(std::string_view method) { return method != "GET"; }

// An answer that leaves the effect unknown, or says that trying again helps.
bool IsTransient(const Result<HttpsResponse>& response) {
  if (!response.ok()) {
    return response.error().code() == Code::kUnavailable && response.error().id() != "net.tls";
  }
  return response->status == 429 || response->status == 503;
}

// The matcher's disk is not ours: its troubles must not look like those of this home, and their
// exit codes are the service's own.
Error AsTheirs(Error error) {
  if (!error.id().starts_with("storage.")) return error;
  if (error.code() == Code::kExhausted) {
    return Error(Code::kExhausted, "matcher.disk-full",
                 "the matcher has too little free disk space: the same command goes on later, when "
                 "the convener has made room");
  }
  return Error(Code::kUnavailable, "matcher.storage",
               "the matcher's storage failed: what it acknowledged is kept; try again later");
}

Error ErrorOf(const HttpsResponse& response) {
  if (response.content_type == "application/x-protobuf") {
    const Result<v1::ErrorBody> body = Parse<v1::ErrorBody>(response.body);
    if (body.ok() && !body->id().empty()) return AsTheirs(FromWire(*body));
  }
  // The transport's own refusals are JSON: {"error":{"id":"http.…","message":"…"}}.
  constexpr std::string_view kId = "{\"error\":{\"id\":\"";
  const ByteView body = response.body;
  const Code code = response.status == 401 || response.status == 403   ? Code::kPermissionDenied
                    : response.status == 404                           ? Code::kNotFound
                    : response.status == 413 || response.status == 400 ? Code::kInvalidArgument
                                                                       : Code::kUnavailable;
  if (body.starts_with(kId)) {
    const ByteView id = body.substr(kId.size(), body.find('"', kId.size()) - kId.size());
    return Error(code, LiteralFromMatcher(id), "the matcher's transport refuses the request")
        .With("status", response.status);
  }
  return Error(code, "net.http", "the matcher answered with an HTTP error")
      .With("status", response.status);
}

std::string Of(std::string_view prefix, std::string_view id, std::string_view suffix = {}) {
  std::string target(prefix);
  target.append(id).append(suffix);
  return target;
}

// Said here because the matcher cannot: it ends the handshake.
Status RequireCurrent(const Bytes& certificate_pem, Time now) {
  TS_ASSIGN_OR_RETURN(const crypto::CertificateFacts facts,
                      crypto::ReadCertificate(certificate_pem));
  if (now < facts.not_after) return Ok();
  return Error(Code::kFailedPrecondition, "identity.certificate-expired",
               "this home's certificate has expired: ask the convener for an invitation and run "
               "enrol in this home again; keys and agreements stay");
}

}  // namespace

Result<MatcherClient> MatcherClient::Connect(const Identity& identity) {
  TS_RETURN_IF_ERROR(RequireCurrent(identity.certificate_pem(), SystemClock().Now()));
  HttpsClientOptions options;
  options.base_url = identity.matcher().url();
  options.tls.ca_pem = identity.ca_pem();
  options.tls.certificate_pem = identity.certificate_pem();
  options.tls.key_pem = identity.keys().tls.ToPem();
  TS_ASSIGN_OR_RETURN(HttpsClient https, HttpsClient::Create(std::move(options)));
  return MatcherClient(std::move(https));
}

Result<MatcherClient> MatcherClient::ConnectAnonymously(std::string_view url,
                                                        const crypto::Digest& ca_spki_pin) {
  HttpsClientOptions options;
  options.base_url = std::string(url);
  options.tls.ca_spki_pin = ca_spki_pin;
  TS_ASSIGN_OR_RETURN(HttpsClient https, HttpsClient::Create(std::move(options)));
  return MatcherClient(std::move(https));
}

Result<Bytes> MatcherClient::Exchange(std::string_view method, const std::string& target,
                                      const Frame& frame) {
  const std::string idempotency_id =
      IsMutating(method) ? ToHex(crypto::RandomBytes(kIdempotencyBytes)) : std::string();
  auto pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    Result<HttpsResponse> response = https_.Send(method, target, frame.view(), idempotency_id);
    if (IsTransient(response) && attempt < kAttempts) {
      std::this_thread::sleep_for(pause);
      pause *= 2;
      continue;
    }
    if (!response.ok()) return std::move(response).error();
    if (response->status >= 200 && response->status < 300) return std::move(response->body);
    return ErrorOf(*response);
  }
}

Result<v1::Enrolled> MatcherClient::Enrol(const v1::Signed& enrolment) {
  return Post<v1::Enrolled>("/v1/enrol", enrolment);
}
Result<v1::Enrolled> MatcherClient::Renew(const v1::Renewal& renewal) {
  return Post<v1::Enrolled>("/v1/renew", renewal);
}
Result<v1::Directory> MatcherClient::GetDirectory() { return Get<v1::Directory>("/v1/directory"); }
Result<v1::ServiceStatus> MatcherClient::GetStatus() {
  return Get<v1::ServiceStatus>("/v1/status");
}

Result<v1::AgreementState> MatcherClient::Propose(const v1::Signed& proposal) {
  return Post<v1::AgreementState>("/v1/agreements", proposal);
}
Result<v1::AgreementList> MatcherClient::ListAgreements() {
  return Get<v1::AgreementList>("/v1/agreements");
}
Result<v1::AgreementState> MatcherClient::GetAgreement(std::string_view digest_hex) {
  return Get<v1::AgreementState>(Of("/v1/agreements/", digest_hex));
}
Result<v1::AgreementState> MatcherClient::Advance(std::string_view digest_hex,
                                                  const v1::AgreementStep& step) {
  return Post<v1::AgreementState>(Of("/v1/agreements/", digest_hex, "/steps"), step);
}

Result<v1::SubmissionStatus> MatcherClient::OpenSubmission(const v1::Signed& manifest) {
  TS_ASSIGN_OR_RETURN(const auto opened, Post<v1::SubmissionStatus>("/v1/submissions", manifest));
  return GetSubmission(opened.id());
}
Result<v1::SubmissionStatus> MatcherClient::GetSubmission(std::string_view id_hex) {
  return Get<v1::SubmissionStatus>(Of("/v1/submissions/", id_hex));
}
Status MatcherClient::PutChunk(std::string_view id_hex, std::uint32_t index, ByteView sealed) {
  const std::string target = Of("/v1/submissions/", id_hex, "/chunks/") + std::to_string(index);
  TS_RETURN_IF_ERROR(Exchange("PUT", target, ToFrame(SealedChunk(sealed))));
  return Ok();
}
Result<v1::SubmissionStatus> MatcherClient::CommitSubmission(std::string_view id_hex) {
  TS_RETURN_IF_ERROR(
      Post<v1::SubmissionStatus>(Of("/v1/submissions/", id_hex, "/commit"), v1::Signed()));
  return GetSubmission(id_hex);
}
Result<v1::SubmissionStatus> MatcherClient::WithdrawSubmission(std::string_view id_hex,
                                                               const v1::Signed& withdrawal) {
  return Post<v1::SubmissionStatus>(Of("/v1/submissions/", id_hex, "/withdraw"), withdrawal);
}
Result<v1::SubmissionList> MatcherClient::ListSubmissions(std::string_view agreement_digest_hex) {
  return Get<v1::SubmissionList>(Of("/v1/agreements/", agreement_digest_hex, "/submissions"));
}

Result<v1::RequestCheck> MatcherClient::CheckRequest(const v1::EncodedRequest& request) {
  return Post<v1::RequestCheck>("/v1/requests/check", request);
}
Result<v1::RequestState> MatcherClient::SubmitRequest(const v1::EncodedRequest& request) {
  return Post<v1::RequestState>("/v1/requests", request);
}
Result<v1::RequestList> MatcherClient::ListRequests() {
  return Get<v1::RequestList>("/v1/requests");
}
Result<v1::RequestState> MatcherClient::GetRequest(std::string_view id) {
  TS_ASSIGN_OR_RETURN(v1::RequestState request, Get<v1::RequestState>(Of("/v1/requests/", id)));
  if (request.id() == id) return request;
  return Error(Code::kPermissionDenied, "request.other",
               "the matcher answers about another request than was asked for");
}
Result<v1::RequestState> MatcherClient::PostVerdict(std::string_view id,
                                                    const v1::Signed& verdict) {
  return Post<v1::RequestState>(Of("/v1/requests/", id, "/verdict"), verdict);
}
Result<v1::ReleaseProposal> MatcherClient::GetProposal(std::string_view id) {
  return Get<v1::ReleaseProposal>(Of("/v1/requests/", id, "/proposal"));
}
Result<v1::RequestState> MatcherClient::PostOpening(std::string_view id,
                                                    const v1::Signed& opening) {
  return Post<v1::RequestState>(Of("/v1/requests/", id, "/opening"), opening);
}
Result<v1::LedgerMark> MatcherClient::GetLedgerMark() { return Get<v1::LedgerMark>("/v1/ledger"); }
Result<v1::RequestState> MatcherClient::ApproveRelease(std::string_view id,
                                                       const v1::ReleaseApproval& approval) {
  return Post<v1::RequestState>(Of("/v1/requests/", id, "/approval"), approval);
}
Result<v1::ReleaseBundle> MatcherClient::GetRelease(std::string_view id) {
  return Get<v1::ReleaseBundle>(Of("/v1/requests/", id, "/release"));
}

Result<std::string> MatcherClient::GetCheckpoint() {
  return Exchange("GET", "/v1/log/checkpoint", ToFrame(Nothing{}));
}
Result<v1::LogEntries> MatcherClient::GetEntries(std::uint64_t since) {
  return Get<v1::LogEntries>("/v1/log/entries/" + std::to_string(since));
}
Result<v1::ConsistencyProof> MatcherClient::GetConsistency(std::uint64_t from, std::uint64_t to) {
  return Get<v1::ConsistencyProof>("/v1/log/consistency/" + std::to_string(from) + "/" +
                                   std::to_string(to));
}

}  // namespace tallystick::client
