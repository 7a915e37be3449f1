#include "agents/validate/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tallystick::agents {
namespace {

using ::testing::HasSubstr;

TEST(Findings, SayRowColumnAndRule) {
  Findings findings;
  findings.Add({.row = 12, .column = "birth_date", .rule = "not a date"});
  findings.Add({.row = 13, .column = "zip", .rule = "odd", .error = false});
  findings.Add({.row = 14, .rule = "fewer fields than the header"});
  findings.Add({.row = 1, .rule = "unknown", .position = 3, .suggestion = "zip"});
  findings.Add({.row = 9, .rule = "duplicate", .other_row = 4});
  EXPECT_EQ(findings.ToText(),
            "row 12, column birth_date: error: not a date\n"
            "row 13, column zip: warning: odd\n"
            "row 14: error: fewer fields than the header\n"
            "row 1, column number 3: error: unknown; did you mean `zip`?\n"
            "row 9: error: duplicate (row 4)\n");
  EXPECT_EQ(findings.error_count(), 4u);
  EXPECT_EQ(findings.warning_count(), 1u);
}

TEST(Findings, AreJson) {
  Findings findings;
  findings.Add({.row = 2, .column = "a\"b", .rule = "r", .error = false});
  EXPECT_EQ(findings.ToJson(),
            "{\"errors\":0,\"warnings\":1,\"rules\":[{\"rule\":\"r\",\"column\":\"a\\\"b\","
            "\"severity\":\"warning\",\"count\":1}],\"findings\":[{\"row\":2,\"column\":\"a\\\"b\","
            "\"severity\":\"warning\",\"rule\":\"r\"}]}");
}

TEST(Findings, CountAllAndKeepTheFirst) {
  Findings findings;
  for (std::uint64_t row = 0; row < Findings::kMaxKept + 5; ++row) {
    findings.Add({.row = row + 1, .column = "zip", .rule = "odd", .error = row % 2 == 0});
  }
  EXPECT_EQ(findings.items().size(), Findings::kMaxKept);
  EXPECT_EQ(findings.items().back().row, Findings::kMaxKept);
  EXPECT_EQ(findings.error_count() + findings.warning_count(), Findings::kMaxKept + 5);
  EXPECT_THAT(findings.ToText(), HasSubstr("and 5 more\n"));
}

TEST(Findings, AppendKeepsOrderAndCounts) {
  Findings first, second;
  first.Add({.row = 2, .column = "zip", .rule = "odd"});
  second.Add({.row = 5, .column = "zip", .rule = "odd"});
  second.Add({.row = 3, .column = "sex", .rule = "odd", .error = false});
  second.SortByRow();
  first.Append(std::move(second));
  ASSERT_EQ(first.items().size(), 3u);
  EXPECT_EQ(first.items()[1].row, 3u);
  EXPECT_EQ(first.items()[2].row, 5u);
  const auto rules = first.Rules();
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_TRUE(rules[0].error);
  EXPECT_EQ(rules[0].count, 2u);
  EXPECT_EQ(rules[1].column, "sex");
}

}  // namespace
}  // namespace tallystick::agents
