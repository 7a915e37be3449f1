#include "agreements/policy.h"

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>

namespace tallystick::agreements {
namespace {

Error Refuse(const Agreement& agreement, int line, Literal rule, Literal message,
             Literal would_pass) {
  return Error(Code::kPermissionDenied, "policy.refused", message)
      .With("agreement", Name(agreement.id))
      .Refused({rule, ClauseFor(agreement, line), would_pass});
}

Error NoSuchOutput(const Agreement& agreement, std::string_view output) {
  const int line = agreement.outputs.empty() ? 0 : agreement.outputs.front().line;
  return Refuse(agreement, line, "AGR-OUTPUT-UNKNOWN", "the agreement permits no such output",
                "an output that the agreement lists: see `tallystick rules`")
      .With("output", Name(output));
}

Status KnownParty(const Agreement& agreement, std::string_view party) {
  if (agreement.FindParty(party) != nullptr) return Ok();
  const int line = agreement.parties.empty() ? 0 : agreement.parties.front().line;
  return Refuse(agreement, line, "AGR-PARTY-UNKNOWN", "not a party of the agreement",
                "an institution that the agreement names as a party")
      .With("party", Name(party));
}

Status NotExpired(const Agreement& agreement, Date today) {
  if (today <= agreement.term.expires) return Ok();
  return Refuse(agreement, agreement.term.line_of("expires"), "AGR-TERM-EXPIRED",
                "the agreement has expired", "a signed amendment with a later `expires`")
      .With("expires", Name(FormatDate(agreement.term.expires)));
}

bool IsRecipient(const Output& output, std::string_view reader) {
  return std::find(output.recipients.begin(), output.recipients.end(), reader) !=
         output.recipients.end();
}

Status Recipient(const Agreement& agreement, const Output& output, std::string_view reader) {
  if (IsRecipient(output, reader)) return Ok();
  return Refuse(agreement, output.line_of("recipients"), "AGR-NOT-RECIPIENT",
                "the output is not for this reader", "a reader among the output's recipients")
      .With("output", Name(output.id))
      .With("reader", Name(reader));
}

Status ReleasesOpen(const Agreement& agreement, Date today) {
  const auto& until = agreement.retention.releases_until;
  if (!until || today <= *until) return Ok();
  return Refuse(agreement, agreement.retention.line_of("releases_until"), "AGR-RELEASES-CLOSED",
                "releases are kept no longer", "a day up to `releases_until`")
      .With("until", Name(FormatDate(*until)));
}

// Whether the agreement refers to this request file: by id or by a prefix of its digest.
bool IsAbout(const RequestDefinition& definition, const Agreement& agreement) {
  const std::string& named = definition.agreement;
  return named == agreement.id || (named.size() >= 8 && agreement.digest.hex().starts_with(named));
}

void PersonRefusals(const Agreement& agreement, std::string_view id, Date today,
                    std::vector<Error>& refusals) {
  const Person* person = agreement.FindPerson(id);
  if (person == nullptr) {
    const int line = agreement.persons.empty() ? 0 : agreement.persons.front().line;
    refusals.push_back(Refuse(agreement, line, "AGR-PERSON-UNKNOWN",
                              "the agreement does not name this person",
                              "a person that the agreement names: an amendment adds one")
                           .With("person", Name(id)));
    return;
  }
  const auto refuse = [&](std::string_view key, Literal rule, Literal message, Literal would_pass) {
    refusals.push_back(Refuse(agreement, person->line_of(key), rule, message, would_pass)
                           .With("person", Name(id)));
  };
  if (person->role != "researcher") {
    refuse("role", "AGR-PERSON-ROLE", "this person's role does not ask for tables",
           "a person with the role researcher");
  }
  if (person->signing_key.empty()) {
    refuse("signing_key", "AGR-PERSON-NO-KEY", "the agreement has no signing key for this person",
           "an amendment that gives the person's signing key");
  }
  if (person->valid_from && today < *person->valid_from) {
    refuse("valid_from", "AGR-PERSON-NOT-YET", "this person may not ask yet",
           "a day from `valid_from` on");
  }
  if (person->valid_to && today > *person->valid_to) {
    refuse("valid_to", "AGR-PERSON-EXPIRED", "this person may ask no longer",
           "an amendment with a later `valid_to`");
  }
}

void FilterRefusals(const Agreement& agreement, const Output& output,
                    const RequestDefinition& definition, std::vector<Error>& refusals) {
  for (const FilterTerm& term : definition.filter) {
    const bool permitted = std::find(output.filters.begin(), output.filters.end(), term.element) !=
                           output.filters.end();
    if (!permitted) {
      refusals.push_back(Refuse(agreement, output.line_of("filters"), "AGR-FILTER-NOT-PERMITTED",
                                "the output may not be restricted by this element",
                                "an element among the output's filters, or no filter")
                             .With("element", Name(term.element.ToString()))
                             .With("request_line", static_cast<std::uint64_t>(term.line)));
      continue;
    }
    const Category& category = *agreement.FindCategory(term.element);
    const std::unordered_set<std::string_view> declared(category.values.begin(),
                                                        category.values.end());
    const auto unknown =
        std::count_if(term.values.begin(), term.values.end(),
                      [&](const std::string& value) { return !declared.contains(value); });
    if (unknown > 0) {
      refusals.push_back(Refuse(agreement, category.line, "AGR-FILTER-VALUE",
                                "a filter names a value that the element does not have",
                                "values that the agreement declares for the element")
                             .With("element", Name(term.element.ToString()))
                             .With("unknown_values", static_cast<std::uint64_t>(unknown))
                             .With("request_line", static_cast<std::uint64_t>(term.line)));
    }
  }
}

void Keep(Status status, std::vector<Error>& refusals) {
  if (!status.ok()) refusals.push_back(std::move(status).error());
}

}  // namespace

Status MaySign(const Agreement& agreement, std::string_view party, Date today) {
  TS_RETURN_IF_ERROR(KnownParty(agreement, party));
  return NotExpired(agreement, today);
}

Status InTerm(const Agreement& agreement, Date today) {
  if (today < agreement.term.effective) {
    return Refuse(agreement, agreement.term.line_of("effective"), "AGR-TERM-NOT-YET",
                  "the agreement is not in force yet", "a day from `effective` on")
        .With("effective", Name(FormatDate(agreement.term.effective)));
  }
  return NotExpired(agreement, today);
}

Status MaySubmit(const Agreement& agreement, std::string_view dataset_id, std::string_view party,
                 std::size_t so_far, Date today) {
  TS_RETURN_IF_ERROR(InTerm(agreement, today));
  TS_RETURN_IF_ERROR(KnownParty(agreement, party));
  const Dataset* dataset = agreement.FindDataset(dataset_id);
  if (dataset == nullptr) {
    return Refuse(agreement, agreement.datasets.empty() ? 0 : agreement.datasets.front().line,
                  "AGR-DATASET-UNKNOWN", "the agreement has no such dataset",
                  "a dataset that the agreement declares")
        .With("dataset", Name(dataset_id));
  }
  if (dataset->party != party) {
    return Refuse(agreement, dataset->line_of("party"), "AGR-DATASET-PARTY",
                  "the dataset is another party's", "a dataset of the submitting party")
        .With("dataset", Name(dataset_id))
        .With("party", Name(party));
  }
  const Retention& retention = agreement.retention;
  if (retention.submissions_until && today > *retention.submissions_until) {
    return Refuse(agreement, retention.line_of("submissions_until"), "AGR-SUBMISSIONS-CLOSED",
                  "submissions are closed", "an amendment with a later `submissions_until`")
        .With("until", Name(FormatDate(*retention.submissions_until)));
  }
  if (so_far >= static_cast<std::size_t>(retention.max_submissions)) {
    return Refuse(agreement, retention.line_of("max_submissions"), "AGR-SUBMISSIONS-CAP",
                  "the dataset has had all its submissions of this term",
                  "an amendment with a higher `max_submissions`")
        .With("dataset", Name(dataset_id))
        .With("max_submissions", static_cast<std::uint64_t>(retention.max_submissions));
  }
  return Ok();
}

std::vector<Error> RequestRefusals(const Agreement& agreement, const RequestDefinition& definition,
                                   std::string_view person, Date today) {
  std::vector<Error> refusals;
  if (!IsAbout(definition, agreement)) {
    refusals.push_back(Refuse(agreement, agreement.lines.Of("id", 0), "AGR-REQUEST-AGREEMENT",
                              "the request names another agreement",
                              "a request file whose `agreement` is this one's id"));
  }
  Keep(InTerm(agreement, today), refusals);
  PersonRefusals(agreement, person, today, refusals);
  const Output* output = agreement.FindOutput(definition.output);
  if (output == nullptr) {
    refusals.push_back(NoSuchOutput(agreement, definition.output));
    return refusals;
  }
  Keep(Recipient(agreement, *output, person), refusals);
  FilterRefusals(agreement, *output, definition, refusals);
  return refusals;
}

Status MayRequest(const Agreement& agreement, const RequestDefinition& definition,
                  std::string_view person, Date today) {
  std::vector<Error> refusals = RequestRefusals(agreement, definition, person, today);
  if (refusals.empty()) return Ok();
  return std::move(refusals.front());
}

Status MayRelease(const Agreement& agreement, std::string_view output, Date today) {
  TS_RETURN_IF_ERROR(InTerm(agreement, today));
  if (agreement.FindOutput(output) == nullptr) return NoSuchOutput(agreement, output);
  return ReleasesOpen(agreement, today);
}

Status MayRead(const Agreement& agreement, std::string_view output_id, std::string_view reader,
               Date today) {
  const Output* output = agreement.FindOutput(output_id);
  if (output == nullptr) return NoSuchOutput(agreement, output_id);
  TS_RETURN_IF_ERROR(Recipient(agreement, *output, reader));
  return ReleasesOpen(agreement, today);
}

std::vector<PermittedQuestion> Rules(const Agreement& agreement, std::string_view person,
                                     Date today) {
  std::vector<PermittedQuestion> rules;
  for (const Output& output : agreement.outputs) {
    RequestDefinition definition;
    definition.agreement = agreement.id;
    definition.output = output.id;
    rules.push_back({&output, ClauseFor(agreement, output.line),
                     MayRequest(agreement, definition, person, today)});
  }
  return rules;
}

}  // namespace tallystick::agreements
