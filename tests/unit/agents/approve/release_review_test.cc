#include "agents/approve/release_review.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "crypto/hash.h"
#include "tests/unit/agents/approve/signed_home.h"

namespace tallystick::agents {
namespace {

using matcher::Cast;

// A request as a matcher would show it to csun, over csun's submission 1.
class ReviewRequestTest : public testing::Test {
 protected:
  ReviewRequestTest() : home_(cast_), manifest_(cast_.ManifestOf({})) {}

  v1::RequestState Shown(std::string_view output = "retention_by_pathway") const {
    const agreements::SignedRequest request = cast_.Request(output);
    v1::RequestState state;
    state.set_id(request.Id());
    state.set_request(request.Encode());
    state.set_person(request.person);
    state.set_agreement_digest(Bytes(cast_.agreement().digest.view()));
    state.set_output(std::string(output));
    state.set_left_root(manifest_.root());
    state.set_right_root(Bytes(crypto::Sha256("of lausd").view()));
    Bytes job;
    AppendLp(job, "tallystick/v1/job");
    AppendLp(job, crypto::Sha256(request.Body()).view());
    AppendLp(job, state.left_root());
    AppendLp(job, state.right_root());
    AppendU64(job, cast_.epoch());
    AppendU64(job, 1);
    state.set_job(Bytes(crypto::Sha256(job).view()));
    return state;
  }

  // The rule that stands against the request, or what else; empty when it is approved.
  std::string Refusal(const v1::RequestState& state) const {
    const auto verdict = ReviewRequest(home_.Open(), state, Cast::Now());
    if (verdict.ok()) return "";
    const auto& refusal = verdict.error().refusal();
    return std::string(refusal ? refusal->rule.view() : verdict.error().id());
  }

  const Cast cast_;
  const SignedHome home_;
  v1::Manifest manifest_;
};

TEST_F(ReviewRequestTest, ApprovesAPermittedRequestOverItsOwnSubmission) {
  home_.Keep(manifest_);
  EXPECT_EQ(Refusal(Shown()), "");
}

TEST_F(ReviewRequestTest, RefusesARequestOverAnothersSubmission) {
  EXPECT_EQ(Refusal(Shown()), "REL-OWN-ROOT");
}

TEST_F(ReviewRequestTest, RefusesDataThatWereGivenUnderAnotherAgreementEpochOrDataset) {
  const v1::Manifest right = manifest_;
  manifest_.set_chain_digest(Bytes(crypto::Sha256("another chain").view()));
  home_.Keep(manifest_);
  EXPECT_EQ(Refusal(Shown()), "REL-OWN-ROOT");
  manifest_ = right;
  manifest_.set_agreement_digest(Bytes(crypto::Sha256("another agreement").view()));
  home_.Keep(manifest_);
  EXPECT_EQ(Refusal(Shown()), "REL-OWN-ROOT");
  manifest_ = right;
  manifest_.set_epoch(2);
  home_.Keep(manifest_);
  EXPECT_EQ(Refusal(Shown()), "REL-OWN-ROOT");
  manifest_ = right;
  manifest_.set_dataset("other");
  home_.Keep(manifest_);
  EXPECT_EQ(Refusal(Shown()), "REL-OWN-ROOT");
}

TEST_F(ReviewRequestTest, RefusesAWithdrawnSubmissionThatTheMatcherKept) {
  const auto folder = home_.Keep(manifest_);
  ASSERT_TRUE(WriteFileDurably(folder / "withdrawn", "").ok());
  EXPECT_EQ(Refusal(Shown()), "REL-OWN-ROOT");
}

TEST_F(ReviewRequestTest, HoldsItsOwnSuspensionAndAnyRevocationWhateverTheMatcherSays) {
  home_.Keep(manifest_);
  ASSERT_TRUE(home_.Open().KeepStanding(cast_.digest_hex(), Standing::kSuspended).ok());
  EXPECT_EQ(Refusal(Shown()), "AGR-SUSPENDED");
  ASSERT_TRUE(home_.Open().KeepStanding(cast_.digest_hex(), Standing::kRevoked).ok());
  EXPECT_EQ(Refusal(Shown()), "AGR-REVOKED");
}

TEST_F(ReviewRequestTest, ApprovesNothingUnderAnAgreementWhoseKeysAreDestroyed) {
  home_.Keep(manifest_);
  ASSERT_TRUE(home_.Open().EraseSecret(cast_.digest_hex()).ok());
  EXPECT_EQ(Refusal(Shown()), "agreement.no-secret");
}

TEST_F(ReviewRequestTest, RefusesAChangedJobAndAChangedRequest) {
  home_.Keep(manifest_);
  v1::RequestState state = Shown();
  state.set_right_root(Bytes(crypto::Sha256("another submission").view()));
  EXPECT_EQ(Refusal(state), "REL-JOB");
  state = Shown();
  state.set_output("hired_by_pathway");
  EXPECT_EQ(Refusal(state), "REL-REQUEST");
  state = Shown();
  state.mutable_request()->back() ^= 1;
  EXPECT_EQ(Refusal(state), "AGR-SIGNATURE");
}

}  // namespace
}  // namespace tallystick::agents
