#include "agreements/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/agreement_text.h"

namespace tallystick::agreements {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Date Day(std::string_view text) { return ParseDate(text).value(); }
const Date kToday = Day("2026-06-01");

std::string RuleOf(const Error& error) {
  EXPECT_EQ(error.code(), Code::kPermissionDenied);
  EXPECT_EQ(error.id(), "policy.refused");
  EXPECT_TRUE(error.refusal().has_value());
  EXPECT_TRUE(error.refusal()->clause.has_value());
  EXPECT_FALSE(error.refusal()->would_pass.view().empty());
  return std::string(error.refusal()->rule.view());
}

std::string RuleOf(const Status& status) { return status.ok() ? "" : RuleOf(status.error()); }

std::vector<std::string> RulesOf(const std::vector<Error>& refusals) {
  std::vector<std::string> rules;
  for (const Error& one : refusals) rules.push_back(RuleOf(one));
  return rules;
}

class Policy : public ::testing::Test {
 protected:
  RequestDefinition Ask(std::string_view output = "retention_by_pathway") const {
    RequestDefinition definition;
    definition.agreement = agreement_.id;
    definition.output = std::string(output);
    definition.question = "?";
    return definition;
  }
  std::vector<std::string> Refusals(const RequestDefinition& definition,
                                    std::string_view person = "pgarcia",
                                    Date today = kToday) const {
    return RulesOf(RequestRefusals(agreement_, definition, person, today));
  }

