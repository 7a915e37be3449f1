#include "tests/support/agreement_text.h"

#include <cstdio>
#include <utility>
#include <vector>

#include "base/check.h"
#include "crypto/base64.h"
#include "crypto/hash.h"

namespace tallystick::agreements {
namespace {

std::string Keys(std::string_view id) {
  const TestMember member = MakeTestMember(id);
  return "signing_key = \"" + crypto::Base64(member.signing_key.verify_key().view()) +
         "\"\nsealing_key = \"" + crypto::Base64(member.sealing_key.public_key().view()) + "\"\n";
}

constexpr std::string_view kBeforeParties = R"toml(
[purpose]
code      = "improve-instruction"
statement = "How preparation pathways relate to hiring and retention."
scope     = "Completers 2015-16 to 2024-25; employment 2015-07-01 to 2026-06-30"

[term]
effective = 2026-01-15
expires   = 2028-01-14
review    = 2027-01-15
)toml";

constexpr std::string_view kDatasets = R"toml(
[[dataset]]
id = "candidates"
party = "csun"
unit = "teacher candidate"
population = "all program completers, matched or not"
legal_basis = "ferpa.studies"
  [[dataset.identifier]]
  name = "first_name"
  kind = "given-name"
  ceds = "000115"
  required = true
  [[dataset.identifier]]
  name = "last_name"
  kind = "family-name"
  required = true
  [[dataset.identifier]]
  name = "previous_last_name"
  kind = "previous-family-name"
  [[dataset.identifier]]
  name = "birth_date"
  kind = "birth-date"
  required = true
  [[dataset.identifier]]
  name = "sex"
  kind = "sex"
  [[dataset.identifier]]
  name = "ssn_last4"
  kind = "ssn-last4"
  [[dataset.category]]
  name = "pathway"
  values = ["traditional", "intern", "residency"]
  [[dataset.category]]
  name = "completion_year"
  values = ["2019", "2020", "2021"]
  [[dataset.measure]]
  name = "clinical_hours"
  min = 0
  max = 2000
  scale = 1

[[dataset]]
id = "hr"
party = "lausd"
unit = "employee"
population = "all certificated staff"
legal_basis = "california.education-code"
  [[dataset.identifier]]
  name = "first_name"
  kind = "given-name"
  required = true
  [[dataset.identifier]]
  name = "last_name"
  kind = "family-name"
  required = true
  [[dataset.identifier]]
  name = "birth_date"
  kind = "birth-date"
  required = true
  [[dataset.identifier]]
  name = "ssn"
  kind = "ssn"
  [[dataset.category]]
  name = "school_level"
  values = ["elementary", "middle", "high"]
  [[dataset.category]]
  name = "retained_3y"
  values = ["yes", "no", "not observed"]

[linkage]
protocol   = "exact"
match_keys = ["ssn4-dob-last", "first-last-dob", "first3-last-dob"]
  [[linkage.match_key]]
  name  = "first3-last-dob"
  parts = ["given-name:first(3)", "family-name:variants", "birth-date:full"]

[[output]]
id = "retention_by_pathway"
title = "Three-year retention by pathway and school level"
cohort = "linked"
dimensions = ["candidates.pathway", "hr.school_level", "hr.retained_3y"]
measures   = ["candidates.clinical_hours:mean"]
filters    = ["candidates.completion_year"]
recipients = ["csun", "lausd", "pgarcia"]

[[output]]
id = "hired_by_pathway"
title = "Hired or not, by pathway and year"
cohort = "left"
dimensions = ["candidates.pathway", "candidates.completion_year"]
recipients = ["csun", "pgarcia"]

[disclosure]
min_cell = 11
min_denominator = 20
complementary = "optimal"

[retention]
submissions_until = 2026-12-31
max_submissions   = 12
releases_until    = 2031-12-31
destroy_within_days = 30

[governance]
approval = "automatic"
breach_notice_hours = 24
reidentification = "prohibited"
redisclosure = "prohibited"

[[person]]
id = "pgarcia"
role = "researcher"
)toml";

constexpr std::string_view kPersonEnd = R"toml(valid_from = 2026-02-01
valid_to   = 2027-01-31
irb = "IRB-FY26-0117"
)toml";

}  // namespace

TestMember MakeTestMember(std::string_view id) {
  const crypto::Digest signing = crypto::Sha256("test signing key of " + std::string(id));
  const crypto::Digest sealing = crypto::Sha256("test sealing key of " + std::string(id));
  return {std::string(id), crypto::SigningKey::FromSeed(signing.view()).value(),
          crypto::SealingKey::FromBytes(sealing.view()).value()};
}

std::string TestAgreementText() {
  std::string text =
      "schema  = \"tallystick/agreement/1\"\n"
      "id      = \"csun-lausd-2026\"\n"
      "version = 1\n"
      "title   = \"Teacher preparation to employment outcomes\"\n\n"
      "[matcher]\nid  = \"unite-la\"\nurl = \"https://match.example.org\"\n";
  text += Keys("unite-la");
  text += kBeforeParties;
  text += "\n[[party]]\nid = \"csun\"\nname = \"California State University, Northridge\"\n";
  text += Keys("csun");
  text += "[[party]]\nid = \"lausd\"\nname = \"Los Angeles Unified School District\"\n";
  text += Keys("lausd");
  text += kDatasets;
  text += Keys("pgarcia");
  text += kPersonEnd;
  return text;
}

Agreement TestAgreement() { return Parsed(TestAgreementText()); }

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  const bool once = at != std::string::npos && text.find(from, at + 1) == std::string::npos;
  if (!once) std::fprintf(stderr, "not once in the text: %s\n", std::string(from).c_str());
  TS_CHECK(once);
  return text.replace(at, from.size(), to);
}

Agreement Parsed(std::string_view text) {
  std::vector<Diagnostic> diagnostics;
  auto agreement = ParseAgreement(text, &diagnostics);
  for (const Diagnostic& one : diagnostics) {
    std::fprintf(stderr, "%s\n", one.ToString("agreement").c_str());
  }
  return std::move(agreement).value();
}

}  // namespace tallystick::agreements
