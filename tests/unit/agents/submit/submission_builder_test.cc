#include "agents/submit/submission_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

#include "agents/encode/category_encoder.h"
#include "agents/normalise/rules.h"
#include "agents/normalise/token_maker.h"
#include "matcher/registry/submissions.h"
#include "tests/support/agreement_text.h"
#include "tests/unit/agents/submit/submission_case.h"

namespace tallystick::agents {
namespace {

using agreements::Replaced;
using agreements::TestAgreement;
using agreements::TestAgreementText;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kHeader =
    "first_name,last_name,previous_last_name,birth_date,sex,ssn_last4,pathway,completion_year,"
    "clinical_hours\n";

std::string File(std::string_view rows) { return std::string(kHeader) + std::string(rows); }

// Three people; the second has a double surname and no SSN.
const std::string kThreePeople = File(
    "Ana,Ruiz,,1990-01-02,f,1234,intern,2019,600\n"
    "Jose,Garcia Lopez,,1991-02-03,m,,traditional,2020,\n"
    "Mary,O'Brien,Smith,1992-03-04,,5678,residency,2021,12.5\n");

// The tokens that a file of ASCII rows must have, computed the long way: (token, first name).
std::set<Token> TokensOf(const SubmissionCase& one, const agreements::MatchKey& match_key,
                         std::vector<std::vector<std::string>> people) {
  std::vector<agreements::IdentifierKind> kinds;
  for (const auto& identifier : one.dataset().identifiers) kinds.push_back(identifier.kind);
  std::vector<crypto::SecretBytes<32>> keys;
  keys.push_back(one.TokenKey(match_key.name));
  const TokenMaker maker({match_key}, keys);
  std::set<Token> tokens;
  for (const auto& person : people) {
    std::vector<Plaintext<std::string_view>> fields(person.begin(), person.end());
    std::vector<FieldOutcome> outcomes(fields.size());
    RowNormaliser normaliser(kinds);
    MatchKeyMessages messages;
    std::array<Token, kMaxTokensPerKey> made;
    const auto count = maker.Make(0, normaliser.Normalise(fields, outcomes), messages, made);
    tokens.insert(made.begin(), made.begin() + count);
  }
  return tokens;
}

bool IsSorted(const OpenedColumn& column) {
  for (std::size_t i = 1; i < column.tokens.size(); ++i) {
    if (std::tie(column.tokens[i - 1], column.rows[i - 1]) >=
        std::tie(column.tokens[i], column.rows[i])) {
      return false;
    }
  }
  return true;
}

TEST(SubmissionBuilder, MakesWhatTheMatcherAccepts) {
  SubmissionCase one(TestAgreement());
  const auto built = one.Build(kThreePeople);
  ASSERT_TRUE(built.ok()) << built.error().ToString() << one.findings().ToText();
  EXPECT_TRUE(matcher::CheckManifest(built->manifest, one.agreement()).ok());
  EXPECT_EQ(one.findings().error_count(), 0u);
  const v1::Manifest& manifest = built->manifest;
  EXPECT_EQ(manifest.row_count(), 3u);
  EXPECT_EQ(manifest.epoch(), 3u);
  EXPECT_EQ(manifest.sequence(), 7u);
  EXPECT_EQ(manifest.previous_manifest(), Bytes(32, 'm'));
  EXPECT_EQ(manifest.party(), "csun");
  EXPECT_EQ(manifest.dataset(), "candidates");
  EXPECT_EQ(manifest.created(), 1'800'000'000);
  EXPECT_EQ(manifest.chain_digest(), crypto::Sha256("chain").view());
  EXPECT_EQ(manifest.agreement_digest(), one.agreement().digest.view());
  EXPECT_EQ(manifest.normaliser_digest(), NormaliserDigest().view());
  EXPECT_EQ(manifest.submission_id().size(), 16u);
  std::vector<std::string> names;
  for (const auto& column : manifest.columns()) names.push_back(column.name());
  EXPECT_THAT(names, ElementsAre("ssn4-dob-last", "first-last-dob", "first3-last-dob", "pathway",
                                 "completion_year", "clinical_hours", "clinical_hours", ""));
}

TEST(SubmissionBuilder, GivesEveryRowTheSameNumberOfTokensOfAKey) {
  SubmissionCase one(TestAgreement());
  const auto built = one.Build(kThreePeople);
  ASSERT_TRUE(built.ok());
  const auto columns = one.Open(*built);
  for (const agreements::MatchKey& match_key :
       agreements::LadderOf(one.agreement(), one.dataset())) {
    const OpenedColumn& column = columns.at(match_key.name);
    EXPECT_TRUE(IsSorted(column)) << match_key.name;
    for (std::uint32_t row = 0; row < 3; ++row) {
      EXPECT_EQ(std::count(column.rows.begin(), column.rows.end(), row), match_key.EntriesPerRow())
          << match_key.name;
    }
  }
}

TEST(SubmissionBuilder, HoldsExactlyTheTokensOfTheTokenMakerAmongRandomOnes) {
  SubmissionCase one(TestAgreement());
  const auto first = one.Build(kThreePeople);
  ASSERT_TRUE(first.ok());
  const auto before = one.Open(*first);
  const auto second = one.Build(kThreePeople);
  ASSERT_TRUE(second.ok());
  const auto after = one.Open(*second);
  for (const agreements::MatchKey& match_key :
       agreements::LadderOf(one.agreement(), one.dataset())) {
    const auto expected = TokensOf(one, match_key,
                                   {{"Ana", "Ruiz", "", "1990-01-02", "f", "1234"},
                                    {"Jose", "Garcia Lopez", "", "1991-02-03", "m", ""},
                                    {"Mary", "O'Brien", "Smith", "1992-03-04", "", "5678"}});
    const auto& a = before.at(match_key.name).tokens;
    const auto& b = after.at(match_key.name).tokens;
    std::set<Token> common;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(),
                          std::inserter(common, common.end()));
    EXPECT_EQ(common, expected) << match_key.name;  // fillers are new each time
  }
}

TEST(SubmissionBuilder, LeavesPaddingOutWhereTheAgreementSaysSo) {
  SubmissionCase one(agreements::Parsed(Replaced(TestAgreementText(), "protocol   = \"exact\"",
                                                 "protocol   = \"exact\"\npadding = \"none\"")));
  const auto built = one.Build(kThreePeople);
  ASSERT_TRUE(built.ok()) << built.error().ToString();
  EXPECT_TRUE(matcher::CheckManifest(built->manifest, one.agreement()).ok());
  const auto columns = one.Open(*built);
  EXPECT_EQ(columns.at("ssn4-dob-last").tokens.size(), 3u);   // Ruiz; O'Brien and Smith
  EXPECT_EQ(columns.at("first-last-dob").tokens.size(), 6u);  // and Garcia Lopez, Garcia, Lopez
}

TEST(SubmissionBuilder, WritesCategoriesAsPositionsOfSortedCodes) {
  SubmissionCase one(TestAgreement());
  const auto built = one.Build(kThreePeople);
  ASSERT_TRUE(built.ok());
  const auto columns = one.Open(*built);
  const agreements::Category& pathway = *one.dataset().FindCategory("pathway");
  const auto labels = OrdinalLabels(one.code_key(), "candidates", pathway).value();
  EXPECT_EQ(built->category_ordinals[0], columns.at("pathway").categories);
  EXPECT_EQ(built->category_ordinals[1], columns.at("completion_year").categories);

  // The row of Ana's token is the row of her category.
  const auto ana = TokensOf(one, agreements::LadderOf(one.agreement(), one.dataset())[0],
                            {{"Ana", "Ruiz", "", "1990-01-02", "f", "1234"}});
  ASSERT_EQ(ana.size(), 1u);
  const auto& tokens = columns.at("ssn4-dob-last");
  const auto at = std::find(tokens.tokens.begin(), tokens.tokens.end(), *ana.begin());
  ASSERT_NE(at, tokens.tokens.end());
  const auto row = tokens.rows[static_cast<std::size_t>(at - tokens.tokens.begin())];
  EXPECT_EQ(labels[columns.at("pathway").categories[row]], "intern");
  EXPECT_EQ(built->manifest.columns(3).codes(columns.at("pathway").categories[row]),
            CategoryCode(one.code_key(), "candidates", "pathway", "intern"));
}

TEST(SubmissionBuilder, KeepsPseudonymsOverSubmissions) {
  SubmissionCase one(TestAgreement());
  const auto first = one.Build(kThreePeople);
  ASSERT_TRUE(first.ok());
  auto before = one.Open(*first).at("").pseudonyms;
  const auto second = one.Build(File("Mary,O'Brien,Smith,1992-03-04,,5678,residency,2019,\n"));
  ASSERT_TRUE(second.ok());
  const auto after = one.Open(*second).at("").pseudonyms;
  EXPECT_EQ(before.size(), 3u);
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(std::count(before.begin(), before.end(), after[0]), 1);
}

TEST(SubmissionBuilder, ShufflesRows) {
  std::string rows;
  for (int i = 0; i < 64; ++i) {
    rows += "Ana,Ruiz,,19" + std::to_string(20 + i) + "-01-02,f,1234,intern," +
            (i < 32 ? "2019" : "2020") + ",\n";
  }
  SubmissionCase one(TestAgreement());
  const auto built = one.Build(File(rows));
  ASSERT_TRUE(built.ok()) << built.error().ToString();
  const auto& years = built->category_ordinals[1];
  EXPECT_FALSE(std::is_sorted(years.begin(), years.end()) ||
               std::is_sorted(years.rbegin(), years.rend()));  // fails once in 10^17
}

TEST(SubmissionBuilder, GivesTheSameTokensForAnyNumberOfThreads) {
  std::string rows;
  for (int i = 0; i < 12'000; ++i) {
    rows += "Person" + std::to_string(i) + ",Name" + std::to_string(i * 7) +
            ",,1990-01-02,f,1234,intern,2019,\n";
  }
  SubmissionCase one(agreements::Parsed(Replaced(TestAgreementText(), "protocol   = \"exact\"",
                                                 "protocol   = \"exact\"\npadding = \"none\"")));
  std::vector<std::vector<Token>> columns;
  for (const unsigned threads : {1u, 2u, 5u}) {
    BuildOptions options;
    options.threads = threads;
    const auto built = one.Build(File(rows), options);
    ASSERT_TRUE(built.ok()) << built.error().ToString();
    columns.push_back(one.Open(*built).at("first-last-dob").tokens);
  }
  EXPECT_EQ(columns[0].size(), 12'000u);
  EXPECT_EQ(columns[0], columns[1]);
  EXPECT_EQ(columns[0], columns[2]);
}

TEST(SubmissionBuilder, CutsColumnsIntoChunksOfBoundedSize) {
  std::string rows;
  constexpr int kRows = 60'000;  // 240,000 entries of a padded key: two chunks
  for (int i = 0; i < kRows; ++i) {
    rows += "Person" + std::to_string(i) + ",Family,,1990-01-02,f,1234,intern,2019,\n";
  }
  SubmissionCase one(TestAgreement());
  BuildOptions options;
  options.dedupe = Dedupe::kFirst;
  auto file = File(rows);
  const auto built = one.Build(file, options);
  ASSERT_TRUE(built.ok()) << built.error().ToString();
  EXPECT_EQ(built->manifest.row_count(), 1u);  // one family name, date and SSN-4: duplicates
  EXPECT_EQ(built->dropped_duplicates, kRows - 1u);

  const std::string ssn = ",1234,";
  for (std::size_t at = file.find(ssn); at != std::string::npos; at = file.find(ssn, at)) {
    file.replace(at, ssn.size(), ",,");
  }
  const auto all = one.Build(file, options);
  ASSERT_TRUE(all.ok()) << all.error().ToString();
  EXPECT_EQ(all->manifest.row_count(), static_cast<std::uint64_t>(kRows));
  EXPECT_TRUE(matcher::CheckManifest(all->manifest, one.agreement()).ok());
  EXPECT_EQ(all->manifest.columns(0).chunk_count(), 2u);
  const auto columns = one.Open(*all);
  EXPECT_TRUE(IsSorted(columns.at("ssn4-dob-last")));
  EXPECT_EQ(columns.at("ssn4-dob-last").tokens.size(), 4u * kRows);
  std::uint64_t bytes = 0;
  for (const auto& chunk : all->manifest.chunks()) bytes += chunk.sealed_bytes();
  EXPECT_EQ(all->spool_bytes, bytes);
}

TEST(SubmissionBuilder, MakesAPrivateSpoolAndNothingInItNamesAnyone) {
  SubmissionCase one(TestAgreement());
  const auto built =
      one.Build(File("Zebulonia,Quixotepqr,Vantablackish,1933-07-19,f,4821,intern,2019,777\n"));
  ASSERT_TRUE(built.ok());
  struct stat facts;
  ASSERT_EQ(::stat(one.spool().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0700u);
  std::string everything = built->manifest.SerializeAsString() + one.findings().ToJson();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(one.spool())) {
    if (!entry.is_regular_file()) continue;
    std::ostringstream content;
    content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    everything += content.str();
  }
  for (const auto& [name, column] : one.Open(*built)) {  // as the matcher sees it
    for (const Token& token : column.tokens) everything.append(token.begin(), token.end());
    for (const auto& pseudonym : column.pseudonyms) {
      everything.append(pseudonym.begin(), pseudonym.end());
    }
  }
  std::transform(everything.begin(), everything.end(), everything.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto* canary :
       {"zebulonia", "quixotepqr", "vantablackish", "1933-07-19", "19330719", "intern"}) {
    EXPECT_EQ(everything.find(canary), std::string::npos) << canary;
  }
}

TEST(SubmissionBuilder, TellsProgressUpToTheWholeFile) {
  SubmissionCase one(TestAgreement());
  BuildOptions options;
  std::uint64_t last = 0, total = 0;
  options.progress = [&](std::uint64_t done, std::uint64_t all) {
    EXPECT_GE(done, last);
    last = done;
    total = all;
  };
  ASSERT_TRUE(one.Build(kThreePeople, options).ok());
  EXPECT_EQ(last, kThreePeople.size());
  EXPECT_EQ(total, kThreePeople.size());
}

TEST(SubmissionBuilder, RemovesTheSpoolWhenTheFileIsRefused) {
  SubmissionCase one(TestAgreement());
  const auto built = one.Build(File("Ana,Ruiz,,not a date,f,1234,intern,2019,600\n"));
  ASSERT_FALSE(built.ok());
  EXPECT_EQ(built.error().id(), "validate.errors");
  EXPECT_EQ(built.error().code(), Code::kInvalidArgument);
  EXPECT_FALSE(std::filesystem::exists(one.spool() / "chunks"));
}

TEST(SubmissionBuilder, RefusesAFileWithoutRows) {
  SubmissionCase one(TestAgreement());
  const auto built = one.Build(kHeader);
  ASSERT_FALSE(built.ok());
  EXPECT_EQ(built.error().id(), "validate.no-rows");
}

TEST(SubmissionBuilder, LeavesRowsWithToleratedErrorsOut) {
  SubmissionCase one(TestAgreement());
  BuildOptions options;
  options.max_errors = 1;
  const std::string file = File(
      "Ana,Ruiz,,1990-01-02,f,1234,intern,2019,600\n"
      "Ana,Ruiz,,1990-01-02,f,1234,unheard of,2019,600\n");
  const auto built = one.Build(file, options);
  ASSERT_TRUE(built.ok()) << built.error().ToString() << one.findings().ToText();
  EXPECT_EQ(built->manifest.row_count(), 1u);
  EXPECT_EQ(one.findings().error_count(), 1u);  // the row that is left out is nobody's duplicate
}

}  // namespace
}  // namespace tallystick::agents
