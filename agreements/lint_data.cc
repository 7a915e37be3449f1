#include <algorithm>
#include <set>

#include "agreements/internal/advice.h"
#include "agreements/statistics.h"
#include "agreements/toml_tree.h"

namespace tallystick::agreements {
namespace {

constexpr std::size_t kLargeTable = 20'000;  // cells
constexpr std::size_t kAuditedDimensions = 3;

bool Contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

void AdviseOnLegalBasis(const Dataset& dataset, Advice& advice) {
  if (dataset.legal_basis.empty()) {
    advice.Say(dataset.line, "dataset " + Quoted(dataset.id) +
                                 " has no `legal_basis`: each dataset needs its own");
    return;
  }
  const int line = dataset.line_of("legal_basis");
  if (dataset.legal_basis.starts_with("ferpa.audit")) {
    advice.Say(line,
               "the audit or evaluation exception is for state and local educational authorities "
               "and their named authorized representative (34 CFR 99.35): a private university is "
               "rarely one");
  }
  if (dataset.legal_basis.starts_with("ferpa") &&
      (Contains(dataset.unit, "employee") || Contains(dataset.unit, "staff"))) {
    advice.Say(line,
               "employment records are mostly not education records: FERPA may not be their "
               "legal basis");
  }
}

// The identifier kinds that some match key reads from a dataset.
std::set<IdentifierKind> KindsUsed(const Agreement& agreement, const Dataset& dataset) {
  std::set<IdentifierKind> used;
  for (const MatchKey& match_key : LadderOf(agreement, dataset)) {
    for (const MatchKeyPart& part : match_key.parts) {
      used.insert(part.kind);
      if (part.kind == IdentifierKind::kSsn) used.insert(IdentifierKind::kSsnLast4);
      if (part.transform != Transform::kVariants) continue;
      used.insert(part.kind == IdentifierKind::kGivenName ? IdentifierKind::kPreferredGivenName
                                                          : IdentifierKind::kPreviousFamilyName);
    }
  }
  return used;
}

bool IsStrong(const MatchKey& match_key) {
  return match_key.parts.size() >= 2 ||
         (match_key.parts.size() == 1 && match_key.parts[0].kind == IdentifierKind::kSsn &&
          match_key.parts[0].transform == Transform::kFull);
}

void AdviseOnTableSize(const Agreement& agreement, const Output& output, Advice& advice) {
  std::size_t cells = 1;
  for (const ElementRef& ref : output.dimensions) {
    cells *= agreement.FindCategory(ref)->values.size() + 2;  // "not linked" and the margin
    if (cells > kLargeTable) break;
  }
  if (cells > kLargeTable) {
    advice.Say(output.line_of("dimensions"),
               "more than 20,000 cells: most will be suppressed, and protecting them takes long");
  }
  if (output.dimensions.size() > kAuditedDimensions) {
    advice.Say(output.line_of("dimensions"),
               "this version audits tables of up to three dimensions: a request for this output "
               "may be refused");
  }
}

// A sum can only be found again below 2^40, so a file with more rows is refused at submission.
void AdviseOnMeasures(const Agreement& agreement, const Output& output, Advice& advice) {
  constexpr std::uint64_t kUsualRows = 1'000'000;
  for (const ElementRef& element : output.Measures()) {
    const bool squares = output.Publishes(element, MeasureStat::kSd);
    const std::uint64_t rows = MaxRows(*agreement.FindMeasure(element), squares);
    if (rows >= kUsualRows) continue;
    advice.Say(output.line_of("measures"),
               Quoted(element.ToString()) + " is stored so finely that " +
                   (squares ? "its standard deviation" : "its sum") + " holds at most " +
                   std::to_string(rows) + " rows: a smaller `scale` holds more");
  }
}

void AdviseOnRecipients(const Agreement& agreement, const Output& output, Advice& advice) {
  const int line = output.line_of("recipients");
  bool researcher = false;
  for (const std::string& id : output.recipients) {
    if (agreement.SealingKeyOf(id).empty()) {
      advice.Say(line, "recipient " + Quoted(id) +
                           " has no `sealing_key` in the agreement and cannot read the labels");
    }
    const Person* person = agreement.FindPerson(id);
    researcher = researcher || (person != nullptr && person->role == "researcher");
  }
  if (!researcher && !agreement.persons.empty()) {
    advice.Say(line, "no researcher is a recipient of output " + Quoted(output.id) +
                         ": nobody may ask for it");
  }
}

}  // namespace

void AdviseOnDatasets(const Agreement& agreement, Advice& advice) {
  for (const Dataset& dataset : agreement.datasets) {
    AdviseOnLegalBasis(dataset, advice);
    if (dataset.population.empty()) {
      advice.Say(dataset.line, "dataset " + Quoted(dataset.id) +
                                   " has no `population`: say who is in it, matched or not");
    }
    const auto required = [](const Identifier& identifier) { return identifier.required; };
    if (std::none_of(dataset.identifiers.begin(), dataset.identifiers.end(), required)) {
      advice.Say(dataset.line, "no identifier of dataset " + Quoted(dataset.id) +
                                   " is required: an empty file would pass");
    }
    const auto used = KindsUsed(agreement, dataset);
    for (const Identifier& identifier : dataset.identifiers) {
      if (!used.contains(identifier.kind)) {
        advice.Say(identifier.line,
                   "identifier " + Quoted(identifier.name) + " serves no match key: leave it out");
      }
    }
  }
}

void AdviseOnLinkage(const Agreement& agreement, Advice& advice) {
  const Linkage& linkage = agreement.linkage;
  if (!linkage.padding) {
    advice.Say(linkage.line_of("padding"),
               "without padding the matcher sees which rows have a second surname or lack a "
               "number");
  }
  for (const MatchKey& match_key : linkage.ladder) {
    if (!IsStrong(match_key)) {
      const bool educator = match_key.parts[0].kind == IdentifierKind::kEducatorId;
      advice.Say(match_key.line,
                 "match key " + Quoted(match_key.name) +
                     (educator ? " is the educator id alone: ids are reissued and mistyped, and "
                                 "one is enough to look a person up; add a name or birth date"
                               : " has a single part: different people will share it"));
    }
    if (match_key.line == 0) continue;  // the whole default ladder: keys are meant to drop out
    for (const Dataset& dataset : agreement.datasets) {
      if (!Serves(dataset, match_key)) {
        advice.Say(match_key.line, "dataset " + Quoted(dataset.id) + " cannot serve match key " +
                                       Quoted(match_key.name) + ": it is left out there");
      }
    }
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (const Output& output : agreement.outputs) {
    if (!seen.insert({output.left, output.right}).second) continue;
    const Dataset* left = agreement.FindDataset(output.left);
    const Dataset* right = agreement.FindDataset(output.right);
    if (LadderFor(agreement, *left, *right).empty()) {
      advice.Say(linkage.line, "no match key is served by both " + Quoted(left->id) + " and " +
                                   Quoted(right->id) + ": nobody can be linked");
    }
  }
}

void AdviseOnOutputs(const Agreement& agreement, Advice& advice) {
  for (const Output& output : agreement.outputs) {
    for (const ElementRef& ref : output.dimensions) {
      if (agreement.FindCategory(ref)->sensitive) {
        advice.Say(output.line_of("dimensions"),
                   Quoted(ref.ToString()) + " is marked sensitive and is a dimension of output " +
                       Quoted(output.id));
      }
    }
    AdviseOnMeasures(agreement, output, advice);
    AdviseOnTableSize(agreement, output, advice);
    AdviseOnRecipients(agreement, output, advice);
  }
}

void AdviseOnPersons(const Agreement& agreement, Date today, Advice& advice) {
  if (agreement.persons.empty()) {
    advice.Say(0, "no [[person]]: nobody may ask for a table until an amendment names one");
  }
  for (const Person& person : agreement.persons) {
    const std::string who = "person " + Quoted(person.id);
    if (person.signing_key.empty()) {
      advice.Say(person.line, who + " has no `signing_key` and cannot sign a request");
    }
    if (!person.valid_from || !person.valid_to) {
      advice.Say(person.line, who + " has no validity: write `valid_from` and `valid_to`");
    } else if (*person.valid_to < today) {
      advice.Say(person.line_of("valid_to"), who + " may ask no longer");
    } else if (*person.valid_to > agreement.term.expires) {
      advice.Say(person.line_of("valid_to"), who + " is valid beyond the end of the term");
    }
    if (person.role == "researcher" && person.irb.empty()) {
      advice.Say(person.line, who + " has no `irb`: name the approval or say that none is needed");
    }
    // An institution that asks and approves is one pair of eyes instead of two.
    for (const Party& party : agreement.parties) {
      if (!person.signing_key.empty() && person.signing_key == party.signing_key) {
        advice.Say(person.line_of("signing_key"), who + " signs with the key of " +
                                                      Quoted(party.id) +
                                                      ": the approver would be the requester");
      }
    }
    if (!person.signing_key.empty() && person.signing_key == agreement.matcher.signing_key) {
      advice.Say(person.line_of("signing_key"),
                 who + " signs with the matcher's key: the matcher could ask by itself");
    }
  }
}

}  // namespace tallystick::agreements
