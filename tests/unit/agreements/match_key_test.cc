#include "agreements/match_key.h"

#include <gtest/gtest.h>

#include <set>

namespace tallystick::agreements {
namespace {

TEST(MatchKey, DefaultLadderHasTheElevenKeysOfTheDesignInOrder) {
  std::vector<std::string> names;
  for (const MatchKey& match_key : DefaultLadder()) names.push_back(match_key.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "ssn4-dob-last", "first-last-dob-sex", "first-last-dob", "nickname-last-dob",
                "first3-last-dob-zip3", "soundex-first-last-dob", "first-dob-ssn4",
                "first-last-ssn4", "first-dob-zip5", "last-dob-zip5", "first-last-dob-swapped"}));
  std::string parts;
  for (const MatchKeyPart& part : DefaultLadder()[4].parts) parts += part.ToString() + " ";
  EXPECT_EQ(parts, "given-name:first(3) family-name:variants birth-date:full zip:zip3 ");
}

TEST(MatchKey, EntriesPerRowFollowsTheWidestPart) {
  EXPECT_EQ(FindDefaultMatchKey("first-last-dob")->EntriesPerRow(), 4);
  EXPECT_EQ(FindDefaultMatchKey("first-last-dob-swapped")->EntriesPerRow(), 2);
  EXPECT_EQ(FindDefaultMatchKey("first-last-ssn4")->EntriesPerRow(), 1);
  EXPECT_EQ(FindDefaultMatchKey("no-such-key"), nullptr);
}

TEST(MatchKeyPart, EverySpellingReadsBack) {
  const std::vector<std::string> transforms = {
      "full",     "variants", "first(1)",  "first(32)",         "soundex", "nysiis", "metaphone",
      "nickname", "year",     "month-day", "day-month-swapped", "last4",   "zip3",   "zip5"};
  int accepted = 0;
  for (const std::string_view kind : KindNames()) {
    for (const std::string& transform : transforms) {
      const std::string text = std::string(kind) + ":" + transform;
      const auto part = ParseMatchKeyPart(text);
      if (!part) continue;
      ++accepted;
      EXPECT_EQ(part->ToString(), text);
    }
    EXPECT_EQ(KindName(ParseKind(kind).value()), kind);
    EXPECT_TRUE(ParseMatchKeyPart(std::string(kind) + ":full").has_value()) << kind;
  }
  EXPECT_EQ(accepted, 58);
}

TEST(MatchKeyPart, RefusesWhatMeansNothing) {
  for (const char* text : {"",
                           ":",
                           "given-name",
                           "given-name:",
                           "given-name:FULL",
                           "given-name:first",
                           "given-name:first()",
                           "given-name:first(0)",
                           "given-name:first(33)",
                           "given-name:first(03)",
                           "given-name:first(3",
                           "given-name:first(-1)",
                           "given-name:first(99999999999)",
                           "birth-date:soundex",
                           "sex:variants",
                           "zip:year",
                           "ssn:zip3",
                           "family-name:nickname",
                           "previous-family-name:variants",
                           "Given-Name:full"}) {
    EXPECT_FALSE(ParseMatchKeyPart(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tallystick::agreements
