#include "matcher/release/release_job.h"

#include <gtest/gtest.h>

#include <optional>

#include "matcher/registry/submissions.h"
#include "proto/codec.h"
#include "proto/domains.h"
#include "tests/unit/matcher/release/release_world.h"

namespace tallystick::matcher {
namespace {

class ReleaseJob : public ::testing::Test {
 protected:
  Result<v1::StoredProposal> Run(const v1::RequestState& request) {
    return RunReleaseJob(world_.Parts(), request, cache_, {});
  }
  // The rule (or else the id) that the job fails with.
  std::string Refusal(const v1::RequestState& request) {
    const auto made = Run(request);
    if (made.ok()) return "";
    const auto& refusal = made.error().refusal();
    return std::string(refusal ? refusal->rule.view() : made.error().id());
  }

  ReleaseWorld world_;
  LinkageCache cache_;
};

TEST_F(ReleaseJob, MakesATableThatNamesItsJob) {
  const v1::RequestState request = world_.Approved("hired_by_pathway", "a");
  const auto proposal = Run(request);
  ASSERT_TRUE(proposal.ok()) << proposal.error().ToString();
  const auto body = Parse<v1::ReleaseBody>(proposal->body(), kMaxReleaseBytes).value();
  EXPECT_EQ(body.request_id(), request.id());
  EXPECT_EQ(body.job(), request.job());
  EXPECT_EQ(body.output(), "hired_by_pathway");
  EXPECT_EQ(body.agreement_digest(), request.agreement_digest());
  EXPECT_FALSE(body.table().empty());
  EXPECT_EQ(proposal->left_party(), "csun");
  EXPECT_EQ(proposal->right_party(), "lausd");
  EXPECT_EQ(proposal->codes_size(), body.dimensions_size());
}

// What a crash between computing and recording relies on.
TEST_F(ReleaseJob, TheSameRequestGivesTheSameBytesWithAndWithoutTheCache) {
  const v1::RequestState request = world_.Approved("hired_by_pathway", "a");
  const auto first = Run(request);
  const auto from_cache = Run(request);
  LinkageCache empty;
  const auto from_chunks = RunReleaseJob(world_.Parts(), request, empty, {});
  ASSERT_TRUE(first.ok() && from_cache.ok() && from_chunks.ok());
  EXPECT_EQ(Serialise(*first), Serialise(*from_cache));
  EXPECT_EQ(Serialise(*first), Serialise(*from_chunks));
  PipelineParts parts = world_.Parts();
  parts.limits.thread_count = 3;
  LinkageCache another;
  EXPECT_EQ(Serialise(RunReleaseJob(parts, request, another, {}).value()), Serialise(*first));
}

TEST_F(ReleaseJob, WithdrawnSubmissionsMakeNoTable) {
  const v1::RequestState request = world_.Approved("hired_by_pathway", "a");
  ASSERT_TRUE(Run(request).ok());
  world_.Must("csun", Cast::Withdraw("csun", Cast::SubmissionId(1)));
  EXPECT_EQ(Refusal(request), "AGR-SUBMISSION-WITHDRAWN") << "though the linkage is in the cache";
}

TEST_F(ReleaseJob, AnAgreementThatIsNotActiveMakesNoTable) {
  const v1::RequestState request = world_.Approved("hired_by_pathway", "a");
  world_.Must("lausd",
              ReleaseWorld::TheCast().Transition("lausd", agreements::TransitionKind::kSuspend, 1));
  EXPECT_EQ(Refusal(request), "AGR-SUSPENDED");
  world_.Must("lausd",
              ReleaseWorld::TheCast().Transition("lausd", agreements::TransitionKind::kResume, 2));
  EXPECT_TRUE(Run(request).ok());
  world_.clock().Set(Time(*ParseDate("2028-01-15")));
  EXPECT_EQ(Refusal(request), "AGR-TERM-EXPIRED");
}

TEST_F(ReleaseJob, DataThatAreGoneMakeNoTable) {
  const v1::RequestState request = world_.Approved("hired_by_pathway", "a");
  ASSERT_TRUE(world_.chunks().RemoveSpace(SpaceOf(Cast::SubmissionId(1))).ok());
  EXPECT_NE(Refusal(request), "");
}

TEST_F(ReleaseJob, AStoppedJobIsNotARefusal) {
  const v1::RequestState request = world_.Approved("hired_by_pathway", "a");
  std::stop_source stop;
  stop.request_stop();
  const auto made = RunReleaseJob(world_.Parts(), request, cache_, stop.get_token());
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), Code::kUnavailable);
  EXPECT_FALSE(made.error().refusal().has_value());
  EXPECT_TRUE(Run(request).ok()) << "half a linkage was kept";
}

