#include "agents/validate/row_validator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/agreement_text.h"
#include "tests/unit/agents/plaintext_probe.h"

namespace tallystick::agents {
namespace {

using ::testing::ElementsAre;

class RowValidatorTest : public testing::Test {
 protected:
  RowValidatorTest()
      : agreement_(agreements::TestAgreement()),
        candidates_(*agreement_.FindDataset("candidates")),
        hr_(*agreement_.FindDataset("hr")) {}

  // Checks one record as row 7; returns "column: rule" of each finding, with * for a warning.
  std::vector<std::string> Check(const agreements::Dataset& dataset,
                                 const std::vector<std::string_view>& values) {
    RowValidator validator(dataset);
    const std::vector<CsvFieldView> fields(values.begin(), values.end());
    Findings findings;
    good_ = validator.Check(7, fields, &findings);
    measures_.clear();
    for (const auto& measure : validator.measures()) {
      const StoredMeasure& stored = PlaintextProbe::Read(measure);
      measures_.push_back(stored.observed ? static_cast<int>(stored.value) : -1);
    }
    categories_.assign(validator.categories().begin(), validator.categories().end());
    std::vector<std::string> found;
    for (const Finding& finding : findings.items()) {
      EXPECT_EQ(finding.row, 7u);
      found.push_back(finding.column + (finding.error ? ": " : "* ") +
                      std::string(finding.rule.view()));
    }
    EXPECT_EQ(good_, findings.error_count() == 0);
    return found;
  }

