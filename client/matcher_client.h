// MatcherClient is the matcher's interface as functions. Every call is safe to repeat: a mutating
// one carries an idempotency id, and is sent again with the same id when the answer got lost.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/egress.h"
#include "client/https_client.h"
#include "client/identity.h"
#include "proto/codec.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick::client {

// Thread safety: none; one per thread.
class MatcherClient {
 public:
  // As the member `identity`, over mutual TLS.
  static Result<MatcherClient> Connect(const Identity& identity);
  // Without a certificate, for enrolment only: the matcher is known by the digest of its CA key.
  static Result<MatcherClient> ConnectAnonymously(std::string_view url,
                                                  const crypto::Digest& ca_spki_pin);

  Result<v1::Enrolled> Enrol(const v1::Signed& enrolment);
  Result<v1::Enrolled> Renew(const v1::Renewal& renewal);
  Result<v1::Directory> GetDirectory();
  Result<v1::ServiceStatus> GetStatus();

  Result<v1::AgreementState> Propose(const v1::Signed& proposal);
  Result<v1::AgreementList> ListAgreements();
  Result<v1::AgreementState> GetAgreement(std::string_view digest_hex);
  Result<v1::AgreementState> Advance(std::string_view digest_hex, const v1::AgreementStep& step);

  // Opening and committing return what the submission is afterwards: another one may have taken its
  // place since an attempt that was repeated.
  Result<v1::SubmissionStatus> OpenSubmission(const v1::Signed& manifest);
  Result<v1::SubmissionStatus> GetSubmission(std::string_view id_hex);
  Status PutChunk(std::string_view id_hex, std::uint32_t index, ByteView sealed);
  Result<v1::SubmissionStatus> CommitSubmission(std::string_view id_hex);
  Result<v1::SubmissionStatus> WithdrawSubmission(std::string_view id_hex,
                                                  const v1::Signed& withdrawal);
  Result<v1::SubmissionList> ListSubmissions(std::string_view agreement_digest_hex);

  Result<v1::RequestCheck> CheckRequest(const v1::EncodedRequest& request);
  Result<v1::RequestState> SubmitRequest(const v1::EncodedRequest& request);
  Result<v1::RequestList> ListRequests();
  Result<v1::RequestState> GetRequest(std::string_view id);
  Result<v1::RequestState> PostVerdict(std::string_view id, const v1::Signed& verdict);
  Result<v1::ReleaseProposal> GetProposal(std::string_view id);
  Result<v1::RequestState> PostOpening(std::string_view id, const v1::Signed& opening);
  Result<v1::RequestState> ApproveRelease(std::string_view id, const v1::ReleaseApproval& approval);
  // What this member said of its ledger with its last opening; empty before the first.
  Result<v1::LedgerMark> GetLedgerMark();
  Result<v1::ReleaseBundle> GetRelease(std::string_view id);

  // The signed note.
  Result<std::string> GetCheckpoint();
  Result<v1::LogEntries> GetEntries(std::uint64_t since);
  Result<v1::ConsistencyProof> GetConsistency(std::uint64_t from, std::uint64_t to);

 private:
  explicit MatcherClient(HttpsClient https) : https_(std::move(https)) {}

  Result<Bytes> Exchange(std::string_view method, const std::string& target, const Frame& frame);

  template <class Message>
  Result<Message> Get(const std::string& target) {
    TS_ASSIGN_OR_RETURN(const Bytes body, Exchange("GET", target, ToFrame(Nothing{})));
    return Parse<Message>(body, kMaxReleaseBytes);
  }
  template <class Message, class Request>
  Result<Message> Post(const std::string& target, const Request& request) {
    TS_ASSIGN_OR_RETURN(const Bytes body, Exchange("POST", target, ToFrame(request)));
    return Parse<Message>(body, kMaxReleaseBytes);
  }

  HttpsClient https_;
};

}  // namespace tallystick::client
