// MatcherService answers the matcher's routes: it authenticates, authorises by the route table,
// parses, and hands what changes anything to the registry.
#pragma once

#include <atomic>
#include <functional>

#include "base/clock.h"
#include "crypto/hpke.h"
#include "crypto/x509.h"
#include "matcher/audit/refusal_counter.h"
#include "matcher/egress.h"
#include "matcher/registry/data_destruction.h"
#include "matcher/registry/registry.h"
#include "matcher/service/handler.h"
#include "matcher/service/route_table.h"
#include "storage/chunk_store.h"
#include "storage/data_keys.h"

namespace tallystick::matcher {

// What the service works with; all of it outlives the service.
struct ServiceParts {
  Registry* registry = nullptr;
  storage::ChunkStore* chunks = nullptr;
  storage::DataKeys* data_keys = nullptr;
  DataDestruction* destruction = nullptr;
  const crypto::CertificateAuthority* authority = nullptr;
  const crypto::SealingKey* sealing_key = nullptr;
  const Clock* clock = nullptr;
  RefusalCounter* refusals = nullptr;
  // Refuses uploads while the disk is too full; Ok otherwise.
  std::function<Status()> check_disk;
  // Called after something that may have made work for the release pipeline.
  std::function<void()> wake_pipeline;
  // Called with the first failure to make something durable, wherever it was: what the disk holds
  // is no longer known, so the process should end. May be empty in tests.
  std::function<void(const Error&)> on_fatal;
};

// Thread safety: any thread.
class MatcherService final : public Handler {
 public:
  explicit MatcherService(ServiceParts parts) : parts_(std::move(parts)) {}

  // Open lets requests in; until then they get 503.
  void Open() { open_.store(true, std::memory_order_release); }

  std::variant<std::uint64_t, HttpResponse> Admit(const HttpRequest& head) override;
  HttpResponse Handle(HttpRequest request) override;
  void Refused(Literal id) override { parts_.refusals->Count(id.view()); }

 private:
  // One request on its way: who, where, with what.
  struct Call {
    const Route* route = nullptr;
    std::vector<std::string> arguments;
    Actor actor;
    HttpRequest request;
    // Of an answer that is a refusal in a member's words, which no Error carries.
    unsigned status = 200;
  };

  Result<Call> Authorise(const HttpRequest& request) const;
  Result<Frame> Dispatch(Call& call);

  Result<Frame> DispatchAgreements(Call& call);
  Result<Frame> DispatchSubmissions(Call& call);
  Result<Frame> DispatchRequests(Call& call);
  Result<Frame> DispatchLog(Call& call);

  Result<Frame> Enrol(Call& call);
  Result<Frame> Renew(Call& call);
  Result<Frame> ListDirectory();
  Result<Frame> PutChunk(Call& call);
  Result<Frame> CommitSubmission(Call& call);
  Result<Frame> WithdrawSubmission(Call& call, WithdrawSubmissionEvent withdraw);
  Result<Frame> SubmissionWithMissing(std::string_view id_hex, const Actor& actor);
  Result<Frame> ListSubmissions(Call& call);
  Result<Frame> ListRequests(const Actor& actor);
  Result<Frame> GetRelease(Call& call);

  Result<Frame> Submit(const Call& call, decltype(Event::what) what);

  const storage::View& view() const { return parts_.registry->view(); }

  ServiceParts parts_;
  std::atomic<bool> open_{false};
};

}  // namespace tallystick::matcher
