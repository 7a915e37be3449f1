#include <algorithm>
#include <utility>

#include "agreements/internal/agreement_reader.h"

namespace tallystick::agreements {
namespace {

constexpr std::size_t kMaxRefs = 64;

std::optional<MeasureStat> ParseStat(std::string_view text) {
  if (text == "sum") return MeasureStat::kSum;
  if (text == "mean") return MeasureStat::kMean;
  if (text == "sd") return MeasureStat::kSd;
  return std::nullopt;
}

// Every "dataset.element" of one sort, for suggestions.
std::vector<std::string> Everything(const Agreement& agreement, bool measures) {
  std::vector<std::string> refs;
  for (const Dataset& dataset : agreement.datasets) {
    if (measures) {
      for (const Measure& measure : dataset.measures) {
        refs.push_back(dataset.id + "." + measure.name);
      }
    } else {
      for (const Category& category : dataset.categories) {
        refs.push_back(dataset.id + "." + category.name);
      }
    }
  }
  return refs;
}

}  // namespace

void AgreementReader::ReadOutputs() {
  for (const TomlNode* table : root_.Tables("output", kMaxOutputs, UnlessLenient())) {
    agreement_.outputs.push_back(ReadOutput(*table));
  }
}

Output AgreementReader::ReadOutput(const TomlNode& table) {
  TableReader reader(table, "[[output]]", problems_);
  Output output;
  output.line = reader.line();
  output.lines = reader.lines();
  output.id = reader.LongId("id");
  output.title = reader.Text("title", Need::kOptional);
  const std::string cohort =
      reader.Choice("cohort", {"linked", "left", "right"}).value_or("linked");
  output.cohort = cohort == "left"    ? Cohort::kLeft
                  : cohort == "right" ? Cohort::kRight
                                      : Cohort::kLinked;
  output.dimensions = CategoryRefs(reader, "dimensions", kMaxDimensions, Need::kRequired);
  output.filters = CategoryRefs(reader, "filters", kMaxRefs, Need::kOptional);
  ReadMeasureRefs(reader, output);
  ReadRecipients(reader, output);
  ResolveDatasets(reader, output);
  reader.Finish();
  if (!output.id.empty() && agreement_.FindOutput(output.id) != nullptr) {
    reader.Complain("id", "a second output " + Quoted(output.id));
  }
  return output;
}

bool AgreementReader::Resolve(const Listed& listed, std::string_view text, ElementRef* ref) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) {
    problems_.Error(listed.line, listed.column,
                    Quoted(listed.text) + " must name dataset and element: \"dataset.element\"");
    return false;
  }
  ref->dataset = std::string(text.substr(0, dot));
  ref->element = std::string(text.substr(dot + 1));
  if (agreement_.FindDataset(ref->dataset) == nullptr) {
    problems_.Error(listed.line, listed.column,
                    "no dataset " + Quoted(ref->dataset) + DidYouMean(problems_, ref->dataset, [&] {
                      return IdsOf(agreement_.datasets);
                    }));
    return false;
  }
  return true;
}

std::vector<ElementRef> AgreementReader::CategoryRefs(TableReader& reader, std::string_view key,
                                                      std::size_t max, Need need) {
  std::vector<ElementRef> refs;
  for (const Listed& listed : reader.Strings(key, max, need)) {
    ElementRef ref;
    if (!Resolve(listed, listed.text, &ref)) continue;
    if (agreement_.FindCategory(ref) == nullptr) {
      const bool identifies =
          agreement_.FindDataset(ref.dataset)->FindIdentifier(ref.element) != nullptr;
      problems_.Error(
          listed.line, listed.column,
          identifies
              ? Quoted(listed.text) + " is an identifier: only a declared category can be shown"
              : "no category " + Quoted(listed.text) + DidYouMean(problems_, listed.text, [&] {
                  return Everything(agreement_, false);
                }));
      continue;
    }
    refs.push_back(std::move(ref));
  }
  return refs;
}

