#include "agreements/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "crypto/base64.h"
#include "tests/support/agreement_text.h"

namespace tallystick::agreements {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Names(const std::vector<MatchKey>& ladder) {
  std::vector<std::string> names;
  for (const MatchKey& match_key : ladder) names.push_back(match_key.name);
  return names;
}

// The line on which `text` first stands in the test agreement.
int LineOf(std::string_view text) {
  const std::string whole = TestAgreementText();
  const auto at = whole.find(text);
  EXPECT_NE(at, std::string::npos) << text;
  return static_cast<int>(
      std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1);
}

TEST(ParseAgreement, ReadsEverySection) {
  const Agreement agreement = TestAgreement();
  EXPECT_EQ(agreement.id, "csun-lausd-2026");
  EXPECT_EQ(agreement.version, 1);
  EXPECT_FALSE(agreement.replaces.has_value());
  EXPECT_EQ(agreement.digest, crypto::Sha256(agreement.text));
  EXPECT_EQ(agreement.text, TestAgreementText());
  EXPECT_EQ(agreement.matcher.id, "unite-la");
  EXPECT_EQ(agreement.matcher.url, "https://match.example.org");
  EXPECT_EQ(agreement.matcher.signing_key,
            MakeTestMember("unite-la").signing_key.verify_key().view());
  EXPECT_EQ(agreement.purpose.code, "improve-instruction");
  EXPECT_EQ(FormatDate(agreement.term.effective), "2026-01-15");
  EXPECT_EQ(FormatDate(agreement.term.expires), "2028-01-14");
  EXPECT_EQ(FormatDate(*agreement.term.review), "2027-01-15");

  ASSERT_EQ(agreement.parties.size(), 2u);
  EXPECT_EQ(agreement.FindParty("lausd")->sealing_key,
            MakeTestMember("lausd").sealing_key.public_key().view());
  EXPECT_EQ(agreement.FindParty("nobody"), nullptr);

  const Dataset* candidates = agreement.FindDataset("candidates");
  ASSERT_NE(candidates, nullptr);
  EXPECT_EQ(candidates->party, "csun");
  EXPECT_EQ(candidates->legal_basis, "ferpa.studies");
  ASSERT_EQ(candidates->identifiers.size(), 6u);
  EXPECT_EQ(candidates->identifiers[0].kind, IdentifierKind::kGivenName);
  EXPECT_EQ(candidates->identifiers[0].ceds, "000115");
  EXPECT_TRUE(candidates->identifiers[0].required);
  EXPECT_FALSE(candidates->identifiers[5].required);
  EXPECT_THAT(candidates->FindCategory("pathway")->values,
              ElementsAre("traditional", "intern", "residency"));
  EXPECT_EQ(candidates->FindMeasure("clinical_hours")->max, 2000);

  const Output* output = agreement.FindOutput("retention_by_pathway");
  ASSERT_NE(output, nullptr);
  EXPECT_EQ(output->left, "candidates");
  EXPECT_EQ(output->right, "hr");
  EXPECT_THAT(output->dimensions,
              ElementsAre(ElementRef{"candidates", "pathway"}, ElementRef{"hr", "school_level"},
                          ElementRef{"hr", "retained_3y"}));
  EXPECT_EQ(output->measures[0].stat, MeasureStat::kMean);
  EXPECT_THAT(output->recipients, ElementsAre("csun", "lausd", "pgarcia"));
  EXPECT_EQ(agreement.FindOutput("hired_by_pathway")->cohort, Cohort::kLeft);

  EXPECT_EQ(agreement.disclosure.min_cell, 11);
  EXPECT_TRUE(agreement.disclosure.optimal);
  EXPECT_EQ(agreement.retention.max_submissions, 12);
  EXPECT_FALSE(agreement.governance.manual_approval);
  EXPECT_EQ(agreement.governance.breach_notice_hours, 24);
  const Person* person = agreement.FindPerson("pgarcia");
  ASSERT_NE(person, nullptr);
  EXPECT_EQ(person->irb, "IRB-FY26-0117");
  EXPECT_EQ(FormatDate(*person->valid_to), "2027-01-31");
  EXPECT_EQ(agreement.SealingKeyOf("pgarcia"), person->sealing_key);
  EXPECT_EQ(agreement.SealingKeyOf("csun"), agreement.FindParty("csun")->sealing_key);
  EXPECT_EQ(agreement.SealingKeyOf("nobody"), "");
}

TEST(ParseAgreement, RemembersWhereElementsStand) {
  const Agreement agreement = TestAgreement();
  EXPECT_EQ(agreement.term.line_of("expires"), LineOf("expires"));
  EXPECT_EQ(agreement.disclosure.line, LineOf("[disclosure]"));
  EXPECT_EQ(agreement.disclosure.line_of("min_cell"), LineOf("min_cell = 11"));
  EXPECT_EQ(agreement.disclosure.line_of("not-there"), LineOf("[disclosure]"));
  EXPECT_EQ(agreement.persons[0].line_of("valid_to"), LineOf("valid_to"));
  EXPECT_EQ(agreement.outputs[1].line, LineOf("id = \"hired_by_pathway\"") - 1);
  EXPECT_EQ(agreement.outputs[0].line_of("filters"), LineOf("filters    ="));
  EXPECT_EQ(agreement.datasets[1].identifiers[3].line, LineOf("name = \"ssn\"\n") - 1);
  EXPECT_EQ(agreement.datasets[0].categories[0].line, LineOf("name = \"pathway\"") - 1);
  EXPECT_EQ(agreement.linkage.ladder[2].line, LineOf("[[linkage.match_key]]"));
  EXPECT_EQ(agreement.linkage.ladder[0].line, LineOf("match_keys"));
  EXPECT_EQ(ClauseFor(agreement, 108).ToString(), "agreement csun-lausd-2026 line 108");
}

TEST(ParseAgreement, EveryChangedByteIsAnotherAgreement) {
  const std::string text = TestAgreementText();
  const crypto::Digest digest = TestAgreement().digest;
  EXPECT_NE(Parsed(text + "\n").digest, digest);
  EXPECT_NE(Parsed(text + "# a remark\n").digest, digest);
  EXPECT_NE(Parsed(Replaced(text, "min_cell = 11", "min_cell = 10")).digest, digest);
}

TEST(ParseAgreement, OrderAndCommentsAreFree) {
  std::string text = TestAgreementText();
  const auto at = text.find("[[person]]");
  const std::string person = text.substr(at);
  text = text.substr(0, at);
  const Agreement agreement =
      Parsed(Replaced(text, "[matcher]", person + "\n# who matches\n[matcher]"));
  EXPECT_NE(agreement.FindPerson("pgarcia"), nullptr);
  EXPECT_EQ(agreement.outputs.size(), 2u);
}

TEST(ParseAgreement, LeavesOutWhatHasADefault) {
  std::string text = TestAgreementText();
  for (const auto& [from, to] :
       {std::pair("[linkage]", "[[output]]"), std::pair("[disclosure]", "[[person]]")}) {
    const auto begin = text.find(from);
    text.erase(begin, text.find(to, begin) - begin);
  }
  const Agreement agreement = Parsed(text);
  EXPECT_EQ(agreement.linkage.ladder.size(), DefaultLadder().size());
  EXPECT_TRUE(agreement.linkage.padding);
  EXPECT_EQ(agreement.disclosure.min_cell, 11);
  EXPECT_EQ(agreement.disclosure.min_denominator, 20);
  EXPECT_EQ(agreement.disclosure.line, 0);
  EXPECT_EQ(agreement.retention.max_submissions, 12);
  EXPECT_FALSE(agreement.retention.submissions_until.has_value());
}

TEST(ParseAgreement, RaisesTheDefaultDenominatorToTheMinimumCell) {
  const std::string text = Replaced(TestAgreementText(), "min_denominator = 20\n", "");
  EXPECT_EQ(Parsed(text).disclosure.min_denominator, 20);
  EXPECT_EQ(Parsed(Replaced(text, "min_cell = 11", "min_cell = 30")).disclosure.min_denominator,
            30);
}

TEST(ParseAgreement, KeepsAVersionsPredecessor) {
  const std::string digest(64, 'a');
  const Agreement agreement = Parsed(Replaced(TestAgreementText(), "version = 1",
                                              "version = 2\nreplaces = \"sha256:" + digest + "\""));
  EXPECT_EQ(agreement.version, 2);
  EXPECT_EQ(agreement.replaces->hex(), digest);
}

TEST(LadderOf, HoldsTheKeysADatasetCanServe) {
  const Agreement agreement = TestAgreement();
  const Dataset& candidates = agreement.datasets[0];
  const Dataset& hr = agreement.datasets[1];
  // ssn:last4 is served by ssn-last4 on one side and by ssn on the other.
  EXPECT_THAT(Names(LadderFor(agreement, candidates, hr)),
              ElementsAre("ssn4-dob-last", "first-last-dob", "first3-last-dob"));
}

TEST(LadderOf, LeavesOutWhatADatasetLacks) {
  const std::string text =
      Replaced(TestAgreementText(),
               "match_keys = [\"ssn4-dob-last\", \"first-last-dob\", \"first3-last-dob\"]\n"
               "  [[linkage.match_key]]\n"
               "  name  = \"first3-last-dob\"\n"
               "  parts = [\"given-name:first(3)\", \"family-name:variants\", "
               "\"birth-date:full\"]\n",
               "");
  const Agreement agreement = Parsed(text);
  EXPECT_THAT(Names(LadderOf(agreement, agreement.datasets[0])),
              ElementsAre("ssn4-dob-last", "first-last-dob-sex", "first-last-dob",
                          "nickname-last-dob", "soundex-first-last-dob", "first-dob-ssn4",
                          "first-last-ssn4", "first-last-dob-swapped"));
  EXPECT_THAT(
      Names(LadderFor(agreement, agreement.datasets[0], agreement.datasets[1])),
      ElementsAre("ssn4-dob-last", "first-last-dob", "nickname-last-dob", "soundex-first-last-dob",
                  "first-dob-ssn4", "first-last-ssn4", "first-last-dob-swapped"));
}

TEST(Serves, DoesNotMakeAFullNumberOfItsLastFour) {
  const Agreement agreement = TestAgreement();
  const MatchKey full{"ssn", {{IdentifierKind::kSsn, Transform::kFull, 0}}, 0};
  EXPECT_FALSE(Serves(agreement.datasets[0], full));
  EXPECT_TRUE(Serves(agreement.datasets[1], full));
}

// An agreement of tallystick-lab: two datasets, no keys, no signatures.
constexpr const char* kLabText = R"(schema = "tallystick/agreement/1"
id = "febrl"
version = 1
title = "Febrl 4, linked by the lab"
[[party]]
id = "left"
[[party]]
id = "right"
signing_key = "ignored"
[[dataset]]
id = "a"
party = "left"
[[dataset.identifier]]
name = "given_name"
kind = "given-name"
[[dataset.identifier]]
name = "surname"
kind = "family-name"
[[dataset]]
id = "b"
party = "right"
[[dataset.identifier]]
name = "given_name"
kind = "given-name"
[[dataset.identifier]]
name = "surname"
kind = "family-name"
[linkage]
match_keys = ["first-last"]
[[linkage.match_key]]
name = "first-last"
parts = ["given-name:full", "family-name:full"]
)";

