#include "matcher/release/pipeline.h"

#include <vector>

#include "agreements/policy.h"
#include "base/log.h"
#include "matcher/registry/agreement_steps.h"
#include "matcher/registry/requests.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "matcher/release/release_job.h"
#include "proto/errors.h"

namespace tallystick::matcher {
namespace {

constexpr std::chrono::seconds kTick{60};

Result<std::vector<v1::RequestState>> ApprovedRequests(const storage::View& view) {
  std::vector<v1::RequestState> approved;
  TS_RETURN_IF_ERROR(
      ScanStates<v1::RequestState>(view, "request/", [&](const v1::RequestState& request) {
        if (request.phase() == v1::REQUEST_PHASE_APPROVED) approved.push_back(request);
        return true;
      }));
  return approved;
}

// Expired, revoked or amended: it never permits anything again.
bool IsOver(const v1::AgreementState& agreement, Time now) {
  switch (AsOf(agreement, now).phase()) {
    case v1::AGREEMENT_PHASE_REVOKED:
    case v1::AGREEMENT_PHASE_EXPIRED:
    case v1::AGREEMENT_PHASE_SUPERSEDED:
      return true;
    default:
      return false;
  }
}

// REQUIRES: IsOver().
Error WhyOver(const v1::AgreementState& agreement, Time now) {
  const auto terms = agreements::ParseAgreement(agreement.text(), nullptr);
  if (terms.ok()) {
    const Status in_term = agreements::InTerm(*terms, DateOf(now));  // knows the line
    if (!in_term.ok()) return in_term.error();
  }
  return RequireActive(agreement, now).error();
}

}  // namespace

// Worker does one round of work.
class Pipeline::Worker {
 public:
  explicit Worker(const PipelineParts& parts) : parts_(parts) {}

  void Round(std::stop_token stop) {
    ExpireAgreements();
    RefuseWhatAwaitsNobody();
    if (std::chrono::steady_clock::now() - refusals_recorded_ >= kTick) RecordRefusals();
    DestroyData();
    const auto approved = ApprovedRequests(parts_.registry->view());
    if (!approved.ok()) {
      LogError(Level::kError, "pipeline.scan", approved.error());
      return;
    }
    for (const v1::RequestState& request : *approved) {
      if (stop.stop_requested()) return;
      Answer(request, stop);
    }
  }

  // Records what was counted since the last time.
  void RecordRefusals() {
    refusals_recorded_ = std::chrono::steady_clock::now();
    RefusalCounter::Counts counts = parts_.refusals->Take();
    if (!counts.empty()) static_cast<void>(Submit(RefusalsEvent{std::move(counts)}));
  }

 private:
  void Answer(const v1::RequestState& request, std::stop_token stop) {
    Result<v1::StoredProposal> proposal = RunReleaseJob(parts_, request, cache_, stop);
    if (!proposal.ok()) {
      if (proposal.error().code() == Code::kUnavailable) {
        // Stopped, or the store cannot be read just now: nothing against the request.
        LogError(Level::kWarning, "pipeline.not-answered", proposal.error());
        return;
      }
      Refuse(request, proposal.error());
      return;
    }
    const Result<Bytes> stored = Submit(ProtectedEvent{request.id(), *std::move(proposal)});
    if (stored.ok() || stored.error().id() != "registry.record-too-large") return;
    // It would be as large at the next attempt.
    Refuse(request, Error(Code::kPermissionDenied, "job.table-too-large",
                          "the table is too large to be kept with its witnesses")
                        .Refused({"SDC-METHOD", std::nullopt, "fewer categories in the output"}));
  }

  void Refuse(const v1::RequestState& request, const Error& error) {
    LogError(Level::kWarning, "pipeline.refused", error);
    const auto& facts = error.refusal();
    const bool by_agreement = facts && facts->rule.view().starts_with("AGR-");
    static_cast<void>(Submit(RefuseEvent{
        request.id(), ToRequestRefusal(error, by_agreement ? "agreement" : "matcher")}));
  }

