#include "agreements/internal/advice.h"

namespace tallystick::agreements {
namespace {

constexpr std::chrono::days kYear{366};

bool AnyBasis(const Agreement& agreement, std::string_view prefix) {
  for (const Dataset& dataset : agreement.datasets) {
    if (dataset.legal_basis.starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace

void AdviseOnPurpose(const Agreement& agreement, Advice& advice) {
  const Purpose& purpose = agreement.purpose;
  if (purpose.scope.empty()) {
    advice.Say(purpose.line, "no `scope`: say which cohorts and years it covers");
  }
  const bool study = purpose.code == "predictive-tests" || purpose.code == "student-aid" ||
                     purpose.code == "improve-instruction";
  if (AnyBasis(agreement, "ferpa.studies") && !study) {
    advice.Say(purpose.line,
               "the FERPA studies exception allows three purposes only: predictive-tests, "
               "student-aid, improve-instruction (34 CFR 99.31(a)(6)(i))");
  }
  if (AnyBasis(agreement, "ferpa.audit") && purpose.code != "audit-evaluation") {
    advice.Say(purpose.line,
               "the FERPA audit or evaluation exception goes with the purpose audit-evaluation");
  }
}

void AdviseOnTerm(const Agreement& agreement, Date today, Advice& advice) {
  const Term& term = agreement.term;
  if (term.line == 0) return;
  if (term.expires < today) {
    advice.Say(term.line_of("expires"), "the agreement has expired: nothing can be done under it");
  }
  if (term.expires - term.effective > 5 * kYear) {
    advice.Say(term.line_of("expires"),
               "a term of more than five years: most institutions review and renew instead");
  }
  if (term.effective - today > kYear) {
    advice.Say(term.line_of("effective"), "begins more than a year from now");
  }
  if (!term.review) {
    advice.Say(term.line, "no `review` date: say when the parties look at it again");
  } else if (*term.review < today && today <= term.expires) {
    advice.Say(term.line_of("review"), "the review date has passed");
  }
}

void AdviseOnDisclosure(const Agreement& agreement, Advice& advice) {
  const Disclosure& disclosure = agreement.disclosure;
  if (disclosure.line == 0) {
    advice.Say(0,
               "no [disclosure]: the defaults apply (min_cell 11, min_denominator 20); write "
               "them down, so that the other side signs them");
    return;
  }
  if (disclosure.min_cell < 10) {
    advice.Say(disclosure.line_of("min_cell"),
               "`min_cell` below 10 is below what state practice accepts (California suppresses "
               "1 to 10, CalPASS+ below 10): use 11");
  } else if (disclosure.min_cell < 11) {
    advice.Say(disclosure.line_of("min_cell"),
               "`min_cell` below 11 shows counts of 10, which the CalHHS guideline suppresses: "
               "use 11");
  }
  if (disclosure.min_denominator < 20) {
    advice.Say(disclosure.line_of("min_denominator"),
               "`min_denominator` is loosened from its default of 20");
  }
  if (!disclosure.optimal) {
    advice.Say(disclosure.line_of("complementary"),
               "`heuristic` may suppress more cells than `optimal`; both are as safe");
  }
}

void AdviseOnRetention(const Agreement& agreement, Date today, Advice& advice) {
  const Retention& retention = agreement.retention;
  const bool studies = AnyBasis(agreement, "ferpa.studies");
  const bool says_destruction = retention.line_of("destroy_within_days") != retention.line;
  if (!says_destruction) {
    advice.Say(retention.line,
               studies ? "the FERPA studies exception requires the period after which data is "
                         "destroyed: write `destroy_within_days` (34 CFR 99.31(a)(6)(iii)(C)(4))"
                       : "no `destroy_within_days`: 30 days apply; write the period down");
  }
  if (retention.line == 0) return;
  if (!retention.submissions_until) {
    advice.Say(retention.line, "no `submissions_until`: submissions stay open to the end of term");
  } else if (*retention.submissions_until > agreement.term.expires) {
    advice.Say(retention.line_of("submissions_until"),
               "`submissions_until` is after the end of the term, which closes submissions first");
  } else if (*retention.submissions_until < today) {
    advice.Say(retention.line_of("submissions_until"), "submissions are closed already");
  }
  if (!retention.releases_until) {
    advice.Say(retention.line, "no `releases_until`: say how long releases stay readable");
  } else if (*retention.releases_until < agreement.term.expires) {
    advice.Say(retention.line_of("releases_until"),
               "releases stop being readable before the term ends");
  } else if (*retention.releases_until - agreement.term.expires > 10 * kYear) {
    advice.Say(retention.line_of("releases_until"),
               "releases, and the row sets that protect later ones, are kept for more than ten "
               "years after the term");
  }
  if (retention.destroy_within_days > 365) {
    advice.Say(retention.line_of("destroy_within_days"),
               "more than a year to destroy what is no longer needed");
  }
  if (retention.max_submissions > 60) {
    advice.Say(retention.line_of("max_submissions"),
               "many submissions make differencing between them easier: most studies need 12 or "
               "fewer a term");
  }
}

void AdviseOnGovernance(const Agreement& agreement, Advice& advice) {
  const Governance& governance = agreement.governance;
  if (governance.line == 0) {
    advice.Say(0,
               "no [governance]: approval is automatic, and nothing is said about breaches, "
               "re-identification and redisclosure");
    return;
  }
  if (governance.breach_notice_hours == 0) {
    advice.Say(governance.line, "no `breach_notice_hours`: say how soon a breach is reported");
  } else if (governance.breach_notice_hours > 72) {
    advice.Say(governance.line_of("breach_notice_hours"),
               "more than 72 hours to report a breach is longer than most state laws allow");
  }
  if (governance.reidentification != "prohibited") {
    advice.Say(governance.line_of("reidentification"), "`reidentification` is not \"prohibited\"");
  }
  if (governance.redisclosure != "prohibited") {
    advice.Say(governance.line_of("redisclosure"), "`redisclosure` is not \"prohibited\"");
  }
}

}  // namespace tallystick::agreements