  const Agreement agreement_ = TestAgreement();
};

TEST_F(Policy, TermIncludesItsFirstAndLastDay) {
  EXPECT_EQ(RuleOf(InTerm(agreement_, Day("2026-01-14"))), "AGR-TERM-NOT-YET");
  EXPECT_EQ(RuleOf(InTerm(agreement_, Day("2026-01-15"))), "");
  EXPECT_EQ(RuleOf(InTerm(agreement_, Day("2028-01-14"))), "");
  const auto expired = InTerm(agreement_, Day("2028-01-15"));
  EXPECT_EQ(RuleOf(expired), "AGR-TERM-EXPIRED");
  EXPECT_EQ(expired.error().refusal()->clause->line, agreement_.term.line_of("expires"));
  EXPECT_NE(agreement_.term.line_of("expires"), agreement_.term.line);
}

TEST_F(Policy, APartySignsBeforeTheTermButNotAfter) {
  EXPECT_EQ(RuleOf(MaySign(agreement_, "csun", Day("2025-12-01"))), "");
  EXPECT_EQ(RuleOf(MaySign(agreement_, "csun", Day("2028-01-15"))), "AGR-TERM-EXPIRED");
  EXPECT_EQ(RuleOf(MaySign(agreement_, "ucla", kToday)), "AGR-PARTY-UNKNOWN");
  EXPECT_EQ(RuleOf(MaySign(agreement_, "pgarcia", kToday)), "AGR-PARTY-UNKNOWN");
}

TEST_F(Policy, APartySubmitsItsOwnDatasetUntilTheCap) {
  EXPECT_EQ(RuleOf(MaySubmit(agreement_, "candidates", "csun", 0, kToday)), "");
  EXPECT_EQ(RuleOf(MaySubmit(agreement_, "candidates", "csun", 11, kToday)), "");
  const auto capped = MaySubmit(agreement_, "candidates", "csun", 12, kToday);
  EXPECT_EQ(RuleOf(capped), "AGR-SUBMISSIONS-CAP");
  EXPECT_EQ(capped.error().refusal()->clause->line,
            agreement_.retention.line_of("max_submissions"));
  EXPECT_EQ(RuleOf(MaySubmit(agreement_, "candidates", "lausd", 0, kToday)), "AGR-DATASET-PARTY");
  EXPECT_EQ(RuleOf(MaySubmit(agreement_, "students", "csun", 0, kToday)), "AGR-DATASET-UNKNOWN");
  EXPECT_EQ(RuleOf(MaySubmit(agreement_, "candidates", "ucla", 0, kToday)), "AGR-PARTY-UNKNOWN");
  EXPECT_EQ(RuleOf(MaySubmit(agreement_, "hr", "lausd", 0, Day("2026-12-31"))), "");
  EXPECT_EQ(RuleOf(MaySubmit(agreement_, "hr", "lausd", 0, Day("2027-01-01"))),
            "AGR-SUBMISSIONS-CLOSED");
  EXPECT_EQ(RuleOf(MaySubmit(agreement_, "hr", "lausd", 0, Day("2026-01-01"))), "AGR-TERM-NOT-YET");
  EXPECT_EQ(RuleOf(MaySubmit(agreement_, "hr", "lausd", 0, Day("2030-01-01"))), "AGR-TERM-EXPIRED");
}

TEST_F(Policy, ANamedResearcherAsksAPermittedQuestion) {
  EXPECT_THAT(Refusals(Ask()), IsEmpty());
  RequestDefinition filtered = Ask();
  filtered.filter.push_back({{"candidates", "completion_year"}, {"2019", "2021"}, 5});
  EXPECT_THAT(Refusals(filtered), IsEmpty());
  EXPECT_TRUE(MayRequest(agreement_, filtered, "pgarcia", kToday).ok());
}

TEST_F(Policy, RequestNamesItsAgreementByIdOrDigest) {
  RequestDefinition definition = Ask();
  definition.agreement = agreement_.digest.hex();
  EXPECT_THAT(Refusals(definition), IsEmpty());
  definition.agreement = agreement_.digest.hex().substr(0, 8);
  EXPECT_THAT(Refusals(definition), IsEmpty());
  definition.agreement = agreement_.digest.hex().substr(0, 7);
  EXPECT_THAT(Refusals(definition), ElementsAre("AGR-REQUEST-AGREEMENT"));
  definition.agreement = "another";
  EXPECT_THAT(Refusals(definition), ElementsAre("AGR-REQUEST-AGREEMENT"));
}

TEST_F(Policy, PersonMustBeNamedAndValid) {
  EXPECT_THAT(Refusals(Ask(), "stranger"), ElementsAre("AGR-PERSON-UNKNOWN", "AGR-NOT-RECIPIENT"));
  EXPECT_THAT(Refusals(Ask(), "csun"), ElementsAre("AGR-PERSON-UNKNOWN"));
  EXPECT_THAT(Refusals(Ask(), "pgarcia", Day("2026-01-31")), ElementsAre("AGR-PERSON-NOT-YET"));
  EXPECT_THAT(Refusals(Ask(), "pgarcia", Day("2026-02-01")), IsEmpty());
  EXPECT_THAT(Refusals(Ask(), "pgarcia", Day("2027-01-31")), IsEmpty());
  EXPECT_THAT(Refusals(Ask(), "pgarcia", Day("2027-02-01")), ElementsAre("AGR-PERSON-EXPIRED"));
  EXPECT_THAT(Refusals(Ask(), "pgarcia", Day("2028-01-15")),
              ElementsAre("AGR-TERM-EXPIRED", "AGR-PERSON-EXPIRED"));
}

TEST_F(Policy, PersonNeedsTheRoleAndAKey) {
  Agreement agreement = Parsed(Replaced(TestAgreementText(), "\"researcher\"", "\"compliance\""));
  EXPECT_THAT(RulesOf(RequestRefusals(agreement, Ask(), "pgarcia", kToday)),
              ElementsAre("AGR-PERSON-ROLE"));
  agreement = agreement_;
  agreement.persons[0].signing_key.clear();
  EXPECT_THAT(RulesOf(RequestRefusals(agreement, Ask(), "pgarcia", kToday)),
              ElementsAre("AGR-PERSON-NO-KEY"));
}

TEST_F(Policy, OutputMustBeListedAndForTheAsker) {
  EXPECT_THAT(Refusals(Ask("everything")), ElementsAre("AGR-OUTPUT-UNKNOWN"));
  const Agreement agreement =
      Parsed(Replaced(TestAgreementText(), "[\"csun\", \"pgarcia\"]", "[\"csun\"]"));
  const auto refusals = RequestRefusals(agreement, Ask("hired_by_pathway"), "pgarcia", kToday);
  ASSERT_THAT(RulesOf(refusals), ElementsAre("AGR-NOT-RECIPIENT"));
  EXPECT_EQ(refusals[0].refusal()->clause->line, agreement.outputs[1].line_of("recipients"));
  EXPECT_EQ(refusals[0].refusal()->clause->agreement.value(), "csun-lausd-2026");
}

TEST_F(Policy, FiltersMustBePermittedAndNameDeclaredValues) {
  RequestDefinition definition = Ask();
  definition.filter.push_back({{"hr", "school_level"}, {"high"}, 5});
  definition.filter.push_back({{"candidates", "completion_year"}, {"2019", "1999"}, 6});
  definition.filter.push_back({{"hr", "last_name"}, {"x"}, 7});
  const auto refusals = RequestRefusals(agreement_, definition, "pgarcia", kToday);
  ASSERT_THAT(RulesOf(refusals), ElementsAre("AGR-FILTER-NOT-PERMITTED", "AGR-FILTER-VALUE",
                                             "AGR-FILTER-NOT-PERMITTED"));
  EXPECT_EQ(refusals[0].refusal()->clause->line, agreement_.outputs[0].line_of("filters"));
  EXPECT_EQ(refusals[1].refusal()->clause->line,
            agreement_.FindDataset("candidates")->FindCategory("completion_year")->line);
  EXPECT_EQ(RuleOf(MayRequest(agreement_, definition, "pgarcia", kToday)),
            "AGR-FILTER-NOT-PERMITTED");
  // An output without filters refuses every filter.
  RequestDefinition other = Ask("hired_by_pathway");
  other.filter.push_back({{"candidates", "completion_year"}, {"2019"}, 5});
  EXPECT_THAT(Refusals(other), ElementsAre("AGR-FILTER-NOT-PERMITTED"));
}

TEST_F(Policy, ReleasesEndWithTheTermButStayReadable) {
  EXPECT_EQ(RuleOf(MayRelease(agreement_, "hired_by_pathway", kToday)), "");
  EXPECT_EQ(RuleOf(MayRelease(agreement_, "everything", kToday)), "AGR-OUTPUT-UNKNOWN");
  EXPECT_EQ(RuleOf(MayRelease(agreement_, "hired_by_pathway", Day("2028-01-15"))),
            "AGR-TERM-EXPIRED");
  EXPECT_EQ(RuleOf(MayRead(agreement_, "hired_by_pathway", "csun", Day("2031-12-31"))), "");
  EXPECT_EQ(RuleOf(MayRead(agreement_, "hired_by_pathway", "csun", Day("2032-01-01"))),
            "AGR-RELEASES-CLOSED");
  EXPECT_EQ(RuleOf(MayRead(agreement_, "hired_by_pathway", "lausd", kToday)), "AGR-NOT-RECIPIENT");
  EXPECT_EQ(RuleOf(MayRead(agreement_, "everything", "csun", kToday)), "AGR-OUTPUT-UNKNOWN");
  const Agreement closed = Parsed(Replaced(TestAgreementText(), "2031-12-31", "2026-05-31"));
  EXPECT_EQ(RuleOf(MayRelease(closed, "hired_by_pathway", kToday)), "AGR-RELEASES-CLOSED");
}

TEST_F(Policy, RulesListEveryOutputWithItsClause) {
  const auto rules = Rules(agreement_, "pgarcia", kToday);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].output, &agreement_.outputs[0]);
  EXPECT_EQ(rules[0].clause, ClauseFor(agreement_, agreement_.outputs[0].line));
  EXPECT_TRUE(rules[0].allowed.ok());
  EXPECT_EQ(RuleOf(Rules(agreement_, "stranger", kToday)[0].allowed), "AGR-PERSON-UNKNOWN");
}

}  // namespace
}  // namespace tallystick::agreements
