#include <algorithm>
#include <utility>

#include "agreements/internal/agreement_reader.h"

namespace tallystick::agreements {

void AgreementReader::ReadPurpose() {
  const TomlNode* table = root_.Table("purpose", UnlessLenient());
  if (table == nullptr) return;
  TableReader reader(*table, "[purpose]", problems_);
  Purpose& purpose = agreement_.purpose;
  purpose.line = reader.line();
  purpose.code = reader
                     .Choice("code",
                             {"predictive-tests", "student-aid", "improve-instruction",
                              "audit-evaluation", "other"},
                             Need::kRequired)
                     .value_or("");
  purpose.statement = reader.Paragraph("statement");
  purpose.scope = reader.Paragraph("scope", Need::kOptional);
  reader.Finish();
}

void AgreementReader::ReadTerm() {
  const TomlNode* table = root_.Table("term", UnlessLenient());
  if (table == nullptr) return;
  TableReader reader(*table, "[term]", problems_);
  Term& term = agreement_.term;
  term.line = reader.line();
  term.lines = reader.lines();
  const auto effective = reader.Day("effective", Need::kRequired);
  const auto expires = reader.Day("expires", Need::kRequired);
  term.review = reader.Day("review");
  reader.Finish();
  if (!effective || !expires) return;
  term.effective = *effective;
  term.expires = *expires;
  if (term.expires < term.effective) {
    reader.Complain("expires", "`expires` is before `effective`");
  } else if (term.review && (*term.review < term.effective || *term.review > term.expires)) {
    reader.Complain("review", "`review` is outside the term");
  }
}

void AgreementReader::ReadDisclosure() {
  const TomlNode* table = root_.Table("disclosure");
  if (table == nullptr) return;
  TableReader reader(*table, "[disclosure]", problems_);
  Disclosure& disclosure = agreement_.disclosure;
  disclosure.line = reader.line();
  disclosure.lines = reader.lines();
  disclosure.min_cell =
      static_cast<int>(reader.Integer("min_cell", 3, 100).value_or(disclosure.min_cell));
  disclosure.min_denominator = std::max(disclosure.min_denominator, disclosure.min_cell);
  disclosure.min_denominator = static_cast<int>(
      reader.Integer("min_denominator", 3, 1'000'000).value_or(disclosure.min_denominator));
  if (disclosure.min_denominator < disclosure.min_cell) {
    reader.Complain("min_denominator", "`min_denominator` (" +
                                           std::to_string(disclosure.min_denominator) +
                                           ") must not be below `min_cell` (" +
                                           std::to_string(disclosure.min_cell) + ")");
  }
  disclosure.optimal =
      reader.Choice("complementary", {"optimal", "heuristic"}).value_or("optimal") == "optimal";

  // What disclosure.md offers and this version does not apply. An agreement that says more than is
  // done must not be signed.
  const auto only = [&](std::string_view key, std::string_view value) {
    const TomlNode* node = reader.Any(key);
    if (node == nullptr) return;
    if (node->kind == TomlNode::Kind::kString && node->text == value) return;
    reader.Complain(key, Quoted(key) + " other than \"" + std::string(value) +
                             "\" is not offered by this version");
  };
  only("zeros", "shown");
  only("protection", "full");
  only("rounding", "none");
  only("perturbation", "none");
  only("dp", "none");
  reader.Finish();
}

void AgreementReader::ReadRetention() {
  const TomlNode* table = root_.Table("retention");
  if (table == nullptr) return;
  TableReader reader(*table, "[retention]", problems_);
  Retention& retention = agreement_.retention;
  retention.line = reader.line();
  retention.lines = reader.lines();
  retention.submissions_until = reader.Day("submissions_until");
  retention.releases_until = reader.Day("releases_until");
  retention.max_submissions = static_cast<int>(
      reader.Integer("max_submissions", 1, 1'000).value_or(retention.max_submissions));
  retention.destroy_within_days = static_cast<int>(
      reader.Integer("destroy_within_days", 1, 3'660).value_or(retention.destroy_within_days));
  reader.Finish();
  if (agreement_.term.line == 0) return;
  for (const auto& [key, date] : {std::pair("submissions_until", retention.submissions_until),
                                  std::pair("releases_until", retention.releases_until)}) {
    if (date && *date < agreement_.term.effective) {
      reader.Complain(key, Quoted(key) + " is before the term begins");
    }
  }
}

void AgreementReader::ReadGovernance() {
  const TomlNode* table = root_.Table("governance");
  if (table == nullptr) return;
  TableReader reader(*table, "[governance]", problems_);
  Governance& governance = agreement_.governance;
  governance.line = reader.line();
  governance.lines = reader.lines();
  governance.manual_approval =
      reader.Choice("approval", {"automatic", "manual"}).value_or("automatic") == "manual";
  governance.breach_notice_hours =
      static_cast<int>(reader.Integer("breach_notice_hours", 1, 8'760).value_or(0));
  governance.reidentification = reader.Text("reidentification", Need::kOptional);
  governance.redisclosure = reader.Text("redisclosure", Need::kOptional);
  reader.Finish();
}

}  // namespace tallystick::agreements
