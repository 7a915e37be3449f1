#include "matcher/registry/member_table.h"

#include <gtest/gtest.h>

#include "tests/support/protocol_world.h"

namespace tallystick::matcher {
namespace {

TEST(MemberTable, LoadsAViewAndThenFollowsTheMutations) {
  ProtocolWorld world;
  world.EnrolEveryone();
  MemberTable table;
  ASSERT_TRUE(table.Load(world.view()).ok());
  ASSERT_TRUE(table.Find("csun").has_value());
  EXPECT_EQ(table.Find("csun")->revoked(), 0);
  EXPECT_FALSE(table.Find("nobody").has_value());

  world.Must(kOperator, RevokeMemberEvent{"csun"});
  for (const storage::Mutation& mutation : MutationsOf(world.last_record())) {
    table.Follow(mutation);
  }
  EXPECT_NE(table.Find("csun")->revoked(), 0);
  EXPECT_EQ(table.Find("lausd")->revoked(), 0);
}

TEST(MemberTable, IgnoresOtherMutations) {
  MemberTable table;
  table.Follow({"agreement/x", "member/y"});
  table.Follow({"member/csun", std::nullopt});
  table.Follow({"member/csun", "\xff not a member"});
  EXPECT_FALSE(table.Find("csun").has_value());
}

}  // namespace
}  // namespace tallystick::matcher
