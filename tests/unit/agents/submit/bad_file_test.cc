// Files that are refused, or used in part: what is found is told by row, column and rule, and no
// value of a record is ever repeated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agents/submit/submission_builder.h"
#include "tests/support/agreement_text.h"
#include "tests/unit/agents/submit/submission_case.h"

namespace tallystick::agents {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::string_literals;  // NOLINT(google-build-using-namespace)

const std::string kHeader =
    "first_name,last_name,previous_last_name,birth_date,sex,ssn_last4,pathway,completion_year,"
    "clinical_hours\n";

class BadFileTest : public testing::Test {
 protected:
  // Builds and validates; both must find the same. Returns the error's id, or "".
  std::string Try(const std::string& csv, const BuildOptions& options = {}) {
    const auto rows = case_.Validate(csv, options);
    const std::string found = case_.findings().ToText();
    const auto built = case_.Build(csv, options);
    EXPECT_EQ(case_.findings().ToText(), found);
    EXPECT_EQ(built.ok(), rows.ok());
    if (!built.ok()) {
      EXPECT_EQ(built.error().ToString(), rows.error().ToString());
      EXPECT_FALSE(std::filesystem::exists(case_.spool()));
      return std::string(built.error().id());
    }
    EXPECT_EQ(built->manifest.row_count(), *rows);
    row_count_ = *rows;
    dropped_ = built->dropped_duplicates;
    return "";
  }

  // "row column" of each error.
  std::vector<std::string> Places() const {
    std::vector<std::string> places;
    for (const Finding& finding : case_.findings().items()) {
      if (finding.error) places.push_back(std::to_string(finding.row) + " " + finding.column);
    }
    return places;
  }

  SubmissionCase case_{agreements::TestAgreement()};
  std::uint64_t row_count_ = 0, dropped_ = 0;
};

TEST_F(BadFileTest, EveryProblemIsToldByRowAndColumn) {
  EXPECT_EQ(Try(kHeader + "Ana,Ruiz,,1990-01-02,f,1234,intern,2019,600\n"
                          ",Ruiz,,1990-01-02,f,1234,intern,2019,600\n"
                          "Ana,Ruiz,,31/31/1990,f,1234,intern,2019,600\n"
                          "Bo,Li,,1990-01-02,f,1234,unheard,2019,600\n"
                          "Cy,Do,,1990-01-02,f,1234,intern,,600\n"
                          "Di,Ek,,1990-01-02,f,1234,intern,2019,9999\n"
                          "too,few\n"
                          "Ed,\xFF\xFE,,1990-01-02,f,1234,intern,2019,\n"
                          "Flo,Nul\0,,1990-01-02,f,1234,intern,2019,\n"s),
            "validate.errors");
  EXPECT_THAT(Places(), ElementsAre("3 first_name", "4 birth_date", "5 pathway",
                                    "6 completion_year", "7 clinical_hours", "8 ", "9 last_name",
                                    "10 last_name", "3 "));  // row 3 is Ana Ruiz again
}

TEST_F(BadFileTest, NoValueIsRepeated) {
  Try(kHeader +
      "Zebulonia,Zebulonia,Zebulonia,Zebulonia,Zebulonia,Zebulonia,Zebulonia,Zebulonia,"
      "Zebulonia\n\"Zebulonia,x\n");
  const std::string all = case_.findings().ToText() + case_.findings().ToJson();
  EXPECT_GE(case_.findings().error_count(), 4u);
  EXPECT_THAT(all, Not(HasSubstr("Zebulonia")));
}

TEST_F(BadFileTest, AnUnclosedQuoteIsToldWhereItOpens) {
  EXPECT_EQ(Try(kHeader + "Ana,\"Ruiz,,1990-01-02,f,1234,intern,2019,600\nBo,Li,,,,,,,\n"),
            "validate.errors");
  EXPECT_THAT(case_.findings().ToText(), HasSubstr("row 2, column last_name: error: a quote"));
}

TEST_F(BadFileTest, AHugeFieldIsAProblemAndNotAnEnd) {
  EXPECT_EQ(Try(kHeader + "Ana," + std::string(10u << 20, 'x') +
                ",,1990-01-02,f,1234,intern,2019,600\nBo,Li,,1990-01-02,f,1234,nope,2019,\n"),
            "validate.errors");
  EXPECT_THAT(Places(), ElementsAre("2 last_name", "3 pathway"));
}

TEST_F(BadFileTest, AWrongHeaderIsRefusedWhateverIsTolerated) {
  BuildOptions options;
  options.max_errors = 1000;
  EXPECT_EQ(Try("first_name,last_nam\nAna,Ruiz\n", options), "validate.errors");
  EXPECT_THAT(case_.findings().ToText(),
              AllOf(HasSubstr("row 1, column last_name: error: this column"),
                    HasSubstr("row 1, column number 2: error:"),
                    HasSubstr("did you mean `last_name`"), Not(HasSubstr("last_nam`"))));
}

TEST_F(BadFileTest, ExtraColumnsAreErrorsUnlessIgnored) {
  const std::string csv = "note," + kHeader + "hi,Ana,Ruiz,,1990-01-02,f,1234,intern,2019,600\n";
  EXPECT_EQ(Try(csv), "validate.errors");
  BuildOptions options;
  options.columns.ignore_extra = true;
  EXPECT_EQ(Try(csv, options), "");
}

TEST_F(BadFileTest, AByteOrderMarkAndWindowsLineEndsAreFine) {
  std::string header = kHeader;
  header.insert(header.size() - 1, "\r");
  EXPECT_EQ(Try("\xEF\xBB\xBF" + header + "Ana,Ruiz,,1990-01-02,f,1234,intern,2019,600\r\n"), "");
  EXPECT_EQ(row_count_, 1u);
  EXPECT_EQ(case_.findings().items().size(), 0u);
}

TEST_F(BadFileTest, AnotherEncodingIsRefusedByName) {
  std::string utf16 = "\xFF\xFE";
  for (const char c : kHeader) utf16 += {c, '\0'};
  EXPECT_EQ(Try(utf16), "csv.not-utf8-text");
}

TEST_F(BadFileTest, AMissingFileIsNotFound) {
  BuildOptions options;
  options.file = "/nonexistent/file.csv";
  Findings findings;
  const auto rows = ValidateFile(case_.agreement(), case_.dataset(), options, &findings);
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().code(), Code::kNotFound);
}