class Filters : public ReleaseJob {
 protected:
  // A request restricted to two of candidates' completion years, approved with these codes, and
  // with this one for "observed" of the output's measure.
  v1::RequestState FilteredBy(const std::vector<std::uint64_t>& codes,
                              std::uint64_t observed = 1000) {
    const v1::RequestState request =
        world_.Ask("retention_by_pathway", "filtered",
                   "[filter]\n\"candidates.completion_year\" = [\"2019\", \"2020\"]\n");
    for (const std::string_view party : {"csun", "lausd"}) {
      v1::Verdict verdict;
      verdict.set_request_id(request.id());
      verdict.set_job(request.job());
      verdict.set_agreement_digest(request.agreement_digest());
      verdict.set_approve(true);
      if (party == "csun") {
        v1::FilterCodes* filter = verdict.add_filters();
        filter->set_element("candidates.completion_year");
        for (const std::uint64_t code : codes) {
          Bytes bytes;
          AppendU64(bytes, code);
          filter->add_codes(bytes);
        }
        v1::FilterCodes* measure = verdict.add_filters();
        measure->set_element("candidates.clinical_hours");
        Bytes code;
        AppendU64(code, observed);
        measure->add_codes(code);
      }
      world_.Must(party, VerdictEvent{request.id(), Cast::Sign(std::string(party), kVerdictDomain,
                                                               Serialise(verdict))});
    }
    return world_.Reload(request);
  }
};

TEST_F(Filters, TranslateToOneCodeOfTheSubmissionPerValue) {
  EXPECT_EQ(Refusal(FilteredBy({1000, 999'999})), "AGR-FILTER-VALUE");
}
TEST_F(Filters, AreNotLeftOut) { EXPECT_EQ(Refusal(FilteredBy({})), "AGR-FILTER-VALUE"); }
TEST_F(Filters, ComeWithTheCodeThatMeansObserved) {
  EXPECT_EQ(Refusal(FilteredBy({1000, 1001}, 999)), "AGR-MEASURE-CODE");
}
TEST_F(Filters, AreNotWidened) {
  EXPECT_EQ(Refusal(FilteredBy({1000, 1001, 1002})), "AGR-FILTER-VALUE");
}

std::shared_ptr<const Linkage> SomeLinkage() { return std::make_shared<const Linkage>(); }

TEST(LinkageCache, ForgetsADestroyedSubmissionOnEitherSide) {
  LinkageCache cache;
  cache.Keep("a", "b", SomeLinkage());
  cache.Keep("c", "a", SomeLinkage());
  cache.Keep("c", "d", SomeLinkage());
  EXPECT_EQ(cache.Find("b", "a"), nullptr) << "the sides are not interchangeable";
  cache.Forget("a");
  EXPECT_EQ(cache.Find("a", "b"), nullptr);
  EXPECT_EQ(cache.Find("c", "a"), nullptr);
  EXPECT_NE(cache.Find("c", "d"), nullptr);
}

TEST(LinkageCache, KeepsTheOnesUsedLast) {
  LinkageCache cache;
  cache.Keep("first", "b", SomeLinkage());
  for (int i = 0; i < 7; ++i) cache.Keep(std::to_string(i), "b", SomeLinkage());
  EXPECT_NE(cache.Find("first", "b"), nullptr);  // now the most recent
  cache.Keep("another", "b", SomeLinkage());
  EXPECT_NE(cache.Find("first", "b"), nullptr);
  EXPECT_EQ(cache.Find("0", "b"), nullptr);
}

}  // namespace
}  // namespace tallystick::matcher
