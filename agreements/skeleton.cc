#include "agreements/skeleton.h"

#include <string_view>

#include "crypto/base64.h"

namespace tallystick::agreements {
namespace {

// A TOML basic string of one line; what an agreement could not hold becomes a space.
std::string Quote(std::string_view text, std::string_view otherwise) {
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) ? ' ' : c;
  }
  while (!quoted.empty() && quoted.front() == ' ') quoted.erase(0, 1);
  while (!quoted.empty() && quoted.back() == ' ') quoted.pop_back();
  return '"' + (quoted.empty() ? std::string(otherwise) : quoted) + '"';
}

std::string Keys(const Bytes& signing_key, const Bytes& sealing_key) {
  return "signing_key = \"" + crypto::Base64(signing_key) + "\"\nsealing_key = \"" +
         crypto::Base64(sealing_key) + "\"\n";
}

// "csun-lausd-2026", cut to the 32 characters an id may have.
std::string AgreementId(const Skeleton& skeleton, const std::string& year) {
  std::string parties;
  for (const SkeletonMember& party : skeleton.parties) {
    parties += (parties.empty() ? "" : "-") + party.id;
  }
  return parties.substr(0, 32 - year.size() - 1) + "-" + year;
}

Date YearsLater(Date date, int years) {
  std::chrono::year_month_day ymd(date);
  ymd += std::chrono::years(years);
  if (!ymd.ok()) ymd = ymd.year() / ymd.month() / std::chrono::last;
  return Date(ymd);
}

std::string DatasetId(const SkeletonMember& party) { return party.id + "-records"; }

constexpr std::string_view kIdentifiers = R"toml(
  # Identifiers stay on your premises: only keyed tokens made of them leave.
  # kind: given-name family-name middle-name previous-family-name preferred-given-name birth-date
  #       sex ssn ssn-last4 zip email phone educator-id other
  [[dataset.identifier]]
  name = "first_name"
  kind = "given-name"
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
  name = "ssn_last4"
  kind = "ssn-last4"
  # Categories are what tables are made of. Every value must be listed; "not observed" stands for
  # an empty cell. Mark a category sensitive = true where belonging to it must not be inferred.
  [[dataset.category]]
  name = "group"
  values = ["FILL IN a", "FILL IN b", "not observed"]
)toml";

std::string DatasetText(const SkeletonMember& party) {
  std::string text =
      "\n[[dataset]]\nid = \"" + DatasetId(party) + "\"\nparty = \"" + party.id + "\"\n";
  text += "unit = \"FILL IN: what one row is, such as teacher candidate\"\n";
  text += "population = \"FILL IN: who is in it, matched or not\"\n";
  text += "legal_basis = \"FILL IN, such as ferpa.studies\"  # of this dataset, not the other's\n";
  text += kIdentifiers;
  return text;
}

std::string OutputText(const Skeleton& skeleton) {
  const std::string left = DatasetId(skeleton.parties[0]);
  const std::string right = DatasetId(skeleton.parties[1]);
  std::string text = R"toml(
# What may be asked. Nothing that is not listed here can be released.
[[output]]
id = "group_by_group"
title = "FILL IN: what the table shows"
cohort = "linked"        # linked | left | right: every row of the first or second dataset
)toml";
  text += "datasets = [\"" + left + "\", \"" + right + "\"]  # left, right\n";
  text += "dimensions = [\"" + left + ".group\", \"" + right + ".group\"]\n";
  text += "# filters = [\"" + left + ".group\"]  # categories a request may restrict\n";
  text += "recipients = [";
  for (const SkeletonMember& party : skeleton.parties) text += "\"" + party.id + "\", ";
  for (const SkeletonPerson& person : skeleton.persons) {
    // Compliance officers and conveners see what was done, not the tables.
    if (person.role == "researcher") text += "\"" + person.id + "\", ";
  }
  text.erase(text.size() - 2);
  return text + "]\n";
}

