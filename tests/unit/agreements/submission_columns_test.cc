#include "agreements/submission_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/agreement_text.h"

namespace tallystick::agreements {
namespace {

using ::testing::ElementsAre;
using Description = v1::ColumnDescription;

std::vector<std::string> Listed(const Agreement& agreement, std::string_view dataset) {
  std::vector<std::string> listed;
  for (const SubmissionColumn& it : SubmissionColumns(agreement, *agreement.FindDataset(dataset))) {
    listed.push_back(Description::Kind_Name(it.kind).substr(5) + " " + it.name + " " +
                     std::to_string(it.position) + " " + std::to_string(it.entries_per_row) + " " +
                     std::to_string(it.code_count));
  }
  return listed;
}

TEST(SubmissionColumns, AreTokensCategoriesMeasuresAndPseudonyms) {
  EXPECT_THAT(Listed(TestAgreement(), "candidates"),
              ElementsAre("TOKENS ssn4-dob-last 0 4 0", "TOKENS first-last-dob 1 4 0",
                          "TOKENS first3-last-dob 2 4 0", "CATEGORY pathway 0 1 3",
                          "CATEGORY completion_year 1 1 3", "OBSERVED clinical_hours 0 1 2",
                          "MEASURE clinical_hours 0 1 0", "PSEUDONYM  0 1 0"));
}

TEST(SubmissionColumns, HaveSquaresWhereAnOutputPublishesAStandardDeviation) {
  const Agreement with_sd =
      Parsed(Replaced(TestAgreementText(), "[\"candidates.clinical_hours:mean\"]",
                      "[\"candidates.clinical_hours:sd\"]"));
  EXPECT_TRUE(PublishesSd(with_sd, {"candidates", "clinical_hours"}));
  EXPECT_FALSE(PublishesSd(TestAgreement(), {"candidates", "clinical_hours"}));
  EXPECT_FALSE(PublishesSd(with_sd, {"hr", "clinical_hours"}));
  const auto listed = Listed(with_sd, "candidates");
  EXPECT_EQ(listed.size(), 9u);
  EXPECT_EQ(listed[7], "SQUARE clinical_hours 0 1 0");
}

TEST(SubmissionColumns, SayWhatTheirChunksAre) {
  EXPECT_EQ(ChunkKindOf(Description::KIND_TOKENS), ColumnKind::kTokens);
  EXPECT_EQ(ChunkKindOf(Description::KIND_CATEGORY), ColumnKind::kCategories);
  EXPECT_EQ(ChunkKindOf(Description::KIND_OBSERVED), ColumnKind::kCategories);
  EXPECT_EQ(ChunkKindOf(Description::KIND_MEASURE), ColumnKind::kCiphertexts);
  EXPECT_EQ(ChunkKindOf(Description::KIND_SQUARE), ColumnKind::kCiphertexts);
  EXPECT_EQ(ChunkKindOf(Description::KIND_PSEUDONYM), ColumnKind::kPseudonyms);
}

}  // namespace
}  // namespace tallystick::agreements