TEST(ParseAgreement, LenientTakesAnAgreementOfTheLab) {
  std::vector<Diagnostic> diagnostics;
  const auto agreement = ParseAgreement(kLabText, &diagnostics, {.lenient = true});
  ASSERT_TRUE(agreement.ok()) << diagnostics.at(0).ToString("lab");
  EXPECT_THAT(Names(LadderFor(*agreement, agreement->datasets[0], agreement->datasets[1])),
              ElementsAre("first-last"));
  EXPECT_FALSE(ParseAgreement(kLabText, nullptr).ok());
}

TEST(ParseAgreement, RefusesTooMuchText) {
  const std::string text = TestAgreementText();
  const auto at_limit =
      ParseAgreement(text + "#" + std::string(kMaxAgreementBytes - text.size() - 1, 'x'), nullptr);
  EXPECT_TRUE(at_limit.ok());
  const auto above =
      ParseAgreement(text + "#" + std::string(kMaxAgreementBytes - text.size(), 'x'), nullptr);
  ASSERT_FALSE(above.ok());
  EXPECT_EQ(above.error().id(), "agreement.too-large");
}

TEST(ParseAgreement, RefusesWhatIsNotUtf8) {
  for (const char* bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    const auto result = ParseAgreement(TestAgreementText() + "# " + bad, nullptr);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().id(), "agreement.not-utf8");
  }
}