  using CsvFieldView = Plaintext<std::string_view>;
  const agreements::Agreement agreement_;
  const agreements::Dataset& candidates_;
  const agreements::Dataset& hr_;
  bool good_ = false;
  std::vector<std::uint16_t> categories_;
  std::vector<int> measures_;  // -1: not observed
};

TEST_F(RowValidatorTest, AcceptsAGoodRecordAndReadsItsCategories) {
  EXPECT_THAT(Check(candidates_,
                    {"Ana", "Ruiz", "", "1990-01-02", "f", "1234", "residency", "2020", "600"}),
              ElementsAre());
  EXPECT_TRUE(good_);
  EXPECT_THAT(categories_, ElementsAre(2, 1));
}

TEST_F(RowValidatorTest, RequiresWhatTheAgreementRequires) {
  EXPECT_THAT(Check(candidates_, {"", " ", "", "1990-02-30", "f", "", "intern", "2020", ""}),
              ElementsAre("first_name: a required identifier is empty",
                          "last_name: a required identifier is empty",
                          "birth_date: a date that is not in the calendar"));
}

TEST_F(RowValidatorTest, WarnsOfPlaceholdersWhereAValueIsRequired) {
  EXPECT_THAT(
      Check(candidates_, {"Ana", "Unknown", "", "1900-01-01", "x", "0000", "intern", "2020", ""}),
      ElementsAre(testing::StartsWith("last_name* "), testing::StartsWith("birth_date* ")));
  EXPECT_TRUE(good_);
}

TEST_F(RowValidatorTest, WarnsOfOptionalIdentifiersThatCannotBeRead) {
  EXPECT_THAT(
      Check(candidates_, {"Ana", "Ruiz", "", "1990-01-02", "female?", "12", "intern", "2020", ""}),
      ElementsAre(testing::StartsWith("sex* "), testing::StartsWith("ssn_last4* ")));
  EXPECT_TRUE(good_);
}

TEST_F(RowValidatorTest, AcceptsDeclaredValuesOnly) {
  EXPECT_THAT(Check(candidates_, {"Ana", "Ruiz", "", "1990-01-02", "f", "1234", "Intern", "", ""}),
              ElementsAre("pathway: not one of the values that the agreement declares",
                          "completion_year: empty, and `not observed` is not a declared value"));
  EXPECT_THAT(
      Check(candidates_, {"Ana", "Ruiz", "", "1990-01-02", "f", "1234", " intern ", "2019", ""}),
      ElementsAre());
}

TEST_F(RowValidatorTest, TakesAnEmptyCategoryForNotObservedWhereThatIsDeclared) {
  EXPECT_THAT(Check(hr_, {"Ana", "Ruiz", "1990-01-02", "", "high", " "}), ElementsAre());
  EXPECT_THAT(categories_, ElementsAre(2, 2));
}

TEST_F(RowValidatorTest, ChecksMeasures) {
  const auto with = [&](std::string_view hours) {
    return Check(candidates_,
                 {"Ana", "Ruiz", "", "1990-01-02", "f", "1234", "intern", "2019", hours});
  };
  for (const char* good : {"", " ", "0", "2000", "12.5", "+3", "1e3", " 7 "}) {
    EXPECT_THAT(with(good), ElementsAre()) << good;
  }
  for (const char* bad : {"twelve", "1,000", "inf", "nan", "0x10", "1 2", "--1", "1e999"}) {
    EXPECT_THAT(with(bad), ElementsAre("clinical_hours: not a number")) << bad;
  }
  for (const char* outside : {"-0.5", "2000.01"}) {
    EXPECT_THAT(with(outside),
                ElementsAre("clinical_hours: outside the range that the agreement declares"));
  }
}

TEST_F(RowValidatorTest, KeepsWhatIsStoredOfAMeasure) {
  agreements::Dataset dataset = candidates_;
  agreements::Measure& salary = dataset.measures.front();
  salary.min = 30'000;
  salary.max = 250'000;
  salary.scale = 0.01;
  agreements::Measure& score = dataset.measures.emplace_back();
  score.min = -1;
  score.max = 4;
  score.scale = 100;
  const auto with = [&](std::string_view first, std::string_view second) {
    Check(dataset, {"Ana", "Ruiz", "", "1990-01-02", "f", "1234", "intern", "2019", first, second});
    return measures_;
  };
  EXPECT_THAT(with("30000", "-1"), ElementsAre(0, 0));  // a value of 0 is not a missing one
  EXPECT_THAT(with("250000", "4"), ElementsAre(2200, 500));
  EXPECT_THAT(with("30049.99", "-0.9951"), ElementsAre(0, 0));  // rounded to the nearest
  EXPECT_THAT(with("30050", "0.125"), ElementsAre(1, 113));     // halves up
  EXPECT_THAT(with("", " "), ElementsAre(-1, -1));
  EXPECT_TRUE(good_);
  EXPECT_THAT(with("29999", "4.001"), ElementsAre(-1, -1));  // an error, no value
  EXPECT_FALSE(good_);
  EXPECT_THAT(with("n/a", "3"), ElementsAre(-1, 400));
}

TEST_F(RowValidatorTest, ForgetsTheMeasureOfTheRecordBefore) {
  RowValidator validator(candidates_);
  const auto check = [&](std::string_view hours) {
    const std::vector<std::string_view> values = {"Ana",  "Ruiz",   "",     "1990-01-02", "f",
                                                  "1234", "intern", "2019", hours};
    const std::vector<CsvFieldView> fields(values.begin(), values.end());
    Findings findings;
    validator.Check(1, fields, &findings);
    return PlaintextProbe::Read(validator.measures()[0]).observed;
  };
  EXPECT_TRUE(check("600"));
  EXPECT_FALSE(check(""));
  EXPECT_TRUE(check("600"));
  EXPECT_FALSE(check("much"));
}

TEST_F(RowValidatorTest, ReadsTheIdentifiersNormalForms) {
  RowValidator validator(hr_);
  const std::vector<std::string_view> values = {"José",        "O'Brien", "01/02/1990",
                                                "123-45-6788", "high",    "yes"};
  const std::vector<CsvFieldView> fields(values.begin(), values.end());
  Findings findings;
  ASSERT_TRUE(validator.Check(2, fields, &findings));
  const NormalisedRow& row = PlaintextProbe::Read(validator.normalised());
  EXPECT_EQ(row.given_name.text, "jose");
  EXPECT_EQ(row.family_name.text, "obrien");
  EXPECT_EQ(row.birth_date, "1990-01-02");
  EXPECT_EQ(row.ssn_last4, "6788");
}

}  // namespace
}  // namespace tallystick::agents
