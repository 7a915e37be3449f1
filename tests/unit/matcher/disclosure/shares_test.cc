#include "matcher/disclosure/shares.h"

#include <gtest/gtest.h>

namespace tallystick::matcher {
namespace {

const agreements::DisclosureRules kRules;

TEST(PublishableShare, IsInWholePercent) {
  EXPECT_EQ(PublishableShare(450, 1'000, kRules), 45);
  EXPECT_EQ(PublishableShare(456, 1'000, kRules), 46);
}

TEST(PublishableShare, IsNothingForNoneAllAndFew) {
  for (const std::uint64_t linked : {0u, 1u, 10u, 90u, 99u, 100u}) {
    EXPECT_EQ(PublishableShare(linked, 100, kRules), std::nullopt) << linked;
  }
  EXPECT_EQ(PublishableShare(11, 100, kRules), 11);
  EXPECT_EQ(PublishableShare(89, 100, kRules), 89);
}

TEST(PublishableShare, IsNothingBelowTheMinimumDenominator) {
  agreements::DisclosureRules rules;
  rules.min_denominator = 50;
  EXPECT_EQ(PublishableShare(20, 40, rules), std::nullopt);
  EXPECT_EQ(PublishableShare(20, 50, rules), 40);
}

TEST(PublishableShare, NeverSaysAllOrNone) {
  EXPECT_EQ(PublishableShare(99'980, 100'000, kRules), 99);
  EXPECT_EQ(PublishableShare(20, 100'000, kRules), 1);
}

TEST(PublishableShare, IsNothingWhenMoreAreLinkedThanSubmitted) {
  EXPECT_EQ(PublishableShare(101, 100, kRules), std::nullopt);
}

}  // namespace
}  // namespace tallystick::matcher
