#include "agents/normalise/value.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tallystick::agents {
namespace {

using Normaliser = FieldOutcome (*)(std::string_view, std::string&);

// The normal form, or "null", "empty", "unreadable".
std::string Say(Normaliser normalise, std::string_view raw) {
  std::string out = "rest of the row before";
  const FieldOutcome outcome = normalise(raw, out);
  EXPECT_EQ(out.empty(), outcome.state != FieldState::kValue) << raw;
  EXPECT_EQ(outcome.rule.view().empty(),
            outcome.state == FieldState::kValue || outcome.state == FieldState::kEmpty);
  switch (outcome.state) {
    case FieldState::kValue:
      return out;
    case FieldState::kEmpty:
      return "empty";
    case FieldState::kNull:
      return "null";
    case FieldState::kUnreadable:
      break;
  }
  return "unreadable";
}

TEST(NormaliseDate, ReadsThreeForms) {
  EXPECT_EQ(Say(NormaliseDate, "1990-02-03"), "1990-02-03");
  EXPECT_EQ(Say(NormaliseDate, "19900203"), "1990-02-03");
  EXPECT_EQ(Say(NormaliseDate, "02/03/1990"), "1990-02-03");
  EXPECT_EQ(Say(NormaliseDate, " 1990-02-03\t"), "1990-02-03");
  EXPECT_EQ(Say(NormaliseDate,
                "\xC2\xA0"
                "1990-02-03\xC2\xA0 "),
            "1990-02-03");
  EXPECT_EQ(Say(NormaliseDate, " "), "empty");
}

TEST(NormaliseDate, RefusesOtherShapesAndDaysThatDoNotExist) {
  for (const char* raw :
       {"1990-2-3", "2/3/1990", "90-02-03", "03.02.1990", "1990/02/03", "199002",
        "1990-02-03T00:00:00", "13/01/1990", "1990-00-10", "1990-04-31", "1900-02-29", "2023-02-29",
        "0999-01-01", "2101-01-01", "abcdefgh", "1990-O2-03", "-1990203", "unknown"}) {
    EXPECT_EQ(Say(NormaliseDate, raw), "unreadable") << raw;
  }
  EXPECT_EQ(Say(NormaliseDate, "2000-02-29"), "2000-02-29");
  EXPECT_EQ(Say(NormaliseDate, "1000-01-01"), "1000-01-01");
  EXPECT_EQ(Say(NormaliseDate, "2100-12-31"), "2100-12-31");
}

TEST(NormaliseDate, IsNullForSentinels) {
  for (const char* raw : {"1900-01-01", "19010101", "01/01/1970", "2099-12-31", "99991231"}) {
    EXPECT_EQ(Say(NormaliseDate, raw), "null") << raw;
  }
}

TEST(NormaliseSsn, ReadsNineDigitsWithOrWithoutDashes) {
  EXPECT_EQ(Say(NormaliseSsn, "212-09-8765"), "212098765");
  EXPECT_EQ(Say(NormaliseSsn, "212098765"), "212098765");
  for (const char* raw : {"21209876", "2120987650", "212 09 8765", "21209876X", "---", "8765"}) {
    EXPECT_EQ(Say(NormaliseSsn, raw), "unreadable") << raw;
  }
  EXPECT_EQ(Say(NormaliseSsn, ""), "empty");
}

// SSA, "Meaning of the Social Security Number", and the numbers it warns of.
TEST(NormaliseSsn, IsNullForNumbersThatWereNeverIssued) {
  for (const char* raw :
       {"000-12-3456", "666-12-3456", "900-12-3456", "999-99-9999", "212-00-1234", "212-12-0000",
        "078-05-1120", "219-09-9999", "123-45-6789", "111-11-1111", "555555555"}) {
    EXPECT_EQ(Say(NormaliseSsn, raw), "null") << raw;
  }
}

TEST(NormaliseSsnLast4, ReadsFourDigits) {
  EXPECT_EQ(Say(NormaliseSsnLast4, "0123"), "0123");
  EXPECT_EQ(Say(NormaliseSsnLast4, "0000"), "null");
  for (const char* raw : {"123", "12345", "12a4", "212-09-8765"}) {
    EXPECT_EQ(Say(NormaliseSsnLast4, raw), "unreadable") << raw;
  }
}

TEST(NormaliseSex, ReadsLettersAndWords) {
  for (const char* raw : {"f", "F", "Female", " FEMALE "}) EXPECT_EQ(Say(NormaliseSex, raw), "f");
  for (const char* raw : {"m", "Male"}) EXPECT_EQ(Say(NormaliseSex, raw), "m");
  for (const char* raw : {"x", "Nonbinary", "Non-binary", "non binary", "UNKNOWN"}) {
    EXPECT_EQ(Say(NormaliseSex, raw), "null") << raw;
  }
  for (const char* raw : {"1", "w", "females", "u", "malefemale", "-"}) {
    EXPECT_EQ(Say(NormaliseSex, raw), "unreadable") << raw;
  }
}

TEST(NormaliseZip, KeepsLettersAndDigitsInUpperCase) {
  EXPECT_EQ(Say(NormaliseZip, "90210-1234"), "902101234");
  EXPECT_EQ(Say(NormaliseZip, "sw1a 1aa"), "SW1A1AA");
  EXPECT_EQ(Say(NormaliseZip, " - "), "unreadable");
  EXPECT_EQ(Say(NormaliseZip, ""), "empty");
}

TEST(NormaliseEducatorId, IsNullForNines) {
  EXPECT_EQ(Say(NormaliseEducatorId, "0012345678"), "0012345678");
  EXPECT_EQ(Say(NormaliseEducatorId, "9999999999"), "null");
  EXPECT_EQ(Say(NormaliseEducatorId, "999-999-999"), "null");
  EXPECT_EQ(Say(NormaliseEducatorId, "99999999"), "99999999");
}

TEST(NormaliseEmail, IsLowerCase) {
  EXPECT_EQ(Say(NormaliseEmail, " Ana.Lopez+x@CSUN.edu "), "ana.lopez+x@csun.edu");
  for (const char* raw : {"ana", "@csun.edu", "ana@", "a@b@c", "ana lopez@csun.edu"}) {
    EXPECT_EQ(Say(NormaliseEmail, raw), "unreadable") << raw;
  }
}

TEST(NormalisePhone, IsItsDigitsWithoutTheCountryCode) {
  EXPECT_EQ(Say(NormalisePhone, "+1 (818) 555-0123"), "8185550123");
  EXPECT_EQ(Say(NormalisePhone, "818.555.0123"), "8185550123");
  EXPECT_EQ(Say(NormalisePhone, "28185550123"), "28185550123");
  EXPECT_EQ(Say(NormalisePhone, "n/a"), "unreadable");
}

TEST(NormaliseValue, NeverCrashesOnRandomBytes) {
  constexpr std::uint32_t kSeed = 5;
  std::mt19937 random(kSeed);
  const std::string_view likely =
      "0123456789-/ @.\xC2\xA0"
      "fm";
  std::string out;
  for (int round = 0; round < 200000; ++round) {
    std::string raw;
    for (auto i = random() % 13; i > 0; --i) {
      raw.push_back(random() % 4 == 0 ? static_cast<char>(random())
                                      : likely[random() % likely.size()]);
    }
    for (const Normaliser normalise :
         {NormaliseDate, NormaliseSsn, NormaliseSsnLast4, NormaliseSex, NormaliseZip,
          NormaliseEducatorId, NormaliseEmail, NormalisePhone}) {
      const FieldOutcome outcome = normalise(raw, out);
      ASSERT_EQ(out.empty(), outcome.state != FieldState::kValue) << "seed " << kSeed;
    }
  }
}

}  // namespace
}  // namespace tallystick::agents