std::string PersonText(const SkeletonPerson& person, Date today) {
  std::string text = "\n[[person]]\nid = \"" + person.id + "\"\nrole = \"" + person.role + "\"\n" +
                     Keys(person.signing_key, person.sealing_key);
  text +=
      "valid_from = " + FormatDate(today) + "\nvalid_to   = " + FormatDate(YearsLater(today, 1));
  return text + "\nirb = \"FILL IN: the approval, or why none is needed\"\n";
}

constexpr std::string_view kLinkage = R"toml(
[linkage]
protocol = "exact"
# Without match_keys the whole default ladder applies, as far as both datasets can serve it.
# match_keys = ["ssn4-dob-last", "first-last-dob", "nickname-last-dob"]
)toml";

}  // namespace

std::string SkeletonText(const Skeleton& skeleton) {
  const std::string today = FormatDate(skeleton.today);
  const std::string year = today.substr(0, 4);
  const std::string expires = FormatDate(YearsLater(skeleton.today, 2));
  std::string text =
      "# A data-sharing agreement. Both institutions sign the exact bytes of this file: a changed\n"
      "# character is another agreement with other keys. Fill in what says FILL IN, then run\n"
      "# `tallystick-agent agreement lint`. The keys below were handed out by the matcher: "
      "compare\n"
      "# the fingerprint with the other institution by telephone before you sign.\n"
      "schema  = \"tallystick/agreement/1\"\n";
  text += "id      = \"" + AgreementId(skeleton, year) + "\"\nversion = 1\n";
  text += "title   = \"FILL IN: what this agreement is about\"\n";
  text += "\n[matcher]\nid  = \"" + skeleton.matcher.id + "\"\nurl = \"" + skeleton.matcher_url +
          "\"\n" + Keys(skeleton.matcher.signing_key, skeleton.matcher.sealing_key);
  text +=
      "\n[purpose]\ncode      = \"improve-instruction\"  # predictive-tests | student-aid | "
      "improve-instruction | audit-evaluation | other\n"
      "statement = \"FILL IN: what is to be learnt, in one sentence\"\n"
      "scope     = \"FILL IN: which cohorts and years\"\n";
  text += "\n[term]                      # inclusive, in UTC\neffective = " + today +
          "\nexpires   = " + expires +
          "\nreview    = " + FormatDate(YearsLater(skeleton.today, 1)) + "\n";
  for (const SkeletonMember& party : skeleton.parties) {
    text += "\n[[party]]\nid = \"" + party.id + "\"\nname = " + Quote(party.name, party.id) + "\n" +
            Keys(party.signing_key, party.sealing_key);
  }
  for (const SkeletonMember& party : skeleton.parties) text += DatasetText(party);
  text += kLinkage;
  text += OutputText(skeleton);
  text +=
      "\n[disclosure]\nmin_cell = 11               # counts 1 to 10 are suppressed\n"
      "min_denominator = 20        # of rates and means\ncomplementary = \"optimal\"\n";
  text += "\n[retention]\nsubmissions_until = " + expires +
          "\nmax_submissions   = 12      # per dataset and term\nreleases_until    = " +
          FormatDate(YearsLater(skeleton.today, 7)) +
          "\ndestroy_within_days = 30    # FERPA studies: the period must be stated\n";
  text +=
      "\n[governance]\napproval = \"automatic\"      # automatic: the agents approve what this "
      "permits; manual: a person at each party\n"
      "breach_notice_hours = 24\nreidentification = \"prohibited\"\n"
      "redisclosure = \"prohibited\"\n";
  for (const SkeletonPerson& person : skeleton.persons) {
    text += PersonText(person, skeleton.today);
  }
  if (skeleton.persons.empty()) {
    text +=
        "\n# Who may ask: run `agreement new` with --person ID, or add a [[person]] table with "
        "id,\n"
        "# role, signing_key, sealing_key, valid_from and valid_to, and name the id in "
        "recipients.\n";
  }
  return text;
}

}  // namespace tallystick::agreements
