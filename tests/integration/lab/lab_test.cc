// Both sides of linkage on files: what tallystick-lab is made of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "benchmarks/lab/evaluate.h"
#include "benchmarks/lab/link.h"
#include "tests/support/temporary_directory.h"

namespace tallystick {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kAgreement = R"toml(schema  = "tallystick/agreement/1"
id      = "lab"
version = 1
title   = "Two small files"
[[party]]
id = "left"
name = "Left"
[[party]]
id = "right"
name = "Right"
[[dataset]]
id = "a"
party = "left"
unit = "person"
population = "all"
legal_basis = "none: made up"
  [[dataset.identifier]]
  name = "given"
  kind = "given-name"
  required = true
  [[dataset.identifier]]
  name = "family"
  kind = "family-name"
  required = true
  [[dataset.identifier]]
  name = "born"
  kind = "birth-date"
  required = true
  [[dataset.category]]
  name = "group"
  values = ["x", "y"]
[[dataset]]
id = "b"
party = "right"
unit = "person"
population = "all"
legal_basis = "none: made up"
  [[dataset.identifier]]
  name = "first"
  kind = "given-name"
  [[dataset.identifier]]
  name = "last"
  kind = "family-name"
  [[dataset.identifier]]
  name = "dob"
  kind = "birth-date"
[linkage]
protocol = "exact"
match_keys = ["first-last-dob", "soundex-first-last-dob"]
)toml";

class LabTest : public testing::Test {
 protected:
  LabTest() {
    options_.agreement = Write("agreement.toml", kAgreement);
    options_.left = Write("left.csv",
                          "id,given,family,born\n"
                          "L1,Ana,Ruiz,1990-01-02\n"
                          "L2,Bo,Li,1991-02-03\n"
                          "\"L,3\",Robert,Smith,1992-03-04\n"
                          "L4,Nobody,Here,1993-04-05\n");
    options_.right = Write("right.csv",
                           "no,first,last,dob\n"
                           "R1,BO,LI,02/03/1991\n"
                           "R2,Rupert,Smyth,1992-03-04\n"
                           "R3,Ana,Ruiz,19900102\n");
    options_.pairs = directory_.path() / "pairs.csv";
    options_.id = "id";
    options_.id_right = "no";
  }

  std::filesystem::path Write(const char* name, std::string_view text) {
    std::ofstream(directory_.path() / name, std::ios::binary) << text;
    return directory_.path() / name;
  }
  std::string Pairs() const {
    std::ostringstream text;
    text << std::ifstream(options_.pairs).rdbuf();
    return text.str();
  }
  // The id of the error, or "".
  std::string Link() {
    report_ = {};
    const Status linked = LabLink(options_, &report_);
    return linked.ok() ? "" : std::string(linked.error().id());
  }

  TemporaryDirectory directory_;
  LabLinkOptions options_;
  LabLinkage report_;
};

TEST_F(LabTest, LinksTwoFilesAndNamesThePairs) {
  ASSERT_EQ(Link(), "");
  EXPECT_EQ(Pairs(),
            "left_id,right_id,pass,score\n"
            "L1,R3,1,2\n"
            "L2,R1,1,2\n"
            "\"L,3\",R2,2,1\n");
  EXPECT_EQ(report_.linkage.pairs.size(), 3u);
  EXPECT_EQ(report_.left_row_count, 4u);
}

TEST_F(LabTest, GivesTheSameForAnyNumberOfThreads) {
  ASSERT_EQ(Link(), "");
  const std::string pairs = Pairs();
  for (const unsigned threads : {1u, 2u, 5u}) {
    options_.threads = threads;
    ASSERT_EQ(Link(), "");
    EXPECT_EQ(Pairs(), pairs);
  }
}

TEST_F(LabTest, TakesWhatCannotBeReadForNullAndKeepsDuplicates) {
  options_.left = Write("left.csv",
                        "id,given,family,born\n"
                        "L1,Ana,Ruiz,someday\n"
                        "L2,,Li,1991-02-03\n"
                        "L3,Robert,Smith,1992-03-04\n"
                        "L4,Robert,Smith,1992-03-04\n");
  ASSERT_EQ(Link(), "");
  EXPECT_EQ(report_.left_row_count, 4u);
  EXPECT_EQ(report_.left_findings.error_count(), 0u);
  EXPECT_EQ(report_.left_findings.warning_count(), 1u);
  EXPECT_EQ(report_.linkage.ambiguous_right_count, 1u);  // L3 and L4 claim the same person
}

