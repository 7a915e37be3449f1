#include "agreements/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "agreements/skeleton.h"
#include "tests/support/agreement_text.h"

namespace tallystick::agreements {
namespace {

using ::testing::HasSubstr;

const Date kToday = ParseDate("2026-06-01").value();

std::vector<std::string> Warnings(std::string_view text, Date today = kToday) {
  std::vector<std::string> lines;
  for (const Diagnostic& one : Lint(Parsed(text), today)) {
    EXPECT_EQ(one.severity, Diagnostic::kWarning);
    lines.push_back(one.ToString("a.toml"));
  }
  return lines;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

TEST(Lint, HasLittleToSayAboutTheGoodAgreement) {
  const auto warnings = Warnings(TestAgreementText());
  // The identifier `sex` of one side serves none of the three chosen match keys.
  ASSERT_EQ(warnings.size(), 1u) << Joined(warnings);
  EXPECT_THAT(warnings[0], HasSubstr("identifier `sex` serves no match key: leave it out"));
}

TEST(Lint, SaysHowManyRowsADeviationHolds) {
  const auto warnings =
      Warnings(Replaced(TestAgreementText(), "clinical_hours:mean", "clinical_hours:sd"));
  ASSERT_EQ(warnings.size(), 2u) << Joined(warnings);
  // 2^40 / 2000²
  EXPECT_THAT(warnings[1], HasSubstr("its standard deviation holds at most 274877 rows"));
}

TEST(Lint, CountsMeasuresAmongTheDimensions) {
  std::string categories;
  std::string dimensions = "dimensions = [";
  for (const std::string name : {"a", "b", "c"}) {
    categories += "  [[dataset.category]]\n  name = \"" + name + "\"\n  values = [\"x\", \"y\"]\n";
    dimensions += "\"candidates." + name + "\", ";
  }
  // Six of them, and whether the hours were observed is a seventh.
  const std::string measure = "  [[dataset.measure]]\n  name = \"clinical_hours\"";
  const std::string three = "\"candidates.pathway\", \"hr.school_level\"";
  const std::string text = Replaced(Replaced(TestAgreementText(), measure, categories + measure),
                                    "dimensions = [" + three, dimensions + three);
  std::vector<Diagnostic> problems;
  EXPECT_FALSE(ParseAgreement(text, &problems).ok());
  std::string said;
  for (const Diagnostic& problem : problems) said += problem.message + "\n";
  EXPECT_THAT(said, HasSubstr("together are more than 6"));
}

TEST(Lint, GivesFileLineAndAdvice) {
  const std::string text = Replaced(TestAgreementText(), "min_cell = 11", "min_cell = 5");
  const auto line =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find("min_cell")),
                 '\n') +
      1;
  EXPECT_THAT(Joined(Warnings(text)),
              HasSubstr("a.toml:" + std::to_string(line) + ":1: warning: `min_cell` below 10"));
}

struct Change {
  const char* name;
  std::string from, to;
  std::string advice;
};

class LintAdvises : public ::testing::TestWithParam<Change> {};

TEST_P(LintAdvises, OnThisChangeOnly) {
  const Change& change = GetParam();
  EXPECT_THAT(Joined(Warnings(Replaced(TestAgreementText(), change.from, change.to))),
              HasSubstr(change.advice));
  EXPECT_THAT(Joined(Warnings(TestAgreementText())), Not(HasSubstr(change.advice)));
}

INSTANTIATE_TEST_SUITE_P(
    Changes, LintAdvises,
    ::testing::Values(
        Change{"MinCellTen", "min_cell = 11", "min_cell = 10", "shows counts of 10"},
        Change{"MinCellLow", "min_cell = 11", "min_cell = 9", "below 10 is below what"},
        Change{"Denominator", "min_denominator = 20", "min_denominator = 15", "is loosened"},
        Change{"Heuristic", "\"optimal\"", "\"heuristic\"", "more cells than `optimal`"},
        Change{"NoDestruction", "destroy_within_days = 30\n", "",
               "requires the period after which data is destroyed"},
        Change{"LongDestruction", "destroy_within_days = 30", "destroy_within_days = 400",
               "more than a year to destroy"},
        Change{"NoSubmissionsUntil", "submissions_until = 2026-12-31\n", "",
               "no `submissions_until`"},
        Change{"SubmissionsAfterTerm", "2026-12-31", "2029-12-31", "after the end of the term"},
        Change{"SubmissionsClosed", "2026-12-31", "2026-03-31", "closed already"},
        Change{"NoReleasesUntil", "releases_until    = 2031-12-31\n", "", "no `releases_until`"},
        Change{"ReleasesShort", "2031-12-31", "2027-12-31", "before the term ends"},
        Change{"ReleasesLong", "2031-12-31", "2051-12-31", "more than ten years"},
        Change{"ManySubmissions", "= 12", "= 365", "make differencing between them easier"},
        Change{"AuditException", "\"ferpa.studies\"", "\"ferpa.audit-evaluation\"",
               "a private university is rarely one"},
        Change{"AuditPurpose", "\"ferpa.studies\"", "\"ferpa.audit-evaluation\"",
               "goes with the purpose audit-evaluation"},
        Change{"StudiesPurpose", "\"improve-instruction\"", "\"other\"",
               "allows three purposes only"},
        Change{"EmploymentRecords", "\"california.education-code\"", "\"ferpa.studies\"",
               "mostly not education records"},
        Change{"NoLegalBasis", "legal_basis = \"california.education-code\"\n", "",
               "dataset `hr` has no `legal_basis`"},
        Change{"NoPopulation", "population = \"all certificated staff\"\n", "", "no `population`"},
        Change{"NoScope",
               "scope     = \"Completers 2015-16 to 2024-25; employment 2015-07-01 to "
               "2026-06-30\"\n",
               "", "no `scope`"},
        Change{"EducatorIdAlone",
               "parts = [\"given-name:first(3)\", \"family-name:variants\", \"birth-date:full\"]",
               "parts = [\"educator-id:full\"]", "is the educator id alone"},
        Change{"SinglePart",
               "parts = [\"given-name:first(3)\", \"family-name:variants\", \"birth-date:full\"]",
               "parts = [\"family-name:full\"]", "has a single part"},
        Change{"KeyNotServed", "given-name:first(3)", "zip:zip5",
               "dataset `candidates` cannot serve match key `first3-last-dob`"},
        Change{"NothingLinks",
               "[\"ssn4-dob-last\", \"first-last-dob\", \"first3-last-dob\"]\n"
               "  [[linkage.match_key]]\n  name  = \"first3-last-dob\"\n"
               "  parts = [\"given-name:first(3)\", \"family-name:variants\", "
               "\"birth-date:full\"]",
               "[\"last-dob-zip5\"]", "nobody can be linked"},
        Change{"NoPadding", "[linkage]", "[linkage]\npadding = \"none\"", "without padding"},
        Change{"Expired", "expires   = 2028-01-14\nreview    = 2027-01-15", "expires = 2026-05-31",
               "the agreement has expired"},
        Change{"LongTerm", "2028-01-14", "2036-01-14", "more than five years"},
        Change{"NoReview", "review    = 2027-01-15\n", "", "no `review` date"},
        Change{"ReviewPassed", "2027-01-15", "2026-05-15", "review date has passed"},
        Change{"SensitiveDimension", "name = \"retained_3y\"",
               "name = \"retained_3y\"\n  sensitive = true", "is marked sensitive"},
        Change{"FourDimensions", "\"hr.school_level\", ",
               "\"hr.school_level\", \"candidates.completion_year\", ", "up to three dimensions"},
        Change{"NobodyAsks", "[\"csun\", \"pgarcia\"]", "[\"csun\"]", "nobody may ask for it"},
        Change{"NoBreachNotice", "breach_notice_hours = 24\n", "", "how soon a breach"},
        Change{"SlowBreachNotice", "breach_notice_hours = 24", "breach_notice_hours = 96",
               "more than 72 hours"},
        Change{"Reidentification", "reidentification = \"prohibited\"\n", "",
               "`reidentification` is not"},
        Change{"Redisclosure", "redisclosure = \"prohibited\"", "redisclosure = \"permitted\"",
               "`redisclosure` is not"},
        Change{"NoValidity", "valid_to   = 2027-01-31\n", "", "has no validity"},
        Change{"PersonExpired", "2027-01-31", "2026-05-31", "may ask no longer"},
        Change{"PersonBeyondTerm", "2027-01-31", "2029-01-31", "beyond the end of the term"},
        Change{"NoIrb", "irb = \"IRB-FY26-0117\"\n", "", "has no `irb`"},
        Change{"Blank", "\"IRB-FY26-0117\"", "\"FILL IN\"", "still to be filled in"}),
    [](const ::testing::TestParamInfo<Change>& param) { return param.param.name; });

TEST(Lint, MindsKeysOfPersons) {
  const std::string text = TestAgreementText();
  const auto persons = text.find("[[person]]");
  const auto without = [&](std::string_view key) {
    std::string changed = text;
    const auto at = changed.find(key, persons);
    return changed.erase(at, changed.find('\n', at) - at);
  };
  EXPECT_THAT(Joined(Warnings(without("signing_key"))), HasSubstr("cannot sign a request"));
  EXPECT_THAT(Joined(Warnings(without("sealing_key"))),
              HasSubstr("recipient `pgarcia` has no `sealing_key`"));

  Agreement agreement = TestAgreement();
  agreement.persons[0].signing_key = agreement.parties[0].signing_key;
  std::string all;
  for (const Diagnostic& one : Lint(agreement, kToday)) all += one.message + "\n";
  EXPECT_THAT(all, HasSubstr("the approver would be the requester"));
  agreement.persons[0].signing_key = agreement.matcher.signing_key;
  all.clear();
  for (const Diagnostic& one : Lint(agreement, kToday)) all += one.message + "\n";
  EXPECT_THAT(all, HasSubstr("the matcher could ask by itself"));
}

TEST(Lint, MindsWhatIsLeftOut) {
  std::string text = TestAgreementText();
  for (const auto& [from, to] :
       {std::pair("[disclosure]", "[retention]"), std::pair("[governance]", "[[person]]")}) {
    const auto begin = text.find(from);
    text.erase(begin, text.find(to, begin) - begin);
  }
  text = Replaced(text.substr(0, text.find("[[person]]")), "[\"csun\", \"lausd\", \"pgarcia\"]",
                  "[\"csun\", \"lausd\"]");
  text = Replaced(text, "[\"csun\", \"pgarcia\"]", "[\"csun\"]");
  const std::string all = Joined(Warnings(text));
  EXPECT_THAT(all, HasSubstr("no [disclosure]: the defaults apply"));
  EXPECT_THAT(all, HasSubstr("no [governance]"));
  EXPECT_THAT(all, HasSubstr("no [[person]]"));
}

TEST(Lint, MindsLargeTables) {
  std::string values;
  for (int i = 0; i < 3'000; ++i) values += "\"v" + std::to_string(i) + "\", ";
  EXPECT_THAT(Joined(Warnings(Replaced(TestAgreementText(), "\"traditional\", ",
                                       "\"traditional\", " + values))),
              HasSubstr("more than 20,000 cells"));
}

Skeleton TwoParties() {
  const auto member = [](std::string_view id, std::string name) {
    const TestMember keys = MakeTestMember(id);
    return SkeletonMember{std::string(id), std::move(name),
                          Bytes(keys.signing_key.verify_key().view()),
                          Bytes(keys.sealing_key.public_key().view())};
  };
  Skeleton skeleton;
  skeleton.matcher = member("unite-la", "UNITE-LA");
  skeleton.matcher_url = "https://127.0.0.1:8443";
  skeleton.parties = {member("csun", "California State University, \"Northridge\""),
                      member("lausd", "Los Angeles\nUnified\\ ")};
  const TestMember person = MakeTestMember("pgarcia");
  const TestMember officer = MakeTestMember("officer");
  skeleton.persons = {{"pgarcia", "researcher", Bytes(person.signing_key.verify_key().view()),
                       Bytes(person.sealing_key.public_key().view())},
                      {"officer", "compliance", Bytes(officer.signing_key.verify_key().view()),
                       Bytes(officer.sealing_key.public_key().view())}};
  skeleton.today = ParseDate("2024-02-29").value();
  return skeleton;
}

TEST(Skeleton, ParsesAsItIs) {
  const Agreement agreement = Parsed(SkeletonText(TwoParties()));
  EXPECT_EQ(agreement.id, "csun-lausd-2024");
  EXPECT_EQ(agreement.matcher.url, "https://127.0.0.1:8443");
  EXPECT_EQ(agreement.FindParty("csun")->name, "California State University, \"Northridge\"");
  EXPECT_EQ(agreement.FindParty("lausd")->name, "Los Angeles Unified\\");
  EXPECT_EQ(agreement.FindParty("lausd")->signing_key,
            MakeTestMember("lausd").signing_key.verify_key().view());
  EXPECT_EQ(FormatDate(agreement.term.expires), "2026-02-28");
  EXPECT_EQ(agreement.outputs[0].left, "csun-records");
  EXPECT_EQ(agreement.outputs[0].right, "lausd-records");
  EXPECT_THAT(agreement.outputs[0].recipients, ::testing::ElementsAre("csun", "lausd", "pgarcia"));
  EXPECT_EQ(agreement.FindPerson("officer")->role, "compliance");
  EXPECT_FALSE(LadderFor(agreement, agreement.datasets[0], agreement.datasets[1]).empty());
}

TEST(Skeleton, LeavesToLintWhatPeopleMustFillIn) {
  const std::string text = SkeletonText(TwoParties());
  std::size_t blanks = 0;
  for (const Diagnostic& one : Lint(Parsed(text), ParseDate("2024-02-29").value())) {
    blanks += one.message == "still to be filled in" ? 1 : 0;
  }
  EXPECT_EQ(blanks, 14u);
}

TEST(Skeleton, TakesManyPartiesAndNoPersons) {
  Skeleton skeleton = TwoParties();
  skeleton.persons.clear();
  for (const char* id : {"university-with-a-very-long-name", "ucla"}) {
    const TestMember keys = MakeTestMember(id);
    skeleton.parties.push_back({id, "", Bytes(keys.signing_key.verify_key().view()),
                                Bytes(keys.sealing_key.public_key().view())});
  }
  const Agreement agreement = Parsed(SkeletonText(skeleton));
  EXPECT_EQ(agreement.parties.size(), 4u);
  EXPECT_EQ(agreement.id.size(), 32u);
  EXPECT_EQ(agreement.FindParty("ucla")->name, "ucla");
  EXPECT_TRUE(agreement.persons.empty());
}

}  // namespace
}  // namespace tallystick::agreements
