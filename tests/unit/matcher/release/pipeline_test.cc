#include "matcher/release/pipeline.h"

#include <gtest/gtest.h>

#include <thread>

#include "matcher/registry/state_reader.h"
#include "matcher/registry/submissions.h"
#include "proto/codec.h"
#include "proto/destruction.h"
#include "proto/domains.h"
#include "tests/unit/matcher/release/release_world.h"

namespace tallystick::matcher {
namespace {

class Pipelines : public ::testing::Test {
 protected:
  // The request once the pipeline has brought it to `phase`; it fails where that takes too long.
  v1::RequestState Await(Pipeline& pipeline, const v1::RequestState& request,
                         v1::RequestPhase phase) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    v1::RequestState now = world_.Reload(request);
    while (now.phase() != phase && std::chrono::steady_clock::now() < deadline) {
      pipeline.Wake();
      std::this_thread::yield();
      now = world_.Reload(request);
    }
    EXPECT_EQ(now.phase(), phase) << now.refusal().rule() << " " << now.refusal().message();
    return now;
  }
  // Rounds that find nothing to do are over when a request asked for later is protected.
  void AwaitARound(Pipeline& pipeline, std::string_view nonce) {
    Await(pipeline, world_.Approved("hired_by_pathway", nonce), v1::REQUEST_PHASE_PROTECTED);
  }

  ReleaseWorld world_;
};

TEST_F(Pipelines, TakeUpWhatEveryPartyApproved) {
  const v1::RequestState asked = world_.Ask("hired_by_pathway", "waiting");
  const v1::RequestState half = world_.Ask("hired_by_pathway", "half");
  world_.Must("csun", Cast::Verdict("csun", half));
  Pipeline pipeline(world_.Parts());
  const auto made =
      Await(pipeline, world_.Approved("hired_by_pathway", "approved"), v1::REQUEST_PHASE_PROTECTED);
  EXPECT_EQ(made.release_digest().size(), 32u);
  EXPECT_EQ(world_.Reload(asked).phase(), v1::REQUEST_PHASE_SUBMITTED);
  EXPECT_EQ(world_.Reload(half).phase(), v1::REQUEST_PHASE_SUBMITTED);
}

TEST_F(Pipelines, AVerdictOnAnotherJobIsRefusedAndNothingIsMade) {
  const v1::RequestState request = world_.Ask("hired_by_pathway", "asked");
  v1::RequestState another = request;
  another.mutable_job()->front() ^= 1;
  Pipeline pipeline(world_.Parts());
  for (const std::string_view party : {"csun", "lausd"}) {
    const Result<Bytes> given = world_.Do(party, Cast::Verdict(party, another));
    ASSERT_FALSE(given.ok());
    EXPECT_TRUE(given.error().code() == Code::kPermissionDenied ||
                given.error().code() == Code::kInvalidArgument)
        << given.error().ToString();
  }
  AwaitARound(pipeline, "another");
  EXPECT_EQ(world_.Reload(request).phase(), v1::REQUEST_PHASE_SUBMITTED);
  EXPECT_EQ(world_.Reload(request).awaiting_size(), 2);
}

TEST_F(Pipelines, NothingIsReleasedWithoutBothSignatures) {
  Pipeline pipeline(world_.Parts());
  const auto made =
      Await(pipeline, world_.Approved("hired_by_pathway", "a"), v1::REQUEST_PHASE_PROTECTED);
  world_.Must("csun", Cast::Approve("csun", made));
  // Neither rounds of the pipeline, nor the same signature again, nor one that is not lausd's.
  AwaitARound(pipeline, "b");
  static_cast<void>(world_.Do("csun", Cast::Approve("csun", made)));
  ReleaseApprovalEvent forged = Cast::Approve("csun", made);
  EXPECT_FALSE(world_.Do("lausd", forged).ok());
  forged = Cast::Approve("lausd", made);
  forged.approval.mutable_signature()->mutable_signature()->front() ^= 1;
  EXPECT_FALSE(world_.Do("lausd", forged).ok());
  EXPECT_EQ(world_.Reload(made).phase(), v1::REQUEST_PHASE_PROTECTED);
  EXPECT_EQ(world_.Reload(made).release_sequence(), 0u);

  world_.Must("lausd", Cast::Approve("lausd", made));
  EXPECT_EQ(world_.Reload(made).phase(), v1::REQUEST_PHASE_RELEASED);
}

TEST_F(Pipelines, TheSameQuestionAgainIsTheSameRelease) {
  Pipeline pipeline(world_.Parts());
  const auto first =
      Await(pipeline, world_.Approved("hired_by_pathway", "a"), v1::REQUEST_PHASE_PROTECTED);
  for (const std::string_view party : {"csun", "lausd"}) {
    world_.Must(party, Cast::Approve(party, first));
  }
  const auto again = world_.Ask("hired_by_pathway", "again");
  EXPECT_EQ(again.phase(), v1::REQUEST_PHASE_RELEASED) << "at no cost: nobody is asked";
  EXPECT_EQ(again.release(), first.id());
  EXPECT_NE(again.id(), first.id());
}

TEST_F(Pipelines, ARequestWhoseDataAreWithdrawnIsRefusedAndTheDataGo) {
  const v1::RequestState request = world_.Approved("hired_by_pathway", "a");
  const std::string space = SpaceOf(Cast::SubmissionId(1));
  ASSERT_TRUE(world_.data_keys().Has(space));
  world_.Must("csun", Cast::Withdraw("csun", Cast::SubmissionId(1)));
  Pipeline pipeline(world_.Parts());
  const auto refused = Await(pipeline, request, v1::REQUEST_PHASE_REFUSED);
  EXPECT_EQ(refused.refusal().rule(), "AGR-SUBMISSION-WITHDRAWN");
  while (world_.data_keys().Has(space)) std::this_thread::yield();
  EXPECT_TRUE(world_.data_keys().Has(SpaceOf(Cast::SubmissionId(2))));
  pipeline.Stop();
  const auto gone = GetState<v1::SubmissionState>(world_.registry().view(),
                                                  SubmissionViewKey(Cast::SubmissionId(1)));
  EXPECT_EQ(ParseDestruction(gone->destruction())->cause, "withdrawn") << "with a certificate";
}

TEST_F(Pipelines, StoppingRecordsWhoWasTurnedAwaySinceTheLastMinute) {
  Pipeline pipeline(world_.Parts());
  world_.refusals().Count("auth.revoked");
  pipeline.Stop();
  const std::uint64_t size = world_.registry().log_size();
  const auto entries = world_.registry().Entries(size - 1, 1, "csun");
  ASSERT_EQ(entries->entries_size(), 1);
  EXPECT_EQ(entries->entries(0).event(), "service.refusals");
  EXPECT_TRUE(world_.refusals().Take().empty());
  pipeline.Stop();
  EXPECT_EQ(world_.registry().log_size(), size) << "once";
}

TEST_F(Pipelines, AStoppedOneLeavesTheRequestForTheNext) {
  const v1::RequestState request = world_.Approved("hired_by_pathway", "a");
  {
    Pipeline pipeline(world_.Parts());
    pipeline.Stop();
  }
  const v1::RequestPhase phase = world_.Reload(request).phase();
  EXPECT_TRUE(phase == v1::REQUEST_PHASE_APPROVED || phase == v1::REQUEST_PHASE_PROTECTED);
  Pipeline next(world_.Parts());
  Await(next, request, v1::REQUEST_PHASE_PROTECTED);
}

}  // namespace
}  // namespace tallystick::matcher