TEST_F(LabTest, PermitsTheDatasetsOtherColumnsAndRefusesUnknownOnes) {
  options_.left = Write("left.csv", "group,id,given,family,born\n,L1,Ana,Ruiz,1990-01-02\n");
  EXPECT_EQ(Link(), "");
  options_.left = Write("left.csv", "note,id,given,family,born\n,L1,Ana,Ruiz,1990-01-02\n");
  EXPECT_EQ(Link(), "validate.errors");
  EXPECT_THAT(report_.left_findings.ToText(), HasSubstr("row 1, column number 1: error"));
  options_.ignore_extra = true;
  EXPECT_EQ(Link(), "");
}

TEST_F(LabTest, TakesAnIdentifierForTheId) {
  options_.left = Write("left.csv", "given,family,born\nAna,Ruiz,1990-01-02\n");
  options_.id = "family";
  ASSERT_EQ(Link(), "");
  EXPECT_THAT(Pairs(), HasSubstr("Ruiz,R3,1,2\n"));
}

TEST_F(LabTest, RefusesWhatItCannotUse) {
  const LabLinkOptions good = options_;
  options_.id = "nr";
  EXPECT_EQ(Link(), "validate.errors");
  options_ = good;
  options_.left = Write("short.csv", "id,given,family,born\nL1,Ana\n");
  EXPECT_EQ(Link(), "validate.errors");
  options_ = good;
  options_.right = directory_.path() / "none.csv";
  EXPECT_EQ(Link(), "csv.not-found");
  options_ = good;
  options_.agreement = Write("agreement.toml", "schema = 1\n");
  EXPECT_EQ(Link(), "agreement.invalid");
  EXPECT_THAT(report_.agreement_problems, HasSubstr("agreement.toml:1:"));
  options_ = good;
  options_.agreement = directory_.path() / "none.toml";
  EXPECT_EQ(Link(), "file.missing");
  options_ = good;
  options_.agreement = Write("agreement.toml", kAgreement);
  options_.pairs = directory_.path() / "none" / "pairs.csv";
  EXPECT_EQ(Link(), "file.cannot-create");
}

TEST_F(LabTest, JudgesPairsByTheTruth) {
  const auto pairs = Write("pairs.csv",
                           "left_id,right_id,pass,score\n"
                           "1,a,1,3\n2,b,1,3\n3,x,3,1\n4,d,3,1\n4,d,3,1\n");
  const auto truth = Write("truth.csv", "left_id,right_id\n1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n");
  agents::Findings findings;
  const auto quality = LabEvaluate(pairs, truth, &findings);
  ASSERT_TRUE(quality.ok()) << quality.error().ToString();
  EXPECT_DOUBLE_EQ(quality->Precision(), 0.75);
  EXPECT_DOUBLE_EQ(quality->Recall(), 0.5);
  EXPECT_DOUBLE_EQ(quality->F1(), 0.6);
  ASSERT_EQ(quality->passes.size(), 2u);
  EXPECT_EQ(quality->passes[1].number, 3u);
  EXPECT_EQ(quality->passes[1].found, 2u);
  EXPECT_EQ(quality->passes[1].right, 1u);
  EXPECT_THAT(quality->ToJson(),
              HasSubstr("{\"precision\":0.750000,\"recall\":0.500000,\"f1\":0.600000,"));
  EXPECT_THAT(quality->ToText(), HasSubstr("pass 3     0.5000  (1 of 2)"));
}

TEST_F(LabTest, JudgesNothingFoundAsZero) {
  const auto pairs = Write("pairs.csv", "left_id,right_id,pass,score\n");
  const auto truth = Write("truth.csv", "left_id,right_id\n");
  agents::Findings findings;
  const auto quality = LabEvaluate(pairs, truth, &findings);
  ASSERT_TRUE(quality.ok());
  EXPECT_EQ(quality->Precision(), 0);
  EXPECT_EQ(quality->Recall(), 0);
  EXPECT_EQ(quality->F1(), 0);
}

TEST_F(LabTest, RefusesPairsAndTruthsThatAreSomethingElse) {
  const auto good = Write("good.csv", "left_id,right_id,pass\n1,a,1\n");
  const auto bad = Write("bad.csv", "left,right\n1,a\n");
  const auto pass = Write("pass.csv", "left_id,right_id,pass\n1,a,one\n");
  agents::Findings findings;
  EXPECT_EQ(LabEvaluate(bad, good, &findings).error().id(), "lab.columns");
  EXPECT_EQ(LabEvaluate(good, bad, &findings).error().id(), "lab.columns");
  EXPECT_EQ(LabEvaluate(pass, good, &findings).error().id(), "lab.pass");
  EXPECT_EQ(LabEvaluate(directory_.path() / "none", good, &findings).error().code(),
            Code::kNotFound);
}

}  // namespace
}  // namespace tallystick