TEST_F(BadFileTest, MoreErrorsThanAreToleratedRefuseTheFile) {
  const std::string csv = kHeader +
                          "Ana,Ruiz,,1990-01-02,f,1234,intern,2019,600\n"
                          "Bo,Li,,1991-01-02,f,2345,nope,2019,600\n"
                          "Cy,Do,,1992-01-02,f,3456,intern,nope,600\n";
  BuildOptions options;
  options.max_errors = 1;
  EXPECT_EQ(Try(csv, options), "validate.errors");
  options.max_errors = 2;
  EXPECT_EQ(Try(csv, options), "");
  EXPECT_EQ(row_count_, 1u);
}

TEST_F(BadFileTest, WarningsDoNotRefuse) {
  EXPECT_EQ(Try(kHeader + "Ana,Unknown,,1990-01-02,?,12,intern,2019,600\n"), "");
  EXPECT_EQ(case_.findings().warning_count(), 3u);
}

const std::string kTwice = kHeader +
                           "Ana,Ruiz,,1990-01-02,f,1234,intern,2019,600\n"
                           "Bo,Li,,1991-01-02,f,2345,intern,2019,600\n"
                           "Anna,Ruiz,,1990-01-02,f,1234,residency,2020,600\n";

TEST_F(BadFileTest, DuplicatesAreRefused) {
  EXPECT_EQ(Try(kTwice), "validate.errors");
  EXPECT_EQ(case_.findings().ToText(),
            "row 4: error: duplicate: the same person as another row (row 2)\n");
}

TEST_F(BadFileTest, DuplicatesAreDroppedWhereTold) {
  for (const auto& [dedupe, year] : {std::pair(Dedupe::kFirst, "2019"), {Dedupe::kLast, "2020"}}) {
    BuildOptions options;
    options.dedupe = dedupe;
    EXPECT_EQ(Try(kTwice, options), "");
    EXPECT_EQ(row_count_, 2u);
    EXPECT_EQ(dropped_, 1u);
    EXPECT_EQ(case_.findings().warning_count(), 1u);
    EXPECT_EQ(case_.findings().items()[0].row, dedupe == Dedupe::kFirst ? 4u : 2u);
  }
}

TEST_F(BadFileTest, TwinsAreNotDuplicates) {
  EXPECT_EQ(Try(kHeader + "Ana,Ruiz,,1990-01-02,f,1234,intern,2019,600\n"
                          "Eva,Ruiz,,1990-01-02,f,1235,intern,2019,600\n"
                          "Ida,Ruiz,,1990-01-02,f,,intern,2019,600\n"),
            "");
  EXPECT_EQ(row_count_, 3u);
}

TEST_F(BadFileTest, ARowThatIsLeftOutIsNobodysDuplicate) {
  BuildOptions options;
  options.max_errors = 1;
  EXPECT_EQ(Try(kHeader + "Ana,Ruiz,,1990-01-02,f,1234,nope,2019,600\n"
                          "Ana,Ruiz,,1990-01-02,f,1234,intern,2019,600\n",
                options),
            "");
  EXPECT_EQ(row_count_, 1u);
}

TEST_F(BadFileTest, ManyProblemsAreCountedAndOnlySoManyKept) {
  std::string csv = kHeader;
  for (int i = 0; i < 20'000; ++i) csv += "Ana,Ruiz,,never,f,1234,intern,2019,600\n";
  EXPECT_EQ(Try(csv), "validate.errors");
  // Without a birth date no row has a match key, so there are no duplicates.
  EXPECT_EQ(case_.findings().error_count(), 20'000u);
  EXPECT_EQ(case_.findings().items().size(), Findings::kMaxKept);
  EXPECT_EQ(case_.findings().items().back().row, Findings::kMaxKept + 1);
}

}  // namespace
}  // namespace tallystick::agents
