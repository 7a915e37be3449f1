#include "agents/validate/column_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tallystick::agents {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

agreements::Dataset SmallDataset() {
  agreements::Dataset dataset;
  dataset.identifiers.emplace_back().name = "last_name";
  dataset.identifiers.emplace_back().name = "birth_date";
  dataset.categories.emplace_back().name = "pathway";
  dataset.measures.emplace_back().name = "hours";
  return dataset;
}

TEST(ColumnMap, FindsColumnsInAnyOrder) {
  Findings findings;
  const std::vector<std::string> header = {"hours", "birth_date", "pathway", "last_name"};
  const auto map = MapColumns(header, SmallDataset(), false, &findings);
  ASSERT_TRUE(map.has_value());
  EXPECT_THAT(map->fields, ElementsAre(3, 1, 2, 0));
  EXPECT_THAT(map->names, ElementsAre("hours", "birth_date", "pathway", "last_name"));
  EXPECT_EQ(findings.items().size(), 0u);
}

TEST(ColumnMap, NamesEveryMissingColumn) {
  Findings findings;
  const std::vector<std::string> header = {"last_name"};
  EXPECT_FALSE(MapColumns(header, SmallDataset(), false, &findings).has_value());
  ASSERT_EQ(findings.error_count(), 3u);
  EXPECT_EQ(findings.items()[0].column, "birth_date");
  EXPECT_EQ(findings.items()[1].column, "pathway");
  EXPECT_EQ(findings.items()[2].column, "hours");
  EXPECT_EQ(findings.items()[0].row, 1u);
}

TEST(ColumnMap, TellsWhereAnUnknownColumnIsAndNeverWhatItSays) {
  Findings findings;
  const std::vector<std::string> header = {"last_name", "birth_dat", "pathway", "hours",
                                           "Zebulonia"};
  EXPECT_FALSE(MapColumns(header, SmallDataset(), false, &findings).has_value());
  const std::string text = findings.ToText() + findings.ToJson();
  EXPECT_THAT(text, Not(HasSubstr("Zebulonia")));
  EXPECT_THAT(text, HasSubstr("column number 5: error: a column that the agreement does not name"));
  EXPECT_THAT(text, HasSubstr("column number 2: error: a column that the agreement does not name; "
                              "did you mean `birth_date`?"));
  EXPECT_THAT(text, HasSubstr("column birth_date: error: this column of the agreement is missing"));
}

TEST(ColumnMap, SkipsFurtherColumnsWhereTold) {
  Findings findings;
  const std::vector<std::string> header = {"x", "last_name", "birth_date", "pathway", "hours"};
  const auto map = MapColumns(header, SmallDataset(), true, &findings);
  ASSERT_TRUE(map.has_value());
  EXPECT_THAT(map->fields, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(map->names[0], "");
}

TEST(ColumnMap, TakesAFileWithoutAHeaderForOneProblem) {
  Findings findings;
  const std::vector<std::string> header = {"Zebulonia", "1990-01-02", "intern"};
  EXPECT_FALSE(MapColumns(header, SmallDataset(), false, &findings).has_value());
  EXPECT_EQ(findings.error_count(), 1u);
  EXPECT_THAT(findings.ToText(), HasSubstr("a header is required"));
}

}  // namespace
}  // namespace tallystick::agents