void AgreementReader::ReadMeasureRefs(TableReader& reader, Output& output) {
  for (const Listed& listed : reader.Strings("measures", kMaxRefs)) {
    const auto colon = listed.text.find(':');
    const auto stat = colon == std::string::npos
                          ? std::nullopt
                          : ParseStat(std::string_view(listed.text).substr(colon + 1));
    if (!stat) {
      problems_.Error(listed.line, listed.column,
                      Quoted(listed.text) + " must end in :sum, :mean or :sd");
      continue;
    }
    const std::string_view text = std::string_view(listed.text).substr(0, colon);
    MeasureRef ref{{}, *stat};
    if (!Resolve(listed, text, &ref.element)) continue;
    if (agreement_.FindMeasure(ref.element) == nullptr) {
      problems_.Error(listed.line, listed.column,
                      "no measure " + Quoted(text) + DidYouMean(problems_, text, [&] {
                        return Everything(agreement_, true);
                      }));
      continue;
    }
    output.measures.push_back(std::move(ref));
  }
  // Whether each measure was observed is a dimension of the table of counts.
  if (output.dimensions.size() + output.Measures().size() > kMaxDimensions) {
    reader.Complain("measures", "dimensions and measures together are more than 6");
  }
}

void AgreementReader::ReadRecipients(TableReader& reader, Output& output) {
  for (Listed& listed : reader.Strings("recipients", kMaxParties + kMaxPersons, UnlessLenient())) {
    if (!options_.lenient && agreement_.FindParty(listed.text) == nullptr &&
        agreement_.FindPerson(listed.text) == nullptr) {
      const auto ids = [&] {
        std::vector<std::string> all = IdsOf(agreement_.parties);
        for (const Person& person : agreement_.persons) all.push_back(person.id);
        return all;
      };
      problems_.Error(
          listed.line, listed.column,
          "no party or person " + Quoted(listed.text) + DidYouMean(problems_, listed.text, ids));
      continue;
    }
    output.recipients.push_back(std::move(listed.text));
  }
}

// A table is about two datasets of two parties. Which is left and which is right decides what the
// cohorts mean, so it is settled here, once, for both sides.
void AgreementReader::ResolveDatasets(TableReader& reader, Output& output) {
  std::vector<const Dataset*> pair;
  const auto add = [&](const std::string& id) {
    const Dataset* dataset = agreement_.FindDataset(id);
    if (std::find(pair.begin(), pair.end(), dataset) == pair.end()) pair.push_back(dataset);
  };
  const std::vector<Listed> declared = reader.Strings("datasets", 2);
  for (const Listed& listed : declared) {
    if (agreement_.FindDataset(listed.text) == nullptr) {
      problems_.Error(listed.line, listed.column, "no dataset " + Quoted(listed.text));
      return;
    }
    add(listed.text);
  }
  if (reader.Has("datasets") && pair.size() != 2) {
    return reader.Complain("datasets", "`datasets` names two: [\"left\", \"right\"]");
  }
  const std::size_t named = pair.size();
  for (const ElementRef& ref : output.dimensions) add(ref.dataset);
  for (const ElementRef& ref : output.filters) add(ref.dataset);
  for (const MeasureRef& ref : output.measures) add(ref.element.dataset);
  if (pair.size() > 2) {
    return reader.Complain(named == 2 ? "datasets" : "dimensions",
                           "an output is about two datasets; this one names elements of more");
  }
  if (named == 0) {
    const bool only_two = agreement_.datasets.size() == 2;
    if (pair.size() < 2 && !only_two) {
      return reader.Complain(
          "dimensions", "which two datasets is this about? say datasets = [\"left\", \"right\"]");
    }
    std::vector<const Dataset*> in_order;
    for (const Dataset& dataset : agreement_.datasets) {
      if (only_two || std::find(pair.begin(), pair.end(), &dataset) != pair.end()) {
        in_order.push_back(&dataset);
      }
    }
    pair = in_order;
  }
  if (pair.size() != 2) return;  // said above
  if (pair[0]->party == pair[1]->party) {
    return reader.Complain(named == 2 ? "datasets" : "dimensions",
                           "both datasets are of party " + Quoted(pair[0]->party));
  }
  output.left = pair[0]->id;
  output.right = pair[1]->id;
}

}  // namespace tallystick::agreements