TEST(ParseAgreement, ReportsEveryProblemOfAFileInOrder) {
  std::string text = Replaced(TestAgreementText(), "min_cell = 11", "min_cel = 11");
  text = Replaced(text, "kind = \"sex\"", "kind = \"seks\"");
  std::vector<Diagnostic> diagnostics;
  const auto result = ParseAgreement(text, &diagnostics);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().id(), "agreement.invalid");
  ASSERT_EQ(diagnostics.size(), 2u);
  EXPECT_EQ(diagnostics[0].ToString("a.toml"),
            "a.toml:" + std::to_string(LineOf("kind = \"sex\"")) +
                ":3: error: unknown kind `seks`; did you mean `sex`?");
  EXPECT_EQ(diagnostics[1].ToString("a.toml"),
            "a.toml:" + std::to_string(LineOf("min_cell = 11")) +
                ":1: error: unknown key `min_cel` in [disclosure]; did you mean `min_cell`?");
}

TEST(ParseAgreement, KeepsAtMostTwoHundredDiagnostics) {
  std::string text = TestAgreementText();
  text += "[extra]\n";
  std::string front;
  for (int i = 0; i < 5'000; ++i) front += "key" + std::to_string(i) + " = 1\n";
  std::vector<Diagnostic> diagnostics;
  const auto result = ParseAgreement(front + text, &diagnostics);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(diagnostics.size(), kMaxDiagnostics);
}

TEST(ParseAgreement, ReportsSyntaxErrorsWithTheirPlace) {
  std::vector<Diagnostic> diagnostics;
  ASSERT_FALSE(ParseAgreement("schema = \"x\"\nid = = 3\n", &diagnostics).ok());
  ASSERT_EQ(diagnostics.size(), 1u);
  EXPECT_EQ(diagnostics[0].line, 2);
  EXPECT_THAT(diagnostics[0].message, HasSubstr("not TOML"));
  EXPECT_FALSE(ParseAgreement("", nullptr).ok());
  EXPECT_FALSE(ParseAgreement(std::string(100'000, '['), nullptr).ok());
  EXPECT_FALSE(ParseAgreement("a = " + std::string(50'000, '['), nullptr).ok());
}

TEST(ParseAgreement, SurvivesHostileNesting) {
  std::string dots;
  for (int i = 0; i < 60'000; ++i) dots += "a.";
  for (const std::string& text :
       {"[[[" + dots, "[" + dots + "a]", dots + "a = 1", "a = {" + dots + "a = 1}",
        "x = '" + dots + "'\n" + dots + "a = 1", "x = \"\\\"\"\n" + dots + "a = 1",
        "x = '''it's\n'''\n" + dots + "a = 1", std::string(100'000, '{'),
        "a = " + std::string(100'000, '{'), "\"" + dots, "a = '''" + dots}) {
    EXPECT_FALSE(ParseAgreement(text, nullptr).ok());
  }
  for (const char* text :
       {"a = \"\\", "[[", "[a", "[[a]\n", "a", "\xef\xbb\xbf", "a = 1e", "a = 0x", "a = +",
        "a = 1979-", "a = \"\\u", "a.\"b\".", "[ ]", "a = [1,,]", "a = {", "'", "[a.]"}) {
    EXPECT_FALSE(ParseAgreement(text, nullptr).ok()) << text;
  }
}

TEST(ParseAgreement, TakesDotsInStringsAndComments) {
  const std::string dots(100, '.');
  const Agreement agreement =
      Parsed(Replaced(TestAgreementText(), "employment outcomes\"",
                      "it's " + dots + " \\\" " + dots + "\" # " + dots + "'\"" + dots));
  EXPECT_EQ(agreement.title, "Teacher preparation to it's " + dots + " \" " + dots);
}

TEST(ParseAgreement, NeverAbortsOnChangedBytes) {
  std::mt19937 random(20260115);
  const std::string good = TestAgreementText();
  const std::string alphabet = "[]{}\"'=.,#\\\n \t0a-_\x7f\xc3\xe2\x80";
  for (int round = 0; round < 2'000; ++round) {
    std::string text = good;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
          break;
        case 2:
          text.erase(at, 1 + random() % 40);
          break;
        default:
          text.insert(at, good.substr(random() % good.size(), random() % 60));
      }
    }
    std::vector<Diagnostic> diagnostics;
    const auto result = ParseAgreement(text, &diagnostics);
    EXPECT_EQ(result.ok() || result.error().id() == "agreement.not-utf8", diagnostics.empty());
  }
}

// One change to the good agreement, and what must be said about it.
struct BadChange {
  const char* name;
  std::string from, to;
  std::string message;
};

class ParseAgreementRefuses : public ::testing::TestWithParam<BadChange> {};

TEST_P(ParseAgreementRefuses, WithItsLine) {
  const BadChange& change = GetParam();
  std::vector<Diagnostic> diagnostics;
  const auto result =
      ParseAgreement(Replaced(TestAgreementText(), change.from, change.to), &diagnostics);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), Code::kInvalidArgument);
  std::string all;
  for (const Diagnostic& one : diagnostics) {
    all += one.ToString("a.toml") + "\n";
    EXPECT_GT(one.line, 0) << one.message;
    EXPECT_EQ(one.severity, Diagnostic::kError);
  }
  EXPECT_THAT(all, HasSubstr(change.message));
}

std::string KeyLine(std::string_view id, std::string_view key) {
  const TestMember member = MakeTestMember(id);
  const ByteView bytes = key == "signing_key" ? member.signing_key.verify_key().view()
                                              : member.sealing_key.public_key().view();
  return std::string(key) + " = \"" + crypto::Base64(bytes) + "\"";
}

std::string OffCurve() {
  Bytes point(MakeTestMember("csun").sealing_key.public_key().view());
  point[40] = static_cast<char>(point[40] ^ 1);
  return "sealing_key = \"" + crypto::Base64(point) + "\"";
}

INSTANTIATE_TEST_SUITE_P(
    Changes, ParseAgreementRefuses,
    ::testing::Values(
        BadChange{"Schema", "agreement/1", "agreement/2", "must be one of tallystick/agreement/1"},
        BadChange{"Id", "\"csun-lausd-2026\"", "\"CSUN LAUSD\"", "`id` must be 2 to 32 of"},
        BadChange{"IdMissing", "id      = \"csun-lausd-2026\"\n", "", "`id` is missing"},
        BadChange{"Title", "\"Teacher preparation to employment outcomes\"", "\"\"", "is empty"},
        BadChange{"Version", "version = 1", "version = 0", "whole number from 1"},
        BadChange{"VersionText", "version = 1", "version = \"1\"", "whole number from 1"},
        BadChange{"VersionWithoutPredecessor", "version = 1", "version = 2", "names the one it"},
        BadChange{"FirstWithPredecessor", "version = 1",
                  "version = 1\nreplaces = \"sha256:" + std::string(64, '0') + "\"",
                  "replaces nothing"},
        BadChange{"BadPredecessor", "version = 1", "version = 2\nreplaces = \"sha256:12\"",
                  "and 64 hex digits"},
        BadChange{"Url", "https://match", "http://match", "must start with https"},
        BadChange{"UrlUser", "https://match", "https://user@match", "must start with https"},
        BadChange{"MatcherIsParty", "id  = \"unite-la\"", "id = \"csun\"",
                  "the matcher cannot be a party"},
        BadChange{"PurposeCode", "improve-instruction", "improve", "must be one of"},
        BadChange{"DateText", "2028-01-14", "\"2028-01-14\"", "without quotes"},
        BadChange{"DateWithTime", "2028-01-14", "2028-01-14T00:00:00Z", "must be a date"},
        BadChange{"DateNotThere", "2028-01-14", "2027-02-29", ""},
        BadChange{"TermBackwards", "2028-01-14", "2026-01-14", "before `effective`"},
        BadChange{"ReviewOutside", "2027-01-15", "2028-01-15", "outside the term"},
        BadChange{"PartyTwice", "id = \"lausd\"\nname", "id = \"csun\"\nname", "a second party"},
        BadChange{"PartyKeyShort", KeyLine("csun", "signing_key"), "signing_key = \"AAAA\"",
                  "Ed25519 public key, 32 bytes"},
        BadChange{"PartyKeyNotBase64", KeyLine("csun", "signing_key"), "signing_key = \"?\"",
                  "must be base64"},
        BadChange{"PartyKeyMissing", KeyLine("csun", "signing_key"), "",
                  "`signing_key` is missing in [[party]]"},
        BadChange{"PartyKeyOffCurve", KeyLine("csun", "sealing_key"), OffCurve(),
                  "uncompressed P-256 point"},
        BadChange{"PartyKeyShared", KeyLine("lausd", "signing_key"), KeyLine("csun", "signing_key"),
                  "the same signing key as party `csun`"},
        BadChange{"PartyKeyOfMatcher", KeyLine("lausd", "sealing_key"),
                  KeyLine("unite-la", "sealing_key"), "the same sealing key as the matcher"},
        BadChange{"DatasetParty", "party = \"lausd\"", "party = \"lausdd\"",
                  "no party `lausdd`; did you mean `lausd`?"},
        BadChange{"PartyWithoutDataset", "party = \"lausd\"", "party = \"csun\"",
                  "party `lausd` has no dataset"},
        BadChange{"DatasetTwice", "id = \"hr\"", "id = \"candidates\"", "a second dataset"},
        BadChange{"ElementTwice", "name = \"school_level\"", "name = \"ssn\"",
                  "a second element `ssn`"},
        BadChange{"ElementName", "name = \"school_level\"", "name = \"school level\"",
                  "1 to 64 of letters"},
        BadChange{"KindTwice", "kind = \"sex\"", "kind = \"birth-date\"",
                  "a second identifier of kind"},
        BadChange{"ValuesEmpty", "[\"yes\", \"no\", \"not observed\"]", "[]", "is an empty list"},
        BadChange{"ValuesTwice", "[\"yes\", \"no\", \"not observed\"]", "[\"yes\", \"yes\"]",
                  "stands twice"},
        BadChange{"ValuesNumber", "[\"2019\", \"2020\", \"2021\"]", "[2019, 2020]",
                  "must be strings"},
        BadChange{"ValuesReserved", "[\"yes\", \"no\", \"not observed\"]", "[\"yes\", \"ALL\"]",
                  "a meaning of its own"},
        BadChange{"ValuesNotLinked", "[\"yes\", \"no\", \"not observed\"]", "[\"not linked\"]",
                  "a meaning of its own"},
        BadChange{"ValuesControl", "\"residency\"", "\"resi\\u0007dency\"", "control character"},
        BadChange{"ValuesDirection", "\"residency\"", "\"resi\\u202Edency\"", "direction of text"},
        BadChange{"MeasureBackwards", "max = 2000", "max = 0", "must be above `min`"},
        BadChange{"MeasureScale", "scale = 1", "scale = 0", "must be above 0"},
        BadChange{"MeasureRange", "max = 2000", "max = 1048577", "above 1,048,576"},
        BadChange{"MeasureInfinite", "max = 2000", "max = inf", "must be a number"},
        BadChange{"MeasureHuge", "max = 2000", "max = 1e308", "above 1,048,576"},
        BadChange{"ProtocolClk", "\"exact\"", "\"clk\"", "not offered by this version"},
        BadChange{"ProtocolMasked", "\"exact\"", "\"double-masked\"",
                  "not offered by this version"},
        BadChange{"MatchKeyUnknown", "\"first-last-dob\",", "\"first-lst-dob\",",
                  "no match key `first-lst-dob`; did you mean `first-last-dob`?"},
        BadChange{"MatchKeyTwice", "\"first-last-dob\",", "\"ssn4-dob-last\",", "stands twice"},
        BadChange{"MatchKeyUnused", ", \"first3-last-dob\"]", "]", "is never used"},
        BadChange{"MatchKeyPart", "given-name:first(3)", "given-name:first(x)",
                  "a part is kind:transform"},
        BadChange{"MatchKeyOfTheLadder", "name  = \"first3-last-dob\"", "name  = \"last-dob-zip5\"",
                  "of the default ladder"},
        BadChange{"Padding", "[linkage]", "[linkage]\npadding = \"half\"", "must be one of full"},
        BadChange{"OutputTwice", "id = \"hired_by_pathway\"", "id = \"retention_by_pathway\"",
                  "a second output"},
        BadChange{"OutputCohort", "cohort = \"left\"", "cohort = \"lift\"", "did you mean `left`?"},
        BadChange{"DimensionUnknown", "\"hr.school_level\",", "\"hr.scool_level\",",
                  "no category `hr.scool_level`; did you mean `hr.school_level`?"},
        BadChange{"DimensionDataset", "\"hr.school_level\",", "\"hrr.school_level\",",
                  "no dataset `hrr`"},
        BadChange{"DimensionPlain", "\"hr.school_level\",", "\"school_level\",",
                  "must name dataset and element"},
        BadChange{"DimensionIdentifies", "\"hr.school_level\",", "\"hr.last_name\",",
                  "is an identifier"},
        BadChange{"DimensionsEmpty", "[\"candidates.pathway\", \"candidates.completion_year\"]",
                  "[]", "is an empty list"},
        BadChange{"FilterUnknown", "filters    = [\"candidates.completion_year\"]",
                  "filters = [\"candidates.year\"]", "no category"},
        BadChange{"MeasureStat", "clinical_hours:mean", "clinical_hours:median", "must end in"},
        BadChange{"MeasureUnknown", "clinical_hours:mean", "clinical_hour:mean",
                  "no measure `candidates.clinical_hour`"},
        BadChange{"RecipientUnknown", "[\"csun\", \"pgarcia\"]", "[\"csun\", \"pgarica\"]",
                  "no party or person `pgarica`; did you mean `pgarcia`?"},
        BadChange{"RecipientsMissing", "recipients = [\"csun\", \"pgarcia\"]\n", "",
                  "`recipients` is missing"},
        BadChange{"OutputDatasets", "cohort = \"left\"",
                  "cohort = \"left\"\ndatasets = [\"candidates\"]", "names two"},
        BadChange{"MinCellLow", "min_cell = 11", "min_cell = 2", "from 3 to 100"},
        BadChange{"MinCellHigh", "min_cell = 11", "min_cell = 101", "from 3 to 100"},
        BadChange{"Denominator", "min_denominator = 20", "min_denominator = 10",
                  "must not be below `min_cell` (11)"},
        BadChange{"Rounding", "min_cell = 11", "min_cell = 11\nrounding = 5",
                  "not offered by this version"},
        BadChange{"Dp", "min_cell = 11", "min_cell = 11\ndp = { epsilon = 1.0 }",
                  "not offered by this version"},
        BadChange{"Retention", "2031-12-31", "2025-12-31", "before the term begins"},
        BadChange{"MaxSubmissions", "max_submissions   = 12", "max_submissions = 0", "from 1 to"},
        BadChange{"Approval", "approval = \"automatic\"", "approval = \"auto\"",
                  "must be one of automatic, manual"},
        BadChange{"Role", "role = \"researcher\"", "role = \"student\"", "must be one of"},
        BadChange{"PersonIsParty", "id = \"pgarcia\"", "id = \"lausd\"", "is an institution"},
        BadChange{"PersonDates", "2027-01-31", "2026-01-31", "before `valid_from`"},
        BadChange{"SingleBrackets", "[[person]]", "[person]", "double brackets"},
        BadChange{"DoubleBrackets", "[disclosure]", "[[disclosure]]", "must be a table"},
        BadChange{"UnknownTable", "[disclosure]", "[disclosur]",
                  "unknown key `disclosur`; did you mean `disclosure`?"}),
    [](const ::testing::TestParamInfo<BadChange>& param) { return param.param.name; });

}  // namespace
}  // namespace tallystick::agreements
