#include "matcher/registry/requests.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "matcher/registry/submissions.h"
#include "proto/domains.h"
#include "proto/errors.h"
#include "tests/support/protocol_world.h"

namespace tallystick::matcher {
namespace {

using agreements::Replaced;
using agreements::TransitionKind;

constexpr std::string_view kOutput = "retention_by_pathway";

std::vector<std::string> Awaiting(const v1::RequestState& request) {
  return {request.awaiting().begin(), request.awaiting().end()};
}

class Requests : public ::testing::Test {
 protected:
  Requests() { world_.SubmitBoth(); }

  const Cast& cast() const { return world_.cast(); }

  Error Refused(std::string_view person, const agreements::SignedRequest& request) {
    const std::size_t before = world_.record_count();
    const Result<Bytes> answer = world_.Do(person, Cast::Ask(request));
    TS_CHECK(!answer.ok());
    // What the agreement refuses has a record of its own; what is not its signer's leaves nothing.
    const bool recorded =
        answer.error().refusal().has_value() && answer.error().id() != "request.signature";
    EXPECT_EQ(world_.record_count() - before, recorded ? 1u : 0u) << answer.error().ToString();
    return answer.error();
  }
  // A request after `change`, signed again by its person.
  agreements::SignedRequest Changed(
      const std::function<void(agreements::SignedRequest&)>& change) const {
    agreements::SignedRequest request = cast().Request(kOutput);
    change(request);
    request.signature = Cast::Member("pgarcia").signing_key.Sign(agreements::SignedRequest::kDomain,
                                                                 request.Body());
    return request;
  }
  void RevokeAgreement() {
    world_.Must("csun", cast().Transition("csun", TransitionKind::kRevoke, 1));
  }
  v1::RequestState Ask(std::string_view nonce = "first") {
    const auto request = cast().Request(kOutput, nonce);
    world_.Must("pgarcia", Cast::Ask(request));
    return world_.Request(request.Id());
  }
  v1::RequestState Protect(std::string_view nonce = "first") {
    const v1::RequestState request = Ask(nonce);
    for (const std::string_view party : {"csun", "lausd"}) {
      world_.Must(party, Cast::Verdict(party, request));
    }
    world_.Must(kService, Cast::Table(request));
    return world_.Request(request.id());
  }
  v1::RequestState Sign(const v1::RequestState& request) {
    for (const std::string_view party : {"csun", "lausd"}) {
      world_.Must(party, Cast::Approve(party, request));
    }
    return world_.Request(request.id());
  }

  // An agent's signed refusal of the table that `made` waits for.
  static ReleaseApprovalEvent Refusing(std::string_view party, const v1::RequestState& made,
                                       const std::function<void(v1::RequestRefusal&)>& say) {
    v1::ReleaseRefusal body;
    body.set_request_id(made.id());
    body.set_release_digest(made.release_digest());
    say(*body.mutable_refusal());
    ReleaseApprovalEvent event;
    event.request_id = made.id();
    *event.approval.mutable_refusal() = Cast::Sign(party, kReleaseRefusalDomain, Serialise(body));
    return event;
  }

