#include <cmath>
#include <utility>

#include "agreements/internal/agreement_reader.h"
#include "agreements/statistics.h"

namespace tallystick::agreements {
namespace {

constexpr std::size_t kMaxPreviousFamilyNames = 3;

// Words the tables use for themselves.
bool IsReserved(std::string_view value) { return value == "ALL" || value == "not linked"; }

template <class Element>
void ReadNotes(TableReader& reader, Element& element) {
  element.line = reader.line();
  element.name = reader.ColumnName("name");
  element.ceds = reader.Text("ceds", Need::kOptional);
  element.label = reader.Text("label", Need::kOptional);
  element.definition = reader.Paragraph("definition", Need::kOptional);
}

// An element is a column, so its name is used once in a dataset whatever its sort.
void CheckName(TableReader& reader, const Dataset& dataset, std::string_view name) {
  if (name.empty()) return;
  if (dataset.FindIdentifier(name) != nullptr || dataset.FindCategory(name) != nullptr ||
      dataset.FindMeasure(name) != nullptr) {
    reader.Complain("name",
                    "a second element " + Quoted(name) + " in dataset " + Quoted(dataset.id));
  }
}

}  // namespace

void AgreementReader::ReadDatasets() {
  for (const TomlNode* table : root_.Tables("dataset", kMaxDatasets, Need::kRequired)) {
    agreement_.datasets.push_back(ReadDataset(*table));
  }
  if (!root_.Has("dataset")) return;
  if (agreement_.datasets.size() == 1) {
    root_.Complain("dataset", "one dataset cannot be linked: each side declares its own");
  }
  for (const Party& party : agreement_.parties) {
    if (!party.id.empty() && agreement_.DatasetsOf(party.id).empty()) {
      problems_.Error(party.line, 1, "party " + Quoted(party.id) + " has no dataset");
    }
  }
}

Dataset AgreementReader::ReadDataset(const TomlNode& table) {
  TableReader reader(table, "[[dataset]]", problems_);
  Dataset dataset;
  dataset.line = reader.line();
  dataset.lines = reader.lines();
  dataset.id = reader.LongId("id");
  dataset.party = reader.Id("party");
  dataset.unit = reader.Text("unit", Need::kOptional);
  dataset.population = reader.Paragraph("population", Need::kOptional);
  dataset.legal_basis = reader.Text("legal_basis", Need::kOptional);
  ReadIdentifiers(reader, dataset);
  ReadCategories(reader, dataset);
  ReadMeasures(reader, dataset);
  reader.Finish();

  if (!dataset.id.empty() && agreement_.FindDataset(dataset.id) != nullptr) {
    reader.Complain("id", "a second dataset " + Quoted(dataset.id));
  }
  if (!dataset.party.empty() && agreement_.FindParty(dataset.party) == nullptr) {
    reader.Complain("party", "no party " + Quoted(dataset.party) +
                                 DidYouMean(problems_, dataset.party,
                                            [&] { return IdsOf(agreement_.parties); }));
  }
  return dataset;
}

void AgreementReader::ReadIdentifiers(TableReader& outer, Dataset& dataset) {
  for (const TomlNode* table : outer.Tables("identifier", kMaxElements, Need::kRequired)) {
    TableReader reader(*table, "[[dataset.identifier]]", problems_);
    Identifier identifier;
    ReadNotes(reader, identifier);
    identifier.required = reader.Boolean("required").value_or(false);
    const std::string kind = reader.Text("kind");
    reader.Finish();
    CheckName(reader, dataset, identifier.name);
    if (const auto parsed = ParseKind(kind)) {
      identifier.kind = *parsed;
      std::size_t same = 0;
      for (const Identifier& other : dataset.identifiers) same += other.kind == *parsed ? 1 : 0;
      const bool several = *parsed == IdentifierKind::kPreviousFamilyName;
      if (same >= (several ? kMaxPreviousFamilyNames : 1)) {
        reader.Complain("kind", several ? "more than 3 identifiers of kind `previous-family-name`"
                                        : "a second identifier of kind " + Quoted(kind));
      }
    } else if (!kind.empty()) {
      reader.Complain("kind", "unknown kind " + Quoted(kind) + DidYouMean(problems_, kind, [] {
                                return std::vector<std::string>(KindNames().begin(),
                                                                KindNames().end());
                              }));
    }
    dataset.identifiers.push_back(std::move(identifier));
  }
}

void AgreementReader::ReadCategories(TableReader& outer, Dataset& dataset) {
  for (const TomlNode* table : outer.Tables("category", kMaxElements, Need::kOptional)) {
    TableReader reader(*table, "[[dataset.category]]", problems_);
    Category category;
    ReadNotes(reader, category);
    category.sensitive = reader.Boolean("sensitive").value_or(false);
    for (Listed& value : reader.Strings("values", kMaxCategoryValues, Need::kRequired)) {
      if (IsReserved(value.text)) {
        problems_.Error(value.line, value.column,
                        Quoted(value.text) + " has a meaning of its own in tables");
      }
      category.values.push_back(std::move(value.text));
    }
    reader.Finish();
    CheckName(reader, dataset, category.name);
    dataset.categories.push_back(std::move(category));
  }
}

void AgreementReader::ReadMeasures(TableReader& outer, Dataset& dataset) {
  for (const TomlNode* table : outer.Tables("measure", kMaxElements, Need::kOptional)) {
    TableReader reader(*table, "[[dataset.measure]]", problems_);
    Measure measure;
    ReadNotes(reader, measure);
    const auto min = reader.Number("min");
    const auto max = reader.Number("max");
    const auto scale = reader.Number("scale", Need::kOptional);
    reader.Finish();
    CheckName(reader, dataset, measure.name);
    measure.min = min.value_or(0);
    measure.max = max.value_or(0);
    measure.scale = reader.Has("scale") ? scale.value_or(0) : 1;
    if (min && max && !(*min < *max)) reader.Complain("max", "`max` must be above `min`");
    if (scale && !(*scale > 0)) reader.Complain("scale", "`scale` must be above 0");
    // Negated, so that an infinite product is refused too.
    if (min && max && *min < *max && measure.scale > 0 &&
        !((measure.max - measure.min) * measure.scale <= kMaxStoredMeasure)) {
      reader.Complain("scale", "(max - min) x scale is above 1,048,576: choose a smaller `scale`");
    }
    dataset.measures.push_back(std::move(measure));
  }
}

}  // namespace tallystick::agreements
