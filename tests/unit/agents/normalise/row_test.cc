#include "agents/normalise/row.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/unit/agents/plaintext_probe.h"

namespace tallystick::agents {
namespace {

using Kind = agreements::IdentifierKind;
using Words = std::vector<std::string>;

class Rows {
 public:
  explicit Rows(std::vector<Kind> kinds) : outcomes(kinds.size()), normaliser_(std::move(kinds)) {}

  const NormalisedRow& operator()(std::vector<std::string_view> values) {
    std::vector<Plaintext<std::string_view>> fields;
    for (const std::string_view value : values) fields.emplace_back(value);
    return PlaintextProbe::Read(normaliser_.Normalise(fields, outcomes));
  }

  std::vector<FieldOutcome> outcomes;

 private:
  RowNormaliser normaliser_;
};

Words Listed(const Variants& variants) {
  Words words;
  for (std::size_t i = 0; i < variants.size(); ++i) words.emplace_back(variants[i]);
  return words;
}

TEST(RowNormaliser, NormalisesEveryKind) {
  Rows rows({Kind::kGivenName, Kind::kFamilyName, Kind::kMiddleName, Kind::kPreferredGivenName,
             Kind::kBirthDate, Kind::kSex, Kind::kSsn, Kind::kZip, Kind::kEmail, Kind::kPhone,
             Kind::kEducatorId, Kind::kOther});
  const NormalisedRow& row =
      rows({"Ana", "García", "V.", "Annie", "01/02/1990", "F", "212-09-8765", "90210", "A@B.c",
            "1 818 555 0123", "0012345678", "12 Main St. #4"});
  EXPECT_EQ(row.given_name.text, "ana");
  EXPECT_EQ(row.family_name.text, "garcia");
  EXPECT_EQ(row.middle_name.text, "");  // "v" is a suffix
  EXPECT_EQ(row.preferred_given_name.text, "annie");
  EXPECT_EQ(row.birth_date, "1990-01-02");
  EXPECT_EQ(row.sex, "f");
  EXPECT_EQ(row.ssn, "212098765");
  EXPECT_EQ(row.ssn_last4, "8765");
  EXPECT_EQ(row.zip, "90210");
  EXPECT_EQ(row.email, "a@b.c");
  EXPECT_EQ(row.phone, "8185550123");
  EXPECT_EQ(row.educator_id, "0012345678");
  EXPECT_EQ(row.other, "12mainst4");
}

TEST(RowNormaliser, SaysWhatBecameOfEachField) {
  Rows rows({Kind::kGivenName, Kind::kFamilyName, Kind::kBirthDate, Kind::kSsn});
  rows({"Ana", "", "31/12/1990", "123-45-6789"});
  EXPECT_EQ(rows.outcomes[0].state, FieldState::kValue);
  EXPECT_EQ(rows.outcomes[1].state, FieldState::kEmpty);
  EXPECT_EQ(rows.outcomes[2].state, FieldState::kUnreadable);
  EXPECT_EQ(rows.outcomes[2].rule.view(), "a date that is not in the calendar");
  EXPECT_EQ(rows.outcomes[3].state, FieldState::kNull);
}

TEST(RowNormaliser, KeepsNothingOfTheRowBefore) {
  Rows rows({Kind::kGivenName, Kind::kFamilyName, Kind::kPreviousFamilyName, Kind::kSsn});
  rows({"Mary Ann", "García-López", "O'Brien", "212098765"});
  const NormalisedRow& row = rows({"", "", "", ""});
  EXPECT_EQ(Listed(row.GivenNameVariants()), Words{});
  EXPECT_EQ(Listed(row.FamilyNameVariants()), Words{});
  EXPECT_EQ(row.ssn_last4, "");
}

TEST(RowNormaliser, TakesTheLastFourFromTheSsnFirst) {
  Rows rows({Kind::kSsnLast4, Kind::kSsn});
  EXPECT_EQ(rows({"1111", "212-09-8765"}).ssn_last4, "8765");
  EXPECT_EQ(rows({"1111", "123-45-6789"}).ssn_last4, "1111");
  EXPECT_EQ(rows({"0000", ""}).ssn_last4, "");
}

TEST(RowNormaliser, TakesTheFirstValueOfAKindThatOccursTwice) {
  Rows rows({Kind::kZip, Kind::kZip, Kind::kGivenName, Kind::kGivenName});
  const NormalisedRow& row = rows({"90001", "90002", "", "Ana"});
  EXPECT_EQ(row.zip, "90001");
  EXPECT_EQ(row.given_name.text, "ana");
}

TEST(NormalisedRow, ListsGivenNamesBeforeFirstWords) {
  Rows rows({Kind::kGivenName, Kind::kPreferredGivenName});
  EXPECT_EQ(Listed(rows({"Mary Ann", ""}).GivenNameVariants()), (Words{"maryann", "mary"}));
  EXPECT_EQ(Listed(rows({"Mary Ann", "Annie Lou"}).GivenNameVariants()),
            (Words{"maryann", "annielou", "mary", "annie"}));
  EXPECT_EQ(Listed(rows({"Dr. Ana", "Ana"}).GivenNameVariants()), Words{"ana"});
  EXPECT_EQ(Listed(rows({"Baby Girl Ana", ""}).GivenNameVariants()), Words{"babygirlana"});
  EXPECT_EQ(Listed(rows({"", "Bo"}).GivenNameVariants()), Words{"bo"});
}

TEST(NormalisedRow, ListsTheFamilyNameItsWordsAndPreviousOnes) {
  Rows rows({Kind::kFamilyName, Kind::kPreviousFamilyName});
  EXPECT_EQ(Listed(rows({"García-López", ""}).FamilyNameVariants()),
            (Words{"garcialopez", "garcia", "lopez"}));
  EXPECT_EQ(Listed(rows({"García-López", "O'Brien"}).FamilyNameVariants()),
            (Words{"garcialopez", "garcia", "lopez", "obrien"}));
  EXPECT_EQ(Listed(rows({"de la Cruz", "Ruiz Soto"}).FamilyNameVariants()),
            (Words{"delacruz", "cruz", "ruizsoto", "ruiz"}));
  EXPECT_EQ(Listed(rows({"Lopez", "lópez"}).FamilyNameVariants()), Words{"lopez"});
  EXPECT_EQ(Listed(rows({"Unknown", "Lopez"}).FamilyNameVariants()), Words{"lopez"});
}

TEST(NormalisedRow, CountsThreePreviousFamilyNames) {
  Rows rows({Kind::kFamilyName, Kind::kPreviousFamilyName, Kind::kPreviousFamilyName,
             Kind::kPreviousFamilyName, Kind::kPreviousFamilyName});
  EXPECT_EQ(Listed(rows({"Aa", "", "Bb", "Cc", "Dd"}).FamilyNameVariants()),
            (Words{"aa", "bb", "cc", "dd"}));
  EXPECT_EQ(Listed(rows({"", "Bb", "Cc", "Dd", "Ee"}).FamilyNameVariants()),
            (Words{"bb", "cc", "dd"}));
}

TEST(RowNormaliser, NeverCrashesOnRandomBytes) {
  constexpr std::uint32_t kSeed = 3;
  std::mt19937 random(kSeed);
  Rows rows({Kind::kGivenName, Kind::kFamilyName, Kind::kPreviousFamilyName, Kind::kOther});
  const std::string_view pieces[] = {"ana", " ",  "-", "é",  "金", "\xFF",
                                     "jr",  "dr", "'", "𠮷", "de"};
  for (int round = 0; round < 100000; ++round) {
    std::string values[4];
    for (std::string& value : values) {
      for (auto i = random() % 8; i > 0; --i) value += pieces[random() % std::size(pieces)];
      if (random() % 8 == 0) value.push_back(static_cast<char>(random()));
    }
    const NormalisedRow& row = rows({values[0], values[1], values[2], values[3]});
    ASSERT_LE(row.FamilyNameVariants().size(), 4u) << "seed " << kSeed;
    ASSERT_LE(row.GivenNameVariants().size(), 4u) << "seed " << kSeed;
  }
}

}  // namespace
}  // namespace tallystick::agents