  ProtocolWorld world_;
};

TEST_F(Requests, AwaitBothPartiesAndBindWhatTheyRunOver) {
  const v1::RequestState request = Ask();
  EXPECT_EQ(request.phase(), v1::REQUEST_PHASE_SUBMITTED);
  EXPECT_EQ(Awaiting(request), (std::vector<std::string>{"csun", "lausd"}));
  EXPECT_EQ(request.left_submission(), Cast::SubmissionId(1));
  EXPECT_EQ(request.right_submission(), Cast::SubmissionId(2));
  EXPECT_EQ(request.left_root(), ManifestOf(world_.Submission(1))->root());
  EXPECT_EQ(request.job().size(), 32u);
  EXPECT_NE(Ask("second").job(), request.job());
  EXPECT_EQ(Ask("second").definition(), request.definition());
}

TEST_F(Requests, RepeatedChangeNothing) {
  const auto request = cast().Request(kOutput);
  world_.Must("pgarcia", Cast::Ask(request));
  EXPECT_FALSE(world_.LeavesRecord("pgarcia", Cast::Ask(request)));
}

TEST_F(Requests, AreSignedByTheSender) {
  EXPECT_EQ(Refused("mchen", cast().Request(kOutput)).id(), "request.person");
  agreements::SignedRequest request = cast().Request(kOutput);
  request.signature.back() ^= 1;
  EXPECT_EQ(Refused("pgarcia", request).id(), "request.signature");
  request = cast().Request(kOutput);
  request.file += "\n# one byte more";
  EXPECT_EQ(Refused("pgarcia", request).id(), "request.signature");
  SubmitRequestEvent garbage{Bytes(100, '\xff')};
  EXPECT_EQ(world_.Refusal("pgarcia", garbage).id(), "request.malformed");
  garbage.request = Bytes(400 * 1024, 'x');
  EXPECT_EQ(world_.Refusal("pgarcia", garbage).id(), "request.too-large");
}

TEST_F(Requests, AreByAPersonWhomTheAgreementNames) {
  EXPECT_EQ(Refused("rlee", cast().Request(kOutput, "n", "rlee")).id(), "agreement.unknown");
  EXPECT_EQ(RuleOf(Refused("mchen", cast().Request(kOutput, "n", "mchen"))), "AGR-PERSON-ROLE");
  world_.SetDate("2026-01-31");
  EXPECT_EQ(RuleOf(Refused("pgarcia", cast().Request(kOutput))), "AGR-PERSON-NOT-YET");
  world_.SetDate("2027-02-01");
  EXPECT_EQ(RuleOf(Refused("pgarcia", cast().Request(kOutput, "later"))), "AGR-PERSON-EXPIRED");
}

TEST_F(Requests, AskWhatTheAgreementPermits) {
  EXPECT_EQ(RuleOf(Refused("pgarcia", cast().Request("salaries"))), "AGR-OUTPUT-UNKNOWN");
  EXPECT_EQ(RuleOf(Refused("pgarcia", cast().Request(kOutput, "n", "pgarcia",
                                                     "[filter]\n\"candidates.pathway\" = "
                                                     "[\"intern\"]\n"))),
            "AGR-FILTER-NOT-PERMITTED");
  EXPECT_EQ(RuleOf(Refused("pgarcia", cast().Request(kOutput, "n", "pgarcia",
                                                     "[filter]\n\"candidates.completion_year\" = "
                                                     "[\"1999\"]\n"))),
            "AGR-FILTER-VALUE");
  EXPECT_EQ(Refused("pgarcia", cast().Request(kOutput, "n", "pgarcia", "[filter")).id(),
            "request.invalid");
}

TEST_F(Requests, BelongToThisAgreementChainAndEpoch) {
  EXPECT_EQ(Refused("pgarcia", Changed([](auto& it) { it.epoch = 2; })).id(), "request.agreement");
  EXPECT_EQ(Refused("pgarcia", Changed([](auto& it) { it.chain = crypto::Sha256("x"); })).id(),
            "request.agreement");
  EXPECT_EQ(Refused("pgarcia", Changed([](auto& it) { it.digest = crypto::Sha256("x"); })).id(),
            "agreement.unknown");
  const auto other = Changed([](auto& it) {
    it.file = "agreement = \"another-one\"\noutput = \"retention_by_pathway\"\nquestion = \"?\"\n";
  });
  EXPECT_EQ(RuleOf(Refused("pgarcia", other)), "AGR-REQUEST-AGREEMENT");
}

TEST_F(Requests, NeedAnActiveAgreement) {
  world_.Must("lausd", cast().Transition("lausd", TransitionKind::kSuspend, 1));
  EXPECT_EQ(RuleOf(Refused("pgarcia", cast().Request(kOutput))), "AGR-SUSPENDED");
  RevokeAgreement();
  EXPECT_EQ(RuleOf(Refused("pgarcia", cast().Request(kOutput, "later"))), "AGR-REVOKED");
}

TEST_F(Requests, NeedASubmissionOnBothSides) {
  world_.Must("lausd", Cast::Withdraw("lausd", Cast::SubmissionId(2)));
  const Error error = Refused("pgarcia", cast().Request(kOutput));
  EXPECT_EQ(RuleOf(error), "AGR-NO-SUBMISSION");
  EXPECT_GT(error.refusal()->clause->line, 0);
}

TEST_F(Requests, P17ThatAreRefusedHaveOneRecordWithTheRule) {
  const auto request = cast().Request("salaries");
  const Error first = Refused("pgarcia", request);
  const v1::Record record = world_.last_record();
  EXPECT_EQ(record.event(), "request.refused");
  EXPECT_EQ(record.actor(), "pgarcia");
  EXPECT_EQ(record.subject_id(), request.Id());
  EXPECT_EQ(record.agreement(), cast().digest_hex());
  EXPECT_EQ(ByteView(record.subject()), crypto::Sha256(record.detail()).view());
  const auto refusal = Parse<v1::RequestRefusal>(record.detail()).value();
  EXPECT_EQ(refusal.rule(), "AGR-OUTPUT-UNKNOWN");
  EXPECT_EQ(refusal.whose(), "agreement");
  EXPECT_GT(refusal.clause_line(), 1);
  EXPECT_FALSE(refusal.would_pass().empty());
  const std::vector<std::string> concerned(record.concerned().begin(), record.concerned().end());
  EXPECT_EQ(std::count(concerned.begin(), concerned.end(), "mchen"), 1) << "the auditor sees it";
  EXPECT_FALSE(world_.Has(RequestViewKey(request.Id())));

  // Sent again, under another idempotency id and under conditions that changed.
  const std::size_t records = world_.record_count();
  RevokeAgreement();
  const Result<Bytes> again = world_.Do("pgarcia", Cast::Ask(request));
  EXPECT_EQ(world_.record_count(), records + 1) << "the revocation, and no second refusal";
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(Serialise(ToWire(again.error())), Serialise(ToWire(first)));
}

TEST_F(Requests, ARefusalIsRepeatedUnderItsIdempotencyId) {
  const std::string id(32, 'a');
  const SubmitRequestEvent ask = Cast::Ask(cast().Request("salaries"));
  const Result<Bytes> first = world_.Do("pgarcia", ask, id);
  const std::size_t records = world_.record_count();
  const Result<Bytes> again = world_.Do("pgarcia", ask, id);
  ASSERT_FALSE(first.ok() || again.ok());
  EXPECT_EQ(Serialise(ToWire(again.error())), Serialise(ToWire(first.error())));
  EXPECT_EQ(world_.record_count(), records);
  EXPECT_EQ(world_.Do("pgarcia", ask, id, "other bytes").error().id(), "idempotency.reused");
}

TEST_F(Requests, ABrokenSignatureDoesNotSpoilTheRequestThatWasSigned) {
  agreements::SignedRequest request = cast().Request(kOutput);
  request.signature.back() ^= 1;
  EXPECT_EQ(Refused("pgarcia", request).id(), "request.signature");
  EXPECT_EQ(Ask().phase(), v1::REQUEST_PHASE_SUBMITTED);
}

TEST_F(Requests, AreRefusedWithTheLineThatSaysSo) {
  const agreements::Agreement& terms = cast().agreement();
  world_.Must("lausd", cast().Transition("lausd", TransitionKind::kSuspend, 1));
  EXPECT_EQ(Refused("pgarcia", cast().Request(kOutput)).refusal()->clause->line, terms.term.line);
  world_.SetDate("2028-01-15");
  const Error expired = Refused("pgarcia", cast().Request(kOutput, "later"));
  EXPECT_EQ(RuleOf(expired), "AGR-TERM-EXPIRED");
  EXPECT_EQ(expired.refusal()->clause->line, terms.term.line_of("expires"));
  EXPECT_NE(terms.term.line, terms.term.line_of("expires"));
}

TEST_F(Requests, AWithdrawnSubmissionIsNamedByItsDatasetsClause) {
  const v1::RequestState request = Ask();
  world_.Must("lausd", Cast::Withdraw("lausd", Cast::SubmissionId(2)));
  const Status there = RequireSubmissions(world_.view(), request);
  ASSERT_FALSE(there.ok());
  EXPECT_EQ(there.error().refusal()->clause->line, cast().agreement().FindDataset("hr")->line);
}

TEST_F(Requests, AreCheckedWithoutLeavingATrace) {
  const std::size_t records = world_.record_count();
  const auto checked =
      CheckRequest(world_.view(), "pgarcia", cast().Request(kOutput).Encode(), world_.now());
  ASSERT_TRUE(checked.ok());
  EXPECT_EQ((*checked)->output->id, kOutput);
  EXPECT_EQ(world_.record_count(), records);
}

TEST_F(Requests, AreApprovedByEveryPartyOrGoNowhere) {
  const v1::RequestState request = Ask();
  world_.Must("csun", Cast::Verdict("csun", request));
  EXPECT_EQ(world_.Request(request.id()).phase(), v1::REQUEST_PHASE_SUBMITTED);
  EXPECT_EQ(Awaiting(world_.Request(request.id())), std::vector<std::string>{"lausd"});
  EXPECT_EQ(world_.Refusal(kService, Cast::Table(request)).id(), "request.phase");
  world_.Must("lausd", Cast::Verdict("lausd", request));
  EXPECT_EQ(world_.Request(request.id()).phase(), v1::REQUEST_PHASE_APPROVED);
}

TEST_F(Requests, OneDenialRefuses) {
  const v1::RequestState request = Ask();
  world_.Must("csun", Cast::Verdict("csun", request, false));
  const v1::RequestState denied = world_.Request(request.id());
  EXPECT_EQ(denied.phase(), v1::REQUEST_PHASE_REFUSED);
  EXPECT_EQ(denied.refusal().whose(), "csun");
  EXPECT_EQ(denied.refusal().rule(), "AGR-DENIED");
  EXPECT_TRUE(denied.awaiting().empty());
  EXPECT_EQ(world_.Refusal("lausd", Cast::Verdict("lausd", request)).id(), "verdict.phase");
  EXPECT_EQ(world_.Refusal(kService, Cast::Table(request)).id(), "request.phase");
}

TEST_F(Requests, ADenialTellsTheRuleThatTheAgentSigned) {
  const v1::RequestState request = Ask();
  v1::Verdict verdict =
      Parse<v1::Verdict>(Cast::Verdict("csun", request, false).verdict.body()).value();
  verdict.mutable_refusal()->set_rule("AGR-PERSON-EXPIRED");
  verdict.mutable_refusal()->set_whose("lausd");
  verdict.mutable_refusal()->set_message("the person's time is over");
  verdict.mutable_refusal()->set_clause_agreement("csun-lausd-2026");
  verdict.mutable_refusal()->set_clause_line(77);
  verdict.mutable_refusal()->set_would_pass("an amendment");
  world_.Must("csun",
              VerdictEvent{request.id(), Cast::Sign("csun", kVerdictDomain, Serialise(verdict))});
  const v1::RequestRefusal shown = world_.Request(request.id()).refusal();
  EXPECT_EQ(shown.rule(), "AGR-PERSON-EXPIRED");
  EXPECT_EQ(shown.whose(), "csun") << "nobody refuses in another's name";
  EXPECT_EQ(shown.message(), "the person's time is over");
  EXPECT_EQ(shown.clause_line(), 77);
  EXPECT_EQ(shown.would_pass(), "an amendment");
}

TEST_F(Requests, AVerdictIsGivenOnce) {
  const v1::RequestState request = Ask();
  world_.Must("csun", Cast::Verdict("csun", request));
  EXPECT_FALSE(world_.LeavesRecord("csun", Cast::Verdict("csun", request)));
  EXPECT_EQ(world_.Refusal("csun", Cast::Verdict("csun", request, false)).id(), "verdict.given");
}

TEST_F(Requests, AVerdictIsOfAPartyForThisJob) {
  const v1::RequestState request = Ask();
  const v1::RequestState second = Ask("second");
  EXPECT_EQ(world_.Refusal("ucla", Cast::Verdict("ucla", request)).id(), "request.unknown");
  EXPECT_EQ(world_.Refusal("lausd", Cast::Verdict("csun", request)).id(), "member.signer");
  VerdictEvent verdict = Cast::Verdict("csun", second);
  verdict.request_id = request.id();
  EXPECT_EQ(world_.Refusal("csun", verdict).id(), "verdict.job");
  verdict = Cast::Verdict("csun", request);
  verdict.request_id = "0000000000000000";
  EXPECT_EQ(world_.Refusal("csun", verdict).id(), "request.unknown");
  v1::RequestState forged = request;
  forged.set_job(second.job());
  EXPECT_EQ(world_.Refusal("csun", Cast::Verdict("csun", forged)).id(), "verdict.job");
  forged = request;
  forged.set_agreement_digest(Bytes(crypto::Sha256("another").view()));
  EXPECT_EQ(world_.Refusal("csun", Cast::Verdict("csun", forged)).id(), "verdict.job");
  verdict = Cast::Verdict("csun", request);
  verdict.verdict.mutable_signature()->front() ^= 1;
  EXPECT_EQ(world_.Refusal("csun", verdict).code(), Code::kPermissionDenied);
}

TEST_F(Requests, NothingGoesOnWhileTheAgreementIsNotActive) {
  const v1::RequestState waiting = Ask("waiting");
  const v1::RequestState made = Protect();
  const v1::RequestState approved = Ask("approved");
  for (const std::string_view party : {"csun", "lausd"}) {
    world_.Must(party, Cast::Verdict(party, approved));
  }
  world_.Must("lausd", cast().Transition("lausd", TransitionKind::kSuspend, 1));
  EXPECT_EQ(RuleOf(world_.Refusal("csun", Cast::Verdict("csun", waiting))), "AGR-SUSPENDED");
  EXPECT_EQ(RuleOf(world_.Refusal(kService, Cast::Table(approved))), "AGR-SUSPENDED");
  EXPECT_EQ(RuleOf(world_.Refusal("csun", Cast::Approve("csun", made))), "AGR-SUSPENDED");
  RevokeAgreement();
  EXPECT_EQ(RuleOf(world_.Refusal("csun", Cast::Approve("csun", made))), "AGR-REVOKED");
}

TEST_F(Requests, TheServiceAloneMakesTablesAndRefusesForIt) {
  const v1::RequestState request = Ask();
  for (const std::string_view party : {"csun", "lausd"}) {
    world_.Must(party, Cast::Verdict(party, request));
  }
  EXPECT_EQ(world_.Refusal("csun", Cast::Table(request)).id(), "request.phase");
  EXPECT_EQ(world_.Refusal("csun", RefuseEvent{request.id(), {}}).id(), "request.phase");
  v1::RequestRefusal refusal;
  refusal.set_rule("SDC-MIN-CELL");
  refusal.set_whose("matcher");
  world_.Must(kService, RefuseEvent{request.id(), refusal});
  const v1::RequestState refused = world_.Request(request.id());
  EXPECT_EQ(refused.phase(), v1::REQUEST_PHASE_REFUSED);
  EXPECT_EQ(refused.refusal().rule(), "SDC-MIN-CELL");
  EXPECT_EQ(world_.Refusal(kService, RefuseEvent{request.id(), refusal}).id(), "request.phase");
}

TEST_F(Requests, AreReleasedWithAllThreeSignatures) {
  const v1::RequestState made = Protect();
  EXPECT_EQ(made.phase(), v1::REQUEST_PHASE_PROTECTED);
  EXPECT_EQ(Awaiting(made), (std::vector<std::string>{"csun", "lausd"}));
  world_.Must("csun", Cast::Approve("csun", made));
  v1::RequestState request = world_.Request(made.id());
  EXPECT_EQ(request.phase(), v1::REQUEST_PHASE_PROTECTED);
  EXPECT_TRUE(request.matcher_signature().empty());
  world_.Must("lausd", Cast::Approve("lausd", made));
  request = world_.Request(made.id());
  EXPECT_EQ(request.phase(), v1::REQUEST_PHASE_RELEASED);
  EXPECT_EQ(request.release_signatures_size(), 2);
  EXPECT_EQ(request.labels_size(), 6) << "of two parties, for three recipients";
  EXPECT_EQ(request.release_sequence(), world_.record_count() - 1);
  EXPECT_EQ(world_.last_record().event(), "release.published");
  EXPECT_EQ(ByteView(world_.last_record().subject()),
            crypto::Sha256(request.release_digest()).view());
  EXPECT_TRUE(Cast::Member("unite-la")
                  .signing_key.verify_key()
                  .Verify(kReleaseDomain, request.release_digest(), request.matcher_signature())
                  .ok());
}

TEST_F(Requests, ASignatureIsOverThisReleaseAndByThisParty) {
  const v1::RequestState made = Protect();
  const auto refused = [&](const std::function<void(v1::ReleaseApproval&)>& change) {
    ReleaseApprovalEvent approval = Cast::Approve("csun", made);
    change(approval.approval);
    return std::string(world_.Refusal("csun", approval).id());
  };
  EXPECT_EQ(refused([](auto& it) { it.set_release_digest(Bytes(32, 'x')); }), "approval.digest");
  EXPECT_EQ(refused([](auto& it) { it.set_request_id("0000000000000000"); }), "approval.digest");
  EXPECT_EQ(refused([](auto& it) {
              *it.mutable_signature() = Cast::Sign("csun", kReleaseDomain, Bytes(32, 'x'));
            }),
            "approval.digest");
  EXPECT_EQ(refused([&](auto& it) {
              *it.mutable_signature() = Cast::Sign("lausd", kReleaseDomain, made.release_digest());
            }),
            "member.signer");
  EXPECT_NE(refused([&](auto& it) {
              *it.mutable_signature() = Cast::Sign("csun", kVerdictDomain, made.release_digest());
            }),
            "");
  EXPECT_EQ(refused([](auto& it) { it.mutable_labels(0)->set_from("lausd"); }), "approval.labels");
  EXPECT_EQ(refused([](auto& it) { it.mutable_labels(0)->set_sealed(Bytes(600'000, 'x')); }),
            "approval.labels");
  EXPECT_EQ(refused([](auto& it) { it.clear_labels(); }), "approval.labels");
  EXPECT_EQ(refused([](auto& it) { it.mutable_labels(0)->set_to("pgarcia"); }), "approval.labels");
  EXPECT_EQ(refused([](auto& it) { it.mutable_labels(0)->set_to("rlee"); }), "approval.labels");
  EXPECT_EQ(world_.Refusal("ucla", Cast::Approve("ucla", made)).id(), "request.unknown");
  EXPECT_EQ(world_.Request(made.id()).release_signatures_size(), 0);
}

TEST_F(Requests, NothingMadeOfAWithdrawnSubmissionIsProtectedOrSigned) {
  const v1::RequestState made = Protect();
  const v1::RequestState other = Ask("second");
  for (const std::string_view party : {"csun", "lausd"}) {
    world_.Must(party, Cast::Verdict(party, other));
  }
  world_.Must("csun", Cast::Withdraw("csun", Cast::SubmissionId(1)));
  EXPECT_EQ(world_.Refusal("lausd", Cast::Approve("lausd", made)).refusal()->rule.view(),
            "AGR-SUBMISSION-WITHDRAWN");
  EXPECT_EQ(world_.Refusal(kService, Cast::Table(other)).id(), "request.submission-gone");
}

TEST_F(Requests, OnePersonsUndecidedRequestsAreLimitedAndDecidedOnesAreNot) {
  for (int i = 0; i < 50; ++i) Ask(std::to_string(i));
  EXPECT_EQ(Refused("pgarcia", cast().Request(kOutput, "one more")).id(),
            "request.too-many-waiting");
  const v1::RequestState request = world_.Request(cast().Request(kOutput, "0").Id());
  world_.Must("csun", Cast::Verdict("csun", request, false));
  Ask("one more");
}

TEST_F(Requests, ASignatureGivenTwiceCountsOnce) {
  const v1::RequestState made = Protect();
  world_.Must("csun", Cast::Approve("csun", made));
  EXPECT_FALSE(world_.LeavesRecord("csun", Cast::Approve("csun", made)));
  EXPECT_EQ(world_.Request(made.id()).phase(), v1::REQUEST_PHASE_PROTECTED);
  world_.Must("lausd", Cast::Approve("lausd", made));
  EXPECT_FALSE(world_.LeavesRecord("lausd", Cast::Approve("lausd", made)));
}

TEST_F(Requests, NoSignatureBeforeThereIsATable) {
  const v1::RequestState request = Ask();
  EXPECT_EQ(world_.Refusal("csun", Cast::Approve("csun", request)).id(), "approval.phase");
}

TEST_F(Requests, AnAgentThatRefusesTheTableEndsIt) {
  const v1::RequestState made = Protect();
  world_.Must("csun", Cast::Approve("csun", made));
  const ReleaseApprovalEvent refusal = Refusing("lausd", made, [](v1::RequestRefusal& it) {
    it.set_rule("SDC-NARROW");
    it.set_whose("someone else");
  });
  world_.Must("lausd", refusal);
  const v1::RequestState refused = world_.Request(made.id());
  EXPECT_EQ(refused.phase(), v1::REQUEST_PHASE_REFUSED);
  EXPECT_EQ(refused.refusal().whose(), "lausd");
  EXPECT_EQ(refused.refusal().rule(), "SDC-NARROW");
  EXPECT_EQ(refused.release_refusal().party(), "lausd") << "what it signed stays as evidence";
  EXPECT_EQ(refused.release_refusal().message().body(), refusal.approval.refusal().body());
  EXPECT_FALSE(world_.Has(ProposalViewKey(made.id()))) << "the table must not stay behind";
}

TEST_F(Requests, ARefusalIsShort) {
  const v1::RequestState made = Protect();
  const ReleaseApprovalEvent refusal =
      Refusing("lausd", made, [](v1::RequestRefusal& it) { it.set_message(Bytes(10'000, 'm')); });
  EXPECT_EQ(world_.Refusal("lausd", refusal).id(), "approval.refusal");
}

TEST_F(Requests, ARefusalOfATableIsSignedByItsPartyForThatTable) {
  const v1::RequestState made = Protect();
  const auto nothing = [](v1::RequestRefusal&) {};
  ReleaseApprovalEvent refusal = Refusing("lausd", made, nothing);
  refusal.approval.mutable_refusal()->mutable_signature()->front() ^= 1;
  EXPECT_EQ(world_.Refusal("lausd", refusal).code(), Code::kPermissionDenied);
  EXPECT_EQ(world_.Refusal("lausd", Refusing("csun", made, nothing)).id(), "member.signer");
  v1::RequestState other = made;
  other.set_release_digest(Bytes(32, 'x'));
  EXPECT_EQ(world_.Refusal("lausd", Refusing("lausd", other, nothing)).id(), "approval.digest");
  refusal = Refusing("lausd", made, nothing);
  refusal.approval.mutable_refusal()->set_signature(
      Cast::Sign("lausd", kReleaseDomain, refusal.approval.refusal().body()).signature());
  EXPECT_EQ(world_.Refusal("lausd", refusal).code(), Code::kPermissionDenied);
  EXPECT_EQ(world_.Request(made.id()).phase(), v1::REQUEST_PHASE_PROTECTED);
}

TEST_F(Requests, TheSameQuestionOverTheSameSubmissionsHasTheSameRelease) {
  const v1::RequestState first = Sign(Protect());
  const auto again = cast().Request(kOutput, "second");
  world_.Must("pgarcia", Cast::Ask(again));
  EXPECT_EQ(world_.last_record().event(), "request.answered-again");
  const v1::RequestState second = world_.Request(again.Id());
  EXPECT_EQ(second.phase(), v1::REQUEST_PHASE_RELEASED);
  EXPECT_EQ(second.release(), first.id());
  EXPECT_EQ(second.release_digest(), first.release_digest());
  EXPECT_TRUE(second.awaiting().empty());
  // Another filter is another question, and so is a new submission.
  const auto filtered = cast().Request(kOutput, "third", "pgarcia",
                                       "[filter]\n\"candidates.completion_year\" = [\"2019\"]\n");
  world_.Must("pgarcia", Cast::Ask(filtered));
  EXPECT_EQ(world_.Request(filtered.Id()).phase(), v1::REQUEST_PHASE_SUBMITTED);
  world_.Must("csun", cast().Open({.number = 3,
                                   .sequence = 2,
                                   .previous_manifest = world_.Submission(1).manifest_digest()}));
  world_.Must("csun", CommitSubmissionEvent{Cast::SubmissionId(3)});
  const auto later = cast().Request(kOutput, "fourth");
  world_.Must("pgarcia", Cast::Ask(later));
  EXPECT_EQ(world_.Request(later.Id()).phase(), v1::REQUEST_PHASE_SUBMITTED);
}

// Otherwise there would be two artefacts of one answer, and two charges.
TEST_F(Requests, TwoOfTheSameQuestionAtOnceEndInOneRelease) {
  const v1::RequestState first = Protect("first");
  const v1::RequestState second = Protect("second");
  const v1::RequestState third = Ask("third");
  for (const std::string_view party : {"csun", "lausd"}) {
    world_.Must(party, Cast::Verdict(party, third));
  }
  Sign(first);
  const v1::RequestState signed_second = Sign(second);
  EXPECT_EQ(signed_second.phase(), v1::REQUEST_PHASE_RELEASED);
  EXPECT_EQ(signed_second.release(), first.id());
  EXPECT_EQ(signed_second.release_digest(), first.release_digest());
  EXPECT_FALSE(world_.Has(ProposalViewKey(second.id())));
  EXPECT_EQ(world_.last_record().event(), "request.answered-again");
  world_.Must(kService, Cast::Table(third));
  EXPECT_EQ(world_.Request(third.id()).phase(), v1::REQUEST_PHASE_RELEASED);
  EXPECT_EQ(world_.Request(third.id()).release(), first.id());
  EXPECT_FALSE(world_.Has(ProposalViewKey(third.id())));
  int published = 0;
  for (const v1::Record& record : world_.records()) {
    published += record.event() == "release.published" ? 1 : 0;
  }
  EXPECT_EQ(published, 1);
}

TEST_F(Requests, AreVisibleToPartiesAndPersonsOfTheAgreementAlone) {
  const v1::RequestState request = Ask();
  for (const std::string_view who : {"csun", "lausd", "pgarcia", "mchen"}) {
    EXPECT_TRUE(GetVisibleRequest(world_.view(), request.id(), who).ok()) << who;
  }
  for (const std::string_view who : {"ucla", "rlee", "vsmith", "nobody"}) {
    EXPECT_EQ(GetVisibleRequest(world_.view(), request.id(), who).error().code(), Code::kNotFound)
        << who;
  }
  EXPECT_EQ(GetVisibleRequest(world_.view(), "0000000000000000", "csun").error().code(),
            Code::kNotFound);
}

// Keys of a party that were enrolled after the agreement was signed sign nothing under it.
TEST_F(Requests, AreDecidedWithTheKeysInTheAgreement) {
  const v1::RequestState made = Protect("made");
  const v1::RequestState asked = Ask("asked");
  world_.Must(kOperator, Cast::Invite("csun", Cast::Secret("second")));
  v1::Enrolment body = Cast::EnrolmentOf("ucla", Cast::Secret("second"));
  body.set_id("csun");
  world_.Must("csun", Cast::Enrol(body, Cast::Member("ucla").signing_key, Cast::TlsKeyOf("csun")));
  VerdictEvent verdict = Cast::Verdict("csun", asked);
  verdict.verdict = Cast::Sign("ucla", kVerdictDomain, verdict.verdict.body());
  verdict.verdict.set_signer("csun");
  EXPECT_EQ(world_.Refusal("csun", verdict).id(), "agreement.party-keys");
  ReleaseApprovalEvent approval = Cast::Approve("csun", made);
  *approval.approval.mutable_signature() =
      Cast::Sign("ucla", kReleaseDomain, made.release_digest());
  approval.approval.mutable_signature()->set_signer("csun");
  EXPECT_EQ(world_.Refusal("csun", approval).id(), "agreement.party-keys");
}

}  // namespace
}  // namespace tallystick::matcher
