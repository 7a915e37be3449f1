#include "agents/normalise/nickname.h"

#include <gtest/gtest.h>

#include "agents/normalise/fold.h"

namespace tallystick::agents {
namespace {

TEST(CanonicalGivenName, BringsNicknamesTogether) {
  for (const char* name : {"bill", "billy", "will", "liam", "guillermo", "memo", "william"}) {
    EXPECT_EQ(CanonicalGivenName(name), "william") << name;
  }
  EXPECT_EQ(CanonicalGivenName("pepe"), CanonicalGivenName("jose"));
  EXPECT_EQ(CanonicalGivenName("chuy"), CanonicalGivenName("jesus"));
  EXPECT_EQ(CanonicalGivenName("lupita"), CanonicalGivenName("guadalupe"));
  EXPECT_EQ(CanonicalGivenName("paco"), CanonicalGivenName("francisco"));
  EXPECT_EQ(CanonicalGivenName("peggy"), CanonicalGivenName("margaret"));
  EXPECT_EQ(CanonicalGivenName("sarkis"), CanonicalGivenName("sargis"));
  EXPECT_NE(CanonicalGivenName("john"), CanonicalGivenName("james"));
}

TEST(CanonicalGivenName, LeavesOtherNamesAlone) {
  EXPECT_EQ(CanonicalGivenName("xiomara"), "xiomara");
  EXPECT_EQ(CanonicalGivenName(""), "");
}

// One test line per name of the table would say the same: no entry leads to another one, and every
// name is in the form in which names arrive.
TEST(CanonicalGivenName, NeverChains) {
  EXPECT_GE(NicknameCount(), 600u);
  for (const char* name : {"alex", "sandy", "chris", "tina", "sam", "ted", "jack", "kate"}) {
    const std::string_view canonical = CanonicalGivenName(name);
    EXPECT_EQ(CanonicalGivenName(canonical), canonical);
    EXPECT_EQ(FoldSpelling(canonical), canonical);
  }
}

}  // namespace
}  // namespace tallystick::agents
