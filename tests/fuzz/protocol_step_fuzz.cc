// The protocol core, given what a member with a good signature could send: a byte says who, a byte
// what, the rest is the body. Whatever it is, the core decides the same twice, and what it records
// can be applied.
#include <string>

#include "base/check.h"
#include "matcher/registry/requests.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "storage/overlay_view.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/protocol_world.h"

namespace tallystick {
namespace {

using namespace matcher;

constexpr std::string_view kMembers[] = {"csun", "lausd", "ucla", "pgarcia", "rlee", "mchen"};

agreements::SignedRequest MeasuredRequest(const Cast& cast) {
  return cast.Request("retention_by_pathway", "measured", "pgarcia",
                      "[filter]\n\"candidates.completion_year\" = [\"2019\"]\n");
}

// A world in which a request waits for signatures and one for openings, the same in every run but
// for the ceremony.
ProtocolWorld& World() {
  static auto* const world = [] {
    auto* made = new ProtocolWorld();
    made->Protect();
    const auto measured = MeasuredRequest(made->cast());
    made->Must("pgarcia", Cast::Ask(measured));
    for (const std::string_view party : {"csun", "lausd"}) {
      made->Must(party, Cast::Verdict(party, made->Request(measured.Id())));
    }
    made->Must(kService, Cast::TableWithMeasure(made->Request(measured.Id())));
    return made;
  }();
  return *world;
}

std::string RequestId() { return World().cast().Request("retention_by_pathway").Id(); }

What WhatOf(unsigned kind, const std::string& member, const Bytes& body) {
  const std::string digest = World().cast().digest_hex();
  const auto step = [&](v1::AgreementStep::Kind of) {
    v1::AgreementStep made;
    made.set_kind(of);
    made.set_message(body);
    return AgreementStepEvent{digest, made};
  };
  switch (kind % 13) {
    case 0:
      return ProposeEvent{Cast::Sign(member, kProposalDomain, body)};
    case 1:
      return step(v1::AgreementStep::KIND_COMMIT);
    case 2:
      return step(v1::AgreementStep::KIND_REVEAL);
    case 3:
      return step(v1::AgreementStep::KIND_CONFIRM);
    case 4:
      return step(v1::AgreementStep::KIND_TRANSITION);
    case 5:
      return OpenSubmissionEvent{Cast::Sign(member, kManifestDomain, body)};
    case 6:
      return CommitSubmissionEvent{body};
    case 7:
      return WithdrawSubmissionEvent{ToHex(body), Cast::Sign(member, kWithdrawalDomain, body)};
    case 8:
      return SubmitRequestEvent{body};
    case 9:
      return VerdictEvent{RequestId(), Cast::Sign(member, kVerdictDomain, body)};
    case 10: {
      EnrolEvent enrol;
      enrol.enrolment = Cast::Sign(member, kEnrolmentDomain, body);
      enrol.tls_spki_digest = Cast::TlsKeyOf(member);
      return enrol;
    }
    case 11:
      return OpeningEvent{MeasuredRequest(World().cast()).Id(),
                          Cast::Sign(member, kOpeningDomain, body)};
    default: {
      ReleaseApprovalEvent approval;
      approval.request_id = RequestId();
      const auto parsed = Parse<v1::ReleaseApproval>(body, kMaxStateBytes);
      if (parsed.ok()) approval.approval = *parsed;
      return approval;
    }
  }
}

}  // namespace

bool FuzzOne(ByteView input) {
  if (input.size() < 2) return false;
  ProtocolWorld& world = World();
  const auto who = static_cast<unsigned char>(input[0]) % std::size(kMembers);
  const std::string member(kMembers[who]);
  Event event;
  event.actor = Cast::ActorOf(member);
  event.now = world.now();
  event.sequence = world.record_count();
  event.salt = Bytes(16, 's');
  event.what = WhatOf(static_cast<unsigned char>(input[1]), member, Bytes(input.substr(2)));
  const Result<Outcome> first = Step(world.view(), Cast::Matcher(), event);
  const Result<Outcome> second = Step(world.view(), Cast::Matcher(), event);
  TS_CHECK(first.ok() == second.ok());
  if (!first.ok()) {
    TS_CHECK(first.error().id() == second.error().id());
    TS_CHECK(first.error().code() != Code::kInternal && first.error().code() != Code::kDataLoss);
    return false;
  }
  TS_CHECK(first->answer == second->answer);
  TS_CHECK(first->record.has_value() == second->record.has_value());
  if (first->record) {
    const Bytes payload = Serialise(*first->record);
    TS_CHECK(payload == Serialise(*second->record));
    const auto stored = Parse<v1::Record>(payload, kMaxStateBytes);
    TS_CHECK(stored.ok() && MutationsOf(*stored).size() == MutationsOf(*first->record).size());
  }
  return true;
}

}  // namespace tallystick