  void ExpireAgreements() {
    const auto overdue = OverdueAgreements(parts_.registry->view(), parts_.clock->Now());
    if (!overdue.ok()) return;
    for (const std::string& digest : *overdue) static_cast<void>(Submit(ExpireEvent{digest}));
  }

  // A request whose agreement is over, or whose data are withdrawn, is never decided: its asker is
  // told why.
  void RefuseWhatAwaitsNobody() {
    const storage::View& view = parts_.registry->view();
    const Time now = parts_.clock->Now();
    std::vector<RefuseEvent> refusals;
    const Status scanned = ScanStates<
        v1::RequestState>(view, "request/", [&](const v1::RequestState& request) {
      if (request.phase() == v1::REQUEST_PHASE_RELEASED ||
          request.phase() == v1::REQUEST_PHASE_REFUSED) {
        return true;
      }
      const auto agreement = GetAgreement(view, ToHex(request.agreement_digest()));
      if (agreement.ok() && IsOver(*agreement, now)) {
        refusals.push_back({request.id(), ToRequestRefusal(WhyOver(*agreement, now), "agreement")});
      } else if (const Status there = RequireSubmissions(view, request);
                 !there.ok() && there.error().refusal()) {
        refusals.push_back({request.id(), ToRequestRefusal(there.error(), "agreement")});
      }
      return true;
    });
    if (!scanned.ok()) return;
    for (RefuseEvent& refusal : refusals) static_cast<void>(Submit(std::move(refusal)));
  }

  // The record is durable; the keys go now. After a crash the store does it at the next start, and
  // the destruction is recorded here.
  void DestroyData() {
    std::vector<std::string> ids;
    const Status scanned = ScanStates<v1::SubmissionState>(
        parts_.registry->view(), "submission/", [&](const v1::SubmissionState& submission) {
          if (!IsGone(submission)) return true;
          cache_.Forget(submission.id());
          if (submission.destruction().empty() || parts_.data_keys->Has(SpaceOf(submission.id()))) {
            ids.push_back(submission.id());
          }
          return true;
        });
    if (!scanned.ok() || ids.empty()) return;
    const Status destroyed = parts_.destruction->Destroy(ids);
    if (!destroyed.ok()) {
      LogError(Level::kError, "pipeline.destroy", destroyed.error());
      return;
    }
    LogEvent(Level::kInfo, "pipeline.destroyed", {{"submissions", std::uint64_t{ids.size()}}});
  }

  // An error is logged; what could not be recorded is tried again in the next round.
  Result<Bytes> Submit(decltype(Event::what) what) {
    Event event;
    event.actor = Actor{std::string(kService), v1::ROLE_UNSPECIFIED};
    event.what = std::move(what);
    Result<Bytes> done = parts_.registry->Submit(std::move(event));
    if (!done.ok()) LogError(Level::kError, "pipeline.submit", done.error());
    return done;
  }

  const PipelineParts& parts_;
  LinkageCache cache_;
  std::chrono::steady_clock::time_point refusals_recorded_ = std::chrono::steady_clock::now();
};

Pipeline::Pipeline(const PipelineParts& parts)
    : parts_(parts), worker_(std::make_unique<Worker>(parts_)) {
  thread_ = std::jthread([this](std::stop_token stop) { Loop(std::move(stop)); });
}

Pipeline::~Pipeline() { Stop(); }

void Pipeline::Wake() {
  {
    const std::scoped_lock lock(mutex_);
    work_ = true;
  }
  woken_.notify_one();
}

void Pipeline::Stop() {
  thread_.request_stop();
  if (!thread_.joinable()) return;
  thread_.join();
  worker_->RecordRefusals();
}

void Pipeline::Loop(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, stop, kTick, [this] { return work_; });
      work_ = false;
    }
    if (!stop.stop_requested()) worker_->Round(stop);
  }
}

}  // namespace tallystick::matcher
