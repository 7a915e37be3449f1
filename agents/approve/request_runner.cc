#include "agents/approve/request_runner.h"

#include <algorithm>
#include <optional>

#include "agents/approve/ceremony_runner.h"
#include "agents/approve/release_opening.h"
#include "agents/approve/release_review.h"
#include "agents/approve/standing.h"
#include "agents/submit/destruction_certificate.h"
#include "base/file.h"
#include "base/log.h"
#include "client/enrolment.h"
#include "client/log_follower.h"
#include "proto/domains.h"
#include "proto/errors.h"

namespace tallystick::agents {
namespace {

constexpr std::uint64_t kMaxLedgerEntryBytes = 4096;
constexpr std::size_t kMaxReasonBytes = 1000;

bool Awaits(const v1::RequestState& request, std::string_view party) {
  return std::find(request.awaiting().begin(), request.awaiting().end(), party) !=
         request.awaiting().end();
}

// The ledger holds, per request, the digest of the one release that this agent signs.
// The caller holds the home's guard.
Status EnterLedger(const AgentHome& home, const std::string& request_id,
                   const crypto::Digest& release) {
  TS_RETURN_IF_ERROR(MakePrivateDirectory(home.path() / "ledger"));
  const auto path = home.LedgerPath(request_id);
  const Result<Bytes> entered = ReadFile(path, kMaxLedgerEntryBytes);
  const std::string digest_hex = release.hex();
  if (!entered.ok()) {
    if (entered.error().code() != Code::kNotFound) return entered.error();
    return WriteFileDurably(path, digest_hex);
  }
  if (*entered == digest_hex) return Ok();
  return Error(Code::kPermissionDenied, "release.refused",
               "this agent has signed another release of the same request")
      .Refused({"REL-LEDGER", std::nullopt, "the release that was signed before"});
}

// A failure of ours (disk, network) says nothing about the request: only a rule refuses.
bool IsRefusal(const Error& error) {
  return error.code() == Code::kPermissionDenied || error.code() == Code::kInvalidArgument;
}

Status PostVerdict(const AgentHome& home, client::MatcherClient& matcher,
                   const v1::Verdict& verdict) {
  TS_RETURN_IF_ERROR(matcher.PostVerdict(
      verdict.request_id(), home.identity().SignAs(kVerdictDomain, Serialise(verdict))));
  return Ok();
}

v1::Verdict DenialOf(const v1::RequestState& request, v1::RequestRefusal refusal,
                     std::string reason) {
  v1::Verdict verdict;
  verdict.set_request_id(request.id());
  verdict.set_job(request.job());
  verdict.set_approve(false);
  verdict.set_reason(std::move(reason));
  verdict.set_agreement_digest(request.agreement_digest());
  *verdict.mutable_refusal() = std::move(refusal);
  return verdict;
}

// What this agent sends for a table that it has reviewed: its part in the opening, or its
// signature.
struct Answer {
  std::optional<v1::Signed> opening;
  v1::ReleaseApproval approval;
};

Result<Answer> AnswerOf(const AgentHome& home, const v1::RequestState& request,
                        const v1::ReleaseProposal& proposal, const Status& ledger, Time now) {
  TS_ASSIGN_OR_RETURN(const auto reviewed, ReviewRelease(home, request, proposal, now));
  // With an old ledger nothing is refused for good: its owner may find the new one.
  if (reviewed->has_measures) TS_RETURN_IF_ERROR(ledger);
  TS_ASSIGN_OR_RETURN(const HomeGuard guard, home.Guard());
  Answer answer;
  const bool opened = request.phase() == v1::REQUEST_PHASE_OPENED;
  if (reviewed->has_measures && !opened) {
    TS_ASSIGN_OR_RETURN(answer.opening, MakeOpening(home, *reviewed, now));
    return answer;
  }
  v1::ReleaseApproval& approval = answer.approval;
  if (reviewed->has_measures) {
    TS_ASSIGN_OR_RETURN(*approval.mutable_statistics(), ReadStatistics(home, *reviewed, proposal));
  }
  const crypto::Digest release = crypto::Sha256(proposal.body() + approval.statistics());
  const Bytes digest(release.view());
  TS_ASSIGN_OR_RETURN(auto labels, SealLabels(home, *reviewed, digest));
  for (v1::SealedLabels& entry : labels) *approval.add_labels() = std::move(entry);
  approval.set_request_id(request.id());
  approval.set_release_digest(digest);
  TS_RETURN_IF_ERROR(EnterLedger(home, request.id(), release));
  *approval.mutable_signature() = home.identity().SignAs(kReleaseDomain, digest);
  return answer;
}

// One request's turn: a verdict, an opening or a signature.
Status HandleRequest(const AgentHome& home, client::MatcherClient& matcher,
                     const v1::RequestState& listed, const Status& ledger, Time now,
                     RoundFacts& facts) {
  // What is listed may lack the parts that are decided by.
  TS_ASSIGN_OR_RETURN(const v1::RequestState request, matcher.GetRequest(listed.id()));
  if (!Awaits(request, home.id())) return Ok();
  if (request.phase() == v1::REQUEST_PHASE_SUBMITTED) {
    const auto terms = home.LoadSigned(ToHex(request.agreement_digest()));
    // A person decides where the agreement says so; an agreement that is not ours is not decided.
    if (!terms.ok()) {
      LogError(Level::kWarning, "request.no-agreement", terms.error());
      if (terms.error().id() != "agreement.changed") return Ok();
    } else if (terms->governance.manual_approval) {
      return Ok();
    }
    TS_RETURN_IF_ERROR(Approve(home, matcher, request, now));
    ++facts.requests_decided;
  } else if (request.phase() == v1::REQUEST_PHASE_PROTECTED ||
             request.phase() == v1::REQUEST_PHASE_OPENED) {
    TS_ASSIGN_OR_RETURN(const Part part, AnswerRelease(home, matcher, request, ledger, now));
    ++(part == Part::kOpened ? facts.openings_given : facts.releases_signed);
  }
  return Ok();
}

// One agreement's turn: its standing, and its ceremony.
Status HandleAgreement(const AgentHome& home, client::MatcherClient& matcher,
                       const v1::AgreementState& listed, Time now, RoundFacts& facts) {
  TS_RETURN_IF_ERROR(FollowStanding(home, matcher, listed, now));
  const std::string digest_hex = ToHex(listed.digest());
  TS_ASSIGN_OR_RETURN(const bool has_signed, home.HasSigned(digest_hex));
  if (!has_signed) return Ok();
  if (listed.phase() == v1::AGREEMENT_PHASE_REVOKED ||
      listed.phase() == v1::AGREEMENT_PHASE_EXPIRED) {
    TS_ASSIGN_OR_RETURN(auto certificates, CollectCertificates(home, matcher, digest_hex));
    facts.certificates.insert(facts.certificates.end(), certificates.begin(), certificates.end());
  }
  v1::AgreementState state = listed;
  TS_ASSIGN_OR_RETURN(const bool has_secret, home.HasSecret(digest_hex));
  if (!has_secret) {
    TS_ASSIGN_OR_RETURN(state, matcher.GetAgreement(digest_hex));
  }
  TS_ASSIGN_OR_RETURN(const bool advanced, AdvanceCeremony(home, matcher, state));
  if (advanced) ++facts.agreements_advanced;
  return Ok();
}

// What went wrong with one thing must not keep the agent from all the others. Only a matcher that
// cannot be reached ends the round.
Status Settle(const Status& done, Literal event, RoundFacts& facts) {
  if (done.ok()) return Ok();
  LogError(Level::kWarning, event, done.error());
  if (done.error().id().starts_with("net.")) return done.error();
  ++(IsRefusal(done.error()) ? facts.refused : facts.failed);
  return Ok();
}

}  // namespace

Status Approve(const AgentHome& home, client::MatcherClient& matcher,
               const v1::RequestState& request, Time now) {
  // Also when a person approves, between two rounds.
  TS_RETURN_IF_ERROR(client::FollowLog(matcher, home.identity()));
  const Result<v1::Verdict> verdict = ReviewRequest(home, request, now);
  if (verdict.ok()) return PostVerdict(home, matcher, *verdict);
  if (IsRefusal(verdict.error())) {
    v1::RequestRefusal refusal = ToRequestRefusal(verdict.error(), home.id());
    std::string rule = refusal.rule();
    TS_RETURN_IF_ERROR(
        PostVerdict(home, matcher, DenialOf(request, std::move(refusal), std::move(rule))));
  }
  return verdict.error();
}

Status Deny(const AgentHome& home, client::MatcherClient& matcher, const v1::RequestState& request,
            const std::string& reason) {
  if (reason.empty() || reason.size() > kMaxReasonBytes) {
    return Error(Code::kInvalidArgument, "usage.reason", "a reason has 1 to 1000 bytes");
  }
  v1::RequestRefusal refusal;
  refusal.set_rule("AGR-DENIED");
  refusal.set_whose(home.id());
  refusal.set_message(reason);
  refusal.set_would_pass("what this institution asks for: talk to it");
  return PostVerdict(home, matcher, DenialOf(request, std::move(refusal), reason));
}

Result<Part> AnswerRelease(const AgentHome& home, client::MatcherClient& matcher,
                           const v1::RequestState& request, const Status& ledger, Time now) {
  TS_ASSIGN_OR_RETURN(const v1::ReleaseProposal proposal, matcher.GetProposal(request.id()));
  const Result<Answer> answer = AnswerOf(home, request, proposal, ledger, now);
  if (answer.ok()) {
    if (answer->opening) {
      TS_RETURN_IF_ERROR(matcher.PostOpening(request.id(), *answer->opening));
      return Part::kOpened;
    }
    TS_RETURN_IF_ERROR(matcher.ApproveRelease(request.id(), answer->approval));
    return Part::kSigned;
  }
  if (!IsRefusal(answer.error())) return answer.error();
  v1::ReleaseRefusal refusal;
  refusal.set_request_id(request.id());
  refusal.set_release_digest(request.release_digest());
  *refusal.mutable_refusal() = ToRequestRefusal(answer.error(), home.id());
  v1::ReleaseApproval approval;
  approval.set_request_id(request.id());
  approval.set_release_digest(request.release_digest());
  *approval.mutable_refusal() = home.identity().SignAs(kReleaseRefusalDomain, Serialise(refusal));
  TS_RETURN_IF_ERROR(matcher.ApproveRelease(request.id(), approval));
  return answer.error();
}

Result<RoundFacts> RunRound(const AgentHome& home, client::MatcherClient& matcher,
                            const Clock& clock) {
  RoundFacts facts;
  TS_RETURN_IF_ERROR(client::RenewWhenDue(home.identity(), clock.Now()));
  TS_RETURN_IF_ERROR(client::FollowLog(matcher, home.identity()));
  TS_ASSIGN_OR_RETURN(const v1::AgreementList agreements, matcher.ListAgreements());
  for (const v1::AgreementState& state : agreements.agreements()) {
    TS_RETURN_IF_ERROR(Settle(HandleAgreement(home, matcher, state, clock.Now(), facts),
                              "agreement.not-advanced", facts));
  }
  const Status ledger = CheckLedger(home, matcher);
  TS_RETURN_IF_ERROR(Settle(ledger, "ledger.not-current", facts));
  TS_ASSIGN_OR_RETURN(const v1::RequestList requests, matcher.ListRequests());
  for (const v1::RequestState& request : requests.requests()) {
    if (!Awaits(request, home.id())) continue;
    TS_RETURN_IF_ERROR(Settle(HandleRequest(home, matcher, request, ledger, clock.Now(), facts),
                              "request.not-approved", facts));
  }
  return facts;
}

}  // namespace tallystick::agents
