#include "agreements/agreement.h"

#include <algorithm>
#include <utility>

#include "agreements/internal/agreement_reader.h"
#include "agreements/toml_tree.h"

namespace tallystick::agreements {
namespace {

template <class T, class Matches>
const T* FindIn(const std::vector<T>& all, Matches matches) {
  const auto found = std::find_if(all.begin(), all.end(), matches);
  return found == all.end() ? nullptr : &*found;
}

template <class T>
const T* FindById(const std::vector<T>& all, std::string_view id) {
  return FindIn(all, [&](const T& one) { return one.id == id; });
}

template <class T>
const T* FindByName(const std::vector<T>& all, std::string_view name) {
  return FindIn(all, [&](const T& one) { return one.name == name; });
}

Error Invalid(const Problems& problems) {
  const auto sorted = problems.Sorted();
  return Error(Code::kInvalidArgument, "agreement.invalid", "the agreement file has problems")
      .With("line", static_cast<std::uint64_t>(sorted.front().line))
      .With("problems", problems.count());
}

bool HasPart(const Dataset& dataset, const MatchKeyPart& part) {
  if (dataset.HasKind(part.kind)) return true;
  return part.kind == IdentifierKind::kSsn && part.transform == Transform::kLast4 &&
         dataset.HasKind(IdentifierKind::kSsnLast4);
}

}  // namespace

const Identifier* Dataset::FindIdentifier(std::string_view name) const {
  return FindByName(identifiers, name);
}

const Category* Dataset::FindCategory(std::string_view name) const {
  return FindByName(categories, name);
}

const Measure* Dataset::FindMeasure(std::string_view name) const {
  return FindByName(measures, name);
}

bool Dataset::HasKind(IdentifierKind kind) const {
  return FindIn(identifiers, [&](const Identifier& i) { return i.kind == kind; }) != nullptr;
}

const Party* Agreement::FindParty(std::string_view party) const { return FindById(parties, party); }

const Dataset* Agreement::FindDataset(std::string_view dataset) const {
  return FindById(datasets, dataset);
}

const Output* Agreement::FindOutput(std::string_view output) const {
  return FindById(outputs, output);
}

const Person* Agreement::FindPerson(std::string_view person) const {
  return FindById(persons, person);
}

const Category* Agreement::FindCategory(const ElementRef& ref) const {
  const Dataset* dataset = FindDataset(ref.dataset);
  return dataset == nullptr ? nullptr : dataset->FindCategory(ref.element);
}

const Measure* Agreement::FindMeasure(const ElementRef& ref) const {
  const Dataset* dataset = FindDataset(ref.dataset);
  return dataset == nullptr ? nullptr : dataset->FindMeasure(ref.element);
}

std::vector<const Dataset*> Agreement::DatasetsOf(std::string_view party) const {
  std::vector<const Dataset*> of_party;
  for (const Dataset& dataset : datasets) {
    if (dataset.party == party) of_party.push_back(&dataset);
  }
  return of_party;
}

ByteView Agreement::SealingKeyOf(std::string_view recipient) const {
  if (const Party* party = FindParty(recipient)) return party->sealing_key;
  if (const Person* person = FindPerson(recipient)) return person->sealing_key;
  return {};
}

std::vector<ElementRef> Output::Measures() const {
  std::vector<ElementRef> elements;
  for (const MeasureRef& ref : measures) {
    if (std::find(elements.begin(), elements.end(), ref.element) == elements.end()) {
      elements.push_back(ref.element);
    }
  }
  return elements;
}

bool Output::Publishes(const ElementRef& measure, MeasureStat stat) const {
  return std::any_of(measures.begin(), measures.end(), [&](const MeasureRef& ref) {
    return ref.element == measure && ref.stat == stat;
  });
}

std::string_view StatName(MeasureStat stat) {
  switch (stat) {
    case MeasureStat::kSum:
      return "sum";
    case MeasureStat::kMean:
      return "mean";
    case MeasureStat::kSd:
      return "sd";
  }
  return "?";
}

std::string_view CohortName(Cohort cohort) {
  switch (cohort) {
    case Cohort::kLinked:
      return "linked";
    case Cohort::kLeft:
      return "left";
    case Cohort::kRight:
      return "right";
  }
  return "?";
}

std::string Diagnostic::ToString(std::string_view file) const {
  std::string text(file);
  if (line > 0) text += ':' + std::to_string(line);
  if (line > 0 && column > 0) text += ':' + std::to_string(column);
  return text + (severity == kError ? ": error: " : ": warning: ") + message;
}

Result<Agreement> ParseAgreement(ByteView text, std::vector<Diagnostic>* diagnostics,
                                 const ParseOptions& options) {
  if (text.size() > kMaxAgreementBytes) {
    return Error(Code::kInvalidArgument, "agreement.too-large",
                 "an agreement file has at most 262144 bytes")
        .With("bytes", text.size());
  }
  if (!IsUtf8(text)) {
    return Error(Code::kInvalidArgument, "agreement.not-utf8", "an agreement file is UTF-8 text");
  }
  Problems problems;
  Agreement agreement;
  const TomlNode root = ParseToml(text, problems);
  if (problems.empty()) AgreementReader(root, options, problems, agreement).ReadAll();
  if (!problems.empty()) {
    if (diagnostics != nullptr) {
      for (Diagnostic& one : problems.Sorted()) diagnostics->push_back(std::move(one));
    }
    return Invalid(problems);
  }
  agreement.text = Bytes(text);
  agreement.digest = crypto::Sha256(text);
  return agreement;
}

Clause ClauseFor(const Agreement& agreement, int line) { return {Name(agreement.id), line}; }

bool Serves(const Dataset& dataset, const MatchKey& match_key) {
  return std::all_of(match_key.parts.begin(), match_key.parts.end(),
                     [&](const MatchKeyPart& part) { return HasPart(dataset, part); });
}

std::vector<MatchKey> LadderOf(const Agreement& agreement, const Dataset& dataset) {
  std::vector<MatchKey> ladder;
  for (const MatchKey& match_key : agreement.linkage.ladder) {
    if (Serves(dataset, match_key)) ladder.push_back(match_key);
  }
  return ladder;
}

std::vector<MatchKey> LadderFor(const Agreement& agreement, const Dataset& left,
                                const Dataset& right) {
  std::vector<MatchKey> ladder;
  for (const MatchKey& match_key : agreement.linkage.ladder) {
    if (Serves(left, match_key) && Serves(right, match_key)) ladder.push_back(match_key);
  }
  return ladder;
}

}  // namespace tallystick::agreements
