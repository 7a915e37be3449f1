#include "tests/support/protocol_world.h"

#include <cstdio>
#include <utility>

#include "base/check.h"
#include "matcher/registry/agreement_steps.h"

namespace tallystick::matcher {

Result<Bytes> ProtocolWorld::Do(std::string_view actor, What what, std::string_view idempotency_id,
                                std::string_view request) {
  Event event;
  event.actor = Cast::ActorOf(actor);
  event.now = now_;
  event.idempotency_id = std::string(idempotency_id);
  event.sequence = records_.size();
  event.request_digest = crypto::Sha256(request);
  event.salt = Bytes(16, 's');
  event.what = std::move(what);
  TS_ASSIGN_OR_RETURN(Outcome outcome, Step(view_, Cast::Matcher(), event));
  if (outcome.record) {
    TS_RETURN_IF_ERROR(view_.Apply(records_.size() + 1, MutationsOf(*outcome.record)));
    records_.push_back(*std::move(outcome.record));
  }
  if (outcome.refused) return *std::move(outcome.refused);
  return std::move(outcome.answer);
}

Bytes ProtocolWorld::Must(std::string_view actor, What what) {
  Result<Bytes> answer = Do(actor, std::move(what));
  if (!answer.ok()) std::fprintf(stderr, "%s\n", answer.error().ToString().c_str());
  return std::move(answer).value();
}

Error ProtocolWorld::Refusal(std::string_view actor, What what) {
  const std::size_t before = records_.size();
  Result<Bytes> answer = Do(actor, std::move(what));
  TS_CHECK(!answer.ok());
  TS_CHECK(records_.size() == before);
  return std::move(answer).error();
}

bool ProtocolWorld::LeavesRecord(std::string_view actor, What what) {
  const std::size_t before = records_.size();
  Must(actor, std::move(what));
  return records_.size() != before;
}

void ProtocolWorld::EnrolEveryone() {
  for (const std::string_view id :
       {"csun", "lausd", "ucla", "pgarcia", "rlee", "mchen", "nkim", "vsmith"}) {
    Must(kOperator, Cast::Invite(id, Cast::Secret(id)));
    Must(id, Cast::Enrol(id, Cast::Secret(id)));
  }
}

void ProtocolWorld::Propose() {
  EnrolEveryone();
  Must("csun", cast_.Propose("csun"));
}

void ProtocolWorld::Activate() {
  Propose();
  for (const std::string_view party : {"csun", "lausd"}) Must(party, cast_.Commit(party));
  for (const std::string_view party : {"csun", "lausd"}) Must(party, cast_.Reveal(party));
  for (const std::string_view party : {"csun", "lausd"}) Must(party, cast_.Confirm(party));
}

void ProtocolWorld::SubmitBoth() {
  Activate();
  Must("csun", cast_.Open({.party = "csun", .dataset = "candidates", .number = 1}));
  Must("csun", CommitSubmissionEvent{Cast::SubmissionId(1)});
  Must("lausd", cast_.Open({.party = "lausd", .dataset = "hr", .number = 2}));
  Must("lausd", CommitSubmissionEvent{Cast::SubmissionId(2)});
}

v1::RequestState ProtocolWorld::AskForRetention() {
  SubmitBoth();
  const auto request = cast_.Request("retention_by_pathway");
  request_id_ = request.Id();
  Must("pgarcia", Cast::Ask(request));
  return Request(request_id_);
}

v1::RequestState ProtocolWorld::ApproveByBoth() {
  const v1::RequestState request = AskForRetention();
  for (const std::string_view party : {"csun", "lausd"}) {
    Must(party, Cast::Verdict(party, request));
  }
  return Request(request_id_);
}

v1::RequestState ProtocolWorld::Protect() {
  Must(kService, Cast::Table(ApproveByBoth()));
  return Request(request_id_);
}

v1::RequestState ProtocolWorld::Release() {
  const v1::RequestState request = Protect();
  for (const std::string_view party : {"csun", "lausd"}) {
    Must(party, Cast::Approve(party, request));
  }
  return Request(request_id_);
}

v1::MemberState ProtocolWorld::Member(std::string_view id) const {
  return GetState<v1::MemberState>(view_, MemberViewKey(id)).value();
}

v1::AgreementState ProtocolWorld::Agreement() const { return Agreement(cast_); }

v1::AgreementState ProtocolWorld::Agreement(const Cast& cast) const {
  return AsOf(GetAgreement(view_, cast.digest_hex()).value(), now_);
}

v1::SubmissionState ProtocolWorld::Submission(std::uint64_t number) const {
  return GetState<v1::SubmissionState>(view_, SubmissionViewKey(Cast::SubmissionId(number)))
      .value();
}

v1::RequestState ProtocolWorld::Request(std::string_view id) const {
  return GetState<v1::RequestState>(view_, RequestViewKey(id)).value();
}

bool ProtocolWorld::Has(ByteView key) const { return view_.Get(key).value().has_value(); }

std::string_view RuleOf(const Error& error) {
  return error.refusal() ? error.refusal()->rule.view() : std::string_view();
}

}  // namespace tallystick::matcher
