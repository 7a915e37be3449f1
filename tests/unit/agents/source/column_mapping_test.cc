#include "agents/source/column_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/exit_code.h"

namespace tallystick::agents {
namespace {

using ::testing::ElementsAre;

agreements::Dataset SmallDataset() {
  agreements::Dataset dataset;
  for (const char* name : {"first_name", "last_name"}) {
    agreements::Identifier identifier;
    identifier.name = name;
    dataset.identifiers.push_back(identifier);
  }
  agreements::Category category;
  category.name = "pathway";
  dataset.categories.push_back(category);
  agreements::Measure measure;
  measure.name = "hours";
  dataset.measures.push_back(measure);
  return dataset;
}

std::vector<std::string> Problems(std::string_view text) {
  std::vector<agreements::Diagnostic> diagnostics;
  const auto mapping = ColumnMapping::Parse(text, SmallDataset(), &diagnostics);
  EXPECT_FALSE(mapping.ok());
  if (!mapping.ok()) {
    EXPECT_EQ(ExitCodeOf(mapping.error()), ExitCode::kInputBad);
  }
  std::vector<std::string> lines;
  for (const auto& it : diagnostics) lines.push_back(it.ToString("m.toml"));
  return lines;
}

std::vector<std::string> Names(std::string_view text, std::vector<std::string> header) {
  std::vector<agreements::Diagnostic> diagnostics;
  const auto mapping = ColumnMapping::Parse(text, SmallDataset(), &diagnostics);
  EXPECT_TRUE(mapping.ok());
  return mapping.ok() ? mapping->ElementNames(header) : std::vector<std::string>();
}

TEST(ColumnMapping, RenamesColumnsAndLeavesTheOthersAlone) {
  EXPECT_THAT(Names("first_name = \"Given Name\"\nhours = \"Std.\"\n",
                    {"Std.", "last_name", "Given Name", "extra"}),
              ElementsAre("hours", "last_name", "first_name", "extra"));
  EXPECT_THAT(Names("", {"first_name", "x"}), ElementsAre("first_name", "x"));
  EXPECT_THAT(Names("first_name = \"first_name\"\n", {"first_name"}), ElementsAre("first_name"));
}

TEST(ColumnMapping, AColumnWhoseNameAnotherColumnWasGivenHoldsNothing) {
  EXPECT_THAT(Names("first_name = \"legal\"\n", {"first_name", "legal"}),
              ElementsAre("", "first_name"));
  EXPECT_THAT(Names("first_name = \"last_name\"\nlast_name = \"first_name\"\n",
                    {"first_name", "last_name"}),
              ElementsAre("last_name", "first_name"));
}

TEST(ColumnMapping, NamesEveryProblemWithItsLineAndWhatWasMeant) {
  EXPECT_THAT(Problems("frist_name = \"a\"\n\npathway = 5\nhours = "
                       "\"\"\n[last_name]\nx = 1\n"),
              ElementsAre("m.toml:1:1: error: unknown element `frist_name`; did you mean "
                          "`first_name`?",
                          "m.toml:3:1: error: a column's name in quotes belongs here",
                          "m.toml:4:1: error: a column's name in quotes belongs here",
                          "m.toml:5:2: error: a column's name in quotes belongs here"));
}

TEST(ColumnMapping, RefusesAColumnForTwoElementsAndAnElementTwice) {
  EXPECT_THAT(Problems("first_name = \"Name\"\nlast_name = \"Name\"\n"),
              ElementsAre("m.toml:2:1: error: the column `Name` holds `first_name` already"));
  EXPECT_EQ(Problems("first_name = \"a\"\nfirst_name = \"b\"\n").size(), 1u);
  EXPECT_EQ(Problems("first_name = \n").size(), 1u);
}

}  // namespace
}  // namespace tallystick::agents
