// The columns of measures that a submission has, opened as only both parties together could.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "agents/encode/category_encoder.h"
#include "matcher/registry/submissions.h"
#include "tests/support/agreement_text.h"
#include "tests/unit/agents/submit/submission_case.h"

namespace tallystick::agents {
namespace {

using agreements::Parsed;
using agreements::Replaced;
using agreements::TestAgreement;
using agreements::TestAgreementText;
using ::testing::ElementsAre;

constexpr std::string_view kHeader =
    "first_name,last_name,previous_last_name,birth_date,sex,ssn_last4,pathway,completion_year,"
    "clinical_hours\n";

// A person of a number of their own, who is in the pathway and has the hours.
std::string Person(int number, std::string_view pathway, std::string_view hours) {
  return "Person" + std::to_string(number) + ",Name" + std::to_string(number) + ",,1990-01-02,f,," +
         std::string(pathway) + ",2019," + std::string(hours) + "\n";
}

agreements::Agreement WithSd() {
  return Parsed(Replaced(TestAgreementText(), "[\"candidates.clinical_hours:mean\"]",
                         "[\"candidates.clinical_hours:sd\"]"));
}

std::vector<std::size_t> AllRows(std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

const v1::ColumnDescription& Described(const v1::Manifest& manifest,
                                       v1::ColumnDescription::Kind kind) {
  const auto found =
      std::find_if(manifest.columns().begin(), manifest.columns().end(),
                   [&](const v1::ColumnDescription& column) { return column.kind() == kind; });
  TS_CHECK(found != manifest.columns().end());
  return *found;
}

// Each person's hours are a power of two: a sum tells exactly who is in it.
TEST(MeasureColumns, SumsOfGroupsAreThoseOfTheFile) {
  std::string file(kHeader);
  std::map<std::string, std::uint64_t> expected;
  for (int i = 0; i <= 10; ++i) {
    const std::string pathway = i % 3 == 0 ? "intern" : "residency";
    file += Person(i, pathway, std::to_string(1 << i));
    expected[pathway] += 1u << i;
  }
  file += Person(11, "intern", "") + Person(12, "residency", " ");
  SubmissionCase one(WithSd());
  const auto built = one.Build(file);
  ASSERT_TRUE(built.ok()) << built.error().ToString() << one.findings().ToText();
  EXPECT_EQ(one.findings().warning_count(), 0u);  // that a value is missing is no problem
  const auto columns = one.Open(*built);
  const auto labels =
      OrdinalLabels(one.code_key(), "candidates", *one.dataset().FindCategory("pathway")).value();
  const auto codes = ObservationCodesOf(one.code_key(), "candidates", "clinical_hours").value();
  const OpenedColumn& observed = columns.at("clinical_hours:observed");
  ASSERT_EQ(observed.categories.size(), 13u);
  std::map<std::string, std::vector<std::size_t>> groups;
  std::map<std::string, std::vector<std::size_t>> missing;
  for (std::size_t row = 0; row < 13; ++row) {
    const bool has_it = observed.categories[row] == codes.observed;
    EXPECT_EQ(built->observed[0][row], has_it);
    (has_it ? groups : missing)[labels[columns.at("pathway").categories[row]]].push_back(row);
  }
  EXPECT_EQ(missing["intern"].size(), 1u);
  EXPECT_EQ(missing["residency"].size(), 1u);
  for (const auto& [pathway, sum] : expected) {
    const auto& rows = groups[pathway];
    const auto& hours = columns.at("clinical_hours");
    EXPECT_EQ(one.Decrypt(SubmissionCase::Sum(hours, rows), rows.size()), sum) << pathway;
    std::uint64_t squares = 0;
    for (const std::size_t row : rows) {
      const std::uint64_t value = one.Decrypt(hours.ciphertexts[row], 1);
      const auto& square = columns.at("clinical_hours:square").ciphertexts[row];
      EXPECT_EQ(one.Decrypt(square, 1), value * value);
      squares += value * value;
    }
    EXPECT_EQ(
        one.Decrypt(SubmissionCase::Sum(columns.at("clinical_hours:square"), rows), rows.size()),
        squares)
        << pathway;
  }
  // A row without a value adds nothing.
  EXPECT_EQ(one.Decrypt(columns.at("clinical_hours").ciphertexts[missing["intern"][0]], 1), 0u);
}

TEST(MeasureColumns, AreInTheManifestThatTheMatcherAccepts) {
  SubmissionCase with_sd(WithSd());
  const auto built = with_sd.Build(std::string(kHeader) + Person(1, "intern", "7"));
  ASSERT_TRUE(built.ok()) << built.error().ToString();
  EXPECT_TRUE(matcher::CheckManifest(built->manifest, with_sd.agreement()).ok());
  EXPECT_FALSE(matcher::CheckManifest(built->manifest, TestAgreement()).ok());  // no squares there
  std::vector<int> kinds;
  for (const auto& column : built->manifest.columns()) kinds.push_back(column.kind());
  EXPECT_THAT(kinds, ElementsAre(1, 1, 1, 2, 2, 4, 5, 6, 3));
  const auto& observed = Described(built->manifest, v1::ColumnDescription::KIND_OBSERVED);
  EXPECT_EQ(observed.name(), "clinical_hours");
  ASSERT_EQ(observed.codes_size(), 2);
  EXPECT_LT(observed.codes(0), observed.codes(1));
  EXPECT_EQ(std::count(observed.codes().begin(), observed.codes().end(),
                       ObservedCode(with_sd.code_key(), "candidates", "clinical_hours")),
            1);
}

TEST(MeasureColumns, HaveNoSquaresWhereNoOutputPublishesAStandardDeviation) {
  SubmissionCase one(TestAgreement());
  const auto built = one.Build(std::string(kHeader) + Person(1, "intern", "7"));
  ASSERT_TRUE(built.ok()) << built.error().ToString();
  EXPECT_TRUE(matcher::CheckManifest(built->manifest, one.agreement()).ok());
  const auto columns = one.Open(*built);
  EXPECT_FALSE(columns.contains("clinical_hours:square"));
  EXPECT_EQ(one.Decrypt(columns.at("clinical_hours").ciphertexts[0], 1), 7u);
}

TEST(MeasureColumns, EqualValuesHaveDifferentCiphertexts) {
  std::string file(kHeader);
  constexpr std::size_t kRows = 200;
  for (std::size_t i = 0; i < kRows; ++i) {
    file += Person(static_cast<int>(i), "intern", i % 2 == 0 ? "600" : "");
  }
  SubmissionCase one(TestAgreement());
  std::set<Bytes> halves;
  for (int again = 0; again < 2; ++again) {
    const auto built = one.Build(file);
    ASSERT_TRUE(built.ok()) << built.error().ToString();
    for (const auto& ciphertext : one.Open(*built).at("clinical_hours").ciphertexts) {
      halves.insert(ciphertext.c1().bytes());
      halves.insert(ciphertext.c2().bytes());
    }
  }
  EXPECT_EQ(halves.size(), 2 * 2 * kRows);
}

TEST(MeasureColumns, AreCutIntoChunksThatThreadsShare) {
  std::string file(kHeader);
  constexpr std::size_t kRows = kMaxCiphertextsPerChunk + 500;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kRows; ++i) {
    file += Person(static_cast<int>(i), "intern", std::to_string(i % 2001));
    sum += i % 2001;
  }
  SubmissionCase one(TestAgreement());
  BuildOptions options;
  options.threads = 3;
  const auto built = one.Build(file, options);
  ASSERT_TRUE(built.ok()) << built.error().ToString();
  EXPECT_TRUE(matcher::CheckManifest(built->manifest, one.agreement()).ok());
  const auto& described = Described(built->manifest, v1::ColumnDescription::KIND_MEASURE);
  EXPECT_EQ(described.chunk_count(), 2u);
  const auto columns = one.Open(*built);
  ASSERT_EQ(columns.at("clinical_hours").ciphertexts.size(), kRows);
  EXPECT_EQ(one.Decrypt(SubmissionCase::Sum(columns.at("clinical_hours"), AllRows(kRows)), kRows),
            sum);
}

TEST(MeasureColumns, AreRefusedOfMoreRowsThanASumCanBeFoundOf) {
  // 2^20 squared fits 2^40 not even once.
  SubmissionCase one(
      Parsed(Replaced(Replaced(TestAgreementText(), "[\"candidates.clinical_hours:mean\"]",
                               "[\"candidates.clinical_hours:sd\"]"),
                      "  max = 2000\n  scale = 1", "  max = 1000\n  scale = 700")));
  const auto fits =
      one.Build(std::string(kHeader) + Person(1, "intern", "1000") + Person(2, "intern", ""));
  ASSERT_TRUE(fits.ok()) << fits.error().ToString();
  const std::string three = std::string(kHeader) + Person(1, "intern", "1") +
                            Person(2, "intern", "") + Person(3, "intern", "");
  for (const auto& error : {one.Build(three).error(), one.Validate(three).error()}) {
    EXPECT_EQ(error.code(), Code::kPermissionDenied);
    EXPECT_EQ(error.id(), "measure.rows");
    ASSERT_TRUE(error.refusal().has_value());
    EXPECT_EQ(error.refusal()->rule.view(), "AGR-MEASURE-ROWS");
    ASSERT_TRUE(error.refusal()->clause.has_value());
    EXPECT_EQ(error.refusal()->clause->line,
              one.agreement().FindMeasure({"candidates", "clinical_hours"})->line);
    EXPECT_FALSE(error.refusal()->would_pass.view().empty());
  }
  EXPECT_FALSE(std::filesystem::exists(one.spool() / "chunks" / "9"));
}

}  // namespace
}  // namespace tallystick::agents
