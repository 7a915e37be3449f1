// ProtocolWorld runs the matcher's protocol core over a view in memory: no log, no threads, no
// clock. What a test does is one call; what came of it is read from the view.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "matcher/registry/state_reader.h"
#include "matcher/registry/step.h"
#include "storage/memory_view.h"
#include "tests/support/protocol_cast.h"

namespace tallystick::matcher {

using What = decltype(Event::what);

// Thread safety: none.
class ProtocolWorld {
 public:
  ProtocolWorld() : ProtocolWorld(Cast()) {}
  explicit ProtocolWorld(Cast cast) : cast_(std::move(cast)), now_(Cast::Now()) {}

  // Decides the event and applies its record. An `idempotency_id` makes it a client's request,
  // whose bytes are told apart by `request`.
  Result<Bytes> Do(std::string_view actor, What what, std::string_view idempotency_id = {},
                   std::string_view request = {});
  // As Do(), for what must succeed.
  Bytes Must(std::string_view actor, What what);
  // As Do(), for what must fail: the error. Checks that it left no record.
  Error Refusal(std::string_view actor, What what);
  // Does something that must succeed and returns whether it left a record.
  bool LeavesRecord(std::string_view actor, What what);

  // --- The road, up to a point. Each includes those before it. ---
  void EnrolEveryone();
  void Propose();
  void Activate();
  void SubmitBoth();                   // csun's submission 1, lausd's submission 2
  v1::RequestState AskForRetention();  // pgarcia's request
  v1::RequestState ApproveByBoth();
  v1::RequestState Protect();
  v1::RequestState Release();

  const Cast& cast() const { return cast_; }
  storage::MemoryView& view() { return view_; }
  Time now() const { return now_; }
  void SetNow(Time now) { now_ = now; }
  void SetDate(std::string_view date) { now_ = Time(*ParseDate(date)); }

  std::size_t record_count() const { return records_.size(); }
  const v1::Record& last_record() const { return records_.back(); }
  const std::vector<v1::Record>& records() const { return records_; }

  v1::MemberState Member(std::string_view id) const;
  v1::AgreementState Agreement() const;
  v1::AgreementState Agreement(const Cast& cast) const;
  v1::SubmissionState Submission(std::uint64_t number) const;
  v1::RequestState Request(std::string_view id) const;
  bool Has(ByteView key) const;

 private:
  Cast cast_;
  Time now_;
  storage::MemoryView view_;
  std::vector<v1::Record> records_;
  std::string request_id_;
};

// The rule that refused, or "".
std::string_view RuleOf(const Error& error);

}  // namespace tallystick::matcher
