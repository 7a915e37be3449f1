#include "client/release_documents.h"

#include <iomanip>
#include <sstream>

#include "agreements/request.h"
#include "base/clock.h"
#include "base/console.h"
#include "client/csv_field.h"
#include "crypto/hash.h"

namespace tallystick::client {
namespace {

std::string JoinPartyNames(const Release& release) {
  std::string joined;
  for (const agreements::Party& party : release.agreement.parties) {
    joined += (joined.empty() ? "" : " and ") + party.name;
  }
  return joined;
}

const agreements::Output* OutputOf(const Release& release) {
  return release.agreement.FindOutput(release.body.output());
}

std::string TitleOf(const Release& release) {
  const agreements::Output* output = OutputOf(release);
  return output == nullptr || output->title.empty() ? release.body.output() : output->title;
}

std::string CohortSentence(const Release& release) {
  const agreements::Output* output = OutputOf(release);
  if (output == nullptr) return release.body.cohort();
  if (output->cohort == agreements::Cohort::kLinked) {
    return "people found in both " + output->left + " and " + output->right;
  }
  const bool left = output->cohort == agreements::Cohort::kLeft;
  const std::string& own = left ? output->left : output->right;
  const std::string& other = left ? output->right : output->left;
  return "everybody in " + own + "; \"not linked\" are those not found in " + other;
}

std::string DateOfRelease(const Release& release) {
  return FormatTime(Time(std::chrono::seconds(release.body.created())));
}

// "0 to 250000" in the words of the agreement.
std::string RangeText(const agreements::Measure& measure) {
  std::ostringstream text;
  text << std::setprecision(15) << measure.min << " to " << measure.max;
  return text.str();
}

std::string MeaningOf(const StatisticColumn& column) {
  if (!column.stat) return "people of the cohort with these values it was observed for";
  switch (*column.stat) {
    case agreements::MeasureStat::kSum:
      return "sum over them, rounded";
    case agreements::MeasureStat::kMean:
      return "mean over them, rounded";
    case agreements::MeasureStat::kSd:
      return "sample standard deviation over them, rounded";
  }
  return {};
}

void AddToCodebook(const Release& release, const StatisticColumn& column, std::string& csv) {
  const agreements::Measure& measure = *release.agreement.FindMeasure(column.element);
  const std::string& label = measure.label.empty() ? measure.name : measure.label;
  std::string definition = MeaningOf(column);
  if (!measure.definition.empty()) definition = measure.definition + ": " + definition;
  csv += CsvField(column.name) + "," + CsvField(label) + "," + CsvField(definition) + "," +
         CsvField(measure.ceds) + "," +
         CsvField(column.element.dataset + " of " +
                  release.agreement.FindDataset(column.element.dataset)->party) +
         "," + CsvField(column.stat ? "each person's " + RangeText(measure) : "0 and more") +
         ",empty where the status is S or N\n";
  csv += CsvField(column.name + "_status") + ",status of " + CsvField(column.name) +
         ",F published; S suppressed; N not observed,,disclosure control,F | S | N,\n";
}

std::string ShareText(int share) { return share < 0 ? "null" : std::to_string(share); }

}  // namespace

std::string ReadmeText(const Release& release) {
  std::string question;
  if (const auto request = agreements::ParseRequest(release.request_file, nullptr); request.ok()) {
    question = request->question;
  }
  std::string text = "# " + TitleOf(release) + "\n\n";
  if (!question.empty()) text += "Question: " + question + "\n\n";
  text += "Cohort: " + CohortSentence(release) + ".\n";
  for (const v1::FilterLabels& filter : release.body.filters()) {
    text += "Only rows whose " + filter.element() + " is one of:";
    for (const std::string& label : filter.labels()) text += " " + label;
    text += ".\n";
  }
  text += "\n## Method\n\n";
  text += "Records of " + JoinPartyNames(release) +
          " were linked on keyed tokens under agreement " + release.agreement.id + " (version " +
          std::to_string(release.agreement.version) +
          "): no names or other identifiers left either institution. The table was counted by " +
          release.body.matcher() +
          ", passed disclosure control, and was signed by the matcher and by every party.\n";
  text += "\n## Reading the table\n\n";
  text +=
      "`table.csv` has one row per combination of values; `ALL` is the margin. "
      "`count_status` is F for a published count and S for a suppressed one, whose count is "
      "empty. Suppressed cells carry one mark, whatever the reason. A zero is a zero.\n";
  if (!release.body.measure_tables().empty()) {
    text +=
        "\nStatistics of a measure stand in columns of their own: `_n` is the number of people it "
        "was observed for, and `_sum`, `_mean` and `_sd` are computed from sums that only the two "
        "institutions together could open, each for this release alone. They have two significant "
        "digits at most and are no finer than one person's share. N: observed for nobody.\n";
  }
  text += "\n## Caveats\n\n";
  text += "- Counts below " + std::to_string(release.agreement.disclosure.min_cell) +
          " are suppressed, and with them whatever would let them be computed.\n";
  if (!release.body.measure_tables().empty()) {
    text += "- Statistics of fewer than " +
            std::to_string(release.agreement.disclosure.min_denominator) +
            " observed people are suppressed, and others with them. Dominance (one person making "
            "up most of a sum) cannot be checked on encrypted values: the declared range and the "
            "minimum stand in for it.\n";
  }
  text +=
      "- Linkage misses some people (changed names, missing identifiers) and may join a few "
      "wrongly; `quality.json` says what may be told of it.\n";
  text +=
      "- Re-identification and redisclosure are governed by the agreement, which is in "
      "`agreement.toml`.\n";
  text += "\n## Citing\n\n";
  text += JoinPartyNames(release) + ". " + TitleOf(release) + ". Release " +
          release.body.request_id() + ", " + DateOfRelease(release) + ". SHA-256 " +
          crypto::Sha256(release.body_bytes).hex() + ".\n";
  text += "\n## Checking\n\n`tallystick release verify DIR` checks everything here offline.\n";
  return text;
}

std::string DataPackageJson(const Release& release) {
  std::string json = "{\n  \"$schema\": \"https://datapackage.org/profiles/2.0/datapackage.json\"";
  json += ",\n  \"name\": " + JsonQuote("release-" + release.body.request_id());
  json += ",\n  \"title\": " + JsonQuote(TitleOf(release));
  json += ",\n  \"created\": " + JsonQuote(DateOfRelease(release));
  json += ",\n  \"resources\": [{\n    \"name\": \"table\", \"path\": \"table.csv\"";
  json += ", \"type\": \"table\", \"format\": \"csv\", \"mediatype\": \"text/csv\"";
  json += ", \"encoding\": \"utf-8\",\n    \"schema\": {\"missingValues\": [\"\"], \"fields\": [";
  for (const std::string& name : DimensionNames(release)) {
    json += "\n      {\"name\": " + JsonQuote(name) + ", \"type\": \"string\"},";
  }
  json += "\n      {\"name\": \"count\", \"type\": \"integer\"},";
  json +=
      "\n      {\"name\": \"count_status\", \"type\": \"string\", "
      "\"constraints\": {\"enum\": [\"F\", \"S\", \"N\"]}}";
  for (const StatisticColumn& column : StatisticColumns(release)) {
    json += ",\n      {\"name\": " + JsonQuote(column.name) +
            ", \"type\": " + (column.stat ? "\"number\"}" : "\"integer\"}");
    json += ",\n      {\"name\": " + JsonQuote(column.name + "_status") +
            ", \"type\": \"string\", \"constraints\": {\"enum\": [\"F\", \"S\", \"N\"]}}";
  }
  json += "\n    ]}\n  }, {\n";
  json +=
      "    \"name\": \"codebook\", \"path\": \"codebook.csv\", \"type\": \"table\", "
      "\"format\": \"csv\", \"mediatype\": \"text/csv\", \"encoding\": \"utf-8\"\n  }]\n}\n";
  return json;
}

std::string CodebookCsv(const Release& release) {
  std::string csv = "variable,label,definition,ceds,source,values,missing\n";
  const std::vector<std::string> names = DimensionNames(release);
  for (int d = 0; d < release.body.dimensions_size(); ++d) {
    const v1::Dimension& dimension = release.body.dimensions(d);
    if (dimension.observation()) continue;
    const agreements::Category* category =
        release.agreement.FindCategory({dimension.dataset(), dimension.element()});
    std::string values;
    for (const std::string& value : category->values) values += value + " | ";
    if (dimension.with_not_linked()) values += "not linked | ";
    values += "ALL";
    const std::string label = category->label.empty() ? dimension.element() : category->label;
    csv += CsvField(names[static_cast<std::size_t>(d)]) + "," + CsvField(label) + "," +
           CsvField(category->definition) + "," + CsvField(category->ceds) + "," +
           CsvField(dimension.dataset() + " of " + dimension.party()) + "," + CsvField(values) +
           ",\n";
  }
  csv +=
      "count,number of people,people of the cohort with these values,,counted by the matcher,"
      "0 and more,empty where count_status is S\n";
  csv +=
      "count_status,status of the count,F published; S suppressed; N not observed,,"
      "disclosure control,F | S | N,\n";
  for (const StatisticColumn& column : StatisticColumns(release))
    AddToCodebook(release, column, csv);
  return csv;
}

std::string QualityJson(const Release& release) {
  const v1::LinkageQuality& quality = release.body.quality();
  const agreements::Output* output = OutputOf(release);
  std::string json = "{\n  \"linked_share_percent\": {";
  if (output != nullptr) {
    json += JsonQuote(output->left) + ": " + ShareText(quality.linked_share_left()) + ", " +
            JsonQuote(output->right) + ": " + ShareText(quality.linked_share_right());
  }
  json += "},\n  \"ambiguous_share_percent\": {";
  if (output != nullptr) {
    json += JsonQuote(output->left) + ": " + ShareText(quality.ambiguous_share_left()) + ", " +
            JsonQuote(output->right) + ": " + ShareText(quality.ambiguous_share_right());
  }
  json += "},\n  \"by_match_key_percent\": {";
  bool first = true;
  for (const v1::KeyQuality& key : quality.by_key()) {
    json += (first ? "" : ", ") + JsonQuote(key.name()) + ": " + ShareText(key.share_of_links());
    first = false;
  }
  json +=
      "},\n  \"note\": \"whole percent of submitted rows (by match key: of the links); null where "
      "it must not be told\"\n}\n";
  return json;
}

std::string DisclosureJson(const Release& release) {
  const v1::ReleaseBody& body = release.body;
  std::string json = "{\n  \"engine\": " + JsonQuote(body.engine());
  json += ",\n  \"solver\": " + JsonQuote(body.solver());
  json += ",\n  \"protection_level\": " + JsonQuote(body.protection_level());
  json += ",\n  \"rules\": [";
  for (int i = 0; i < body.rules_size(); ++i) {
    const v1::RuleApplied& rule = body.rules(i);
    json += i == 0 ? "\n    {" : ",\n    {";
    json += "\"rule\": " + JsonQuote(rule.rule()) + ", \"value\": " + JsonQuote(rule.value()) +
            ", \"clause\": " +
            JsonQuote("agreement " + rule.clause_agreement() + " line " +
                      std::to_string(rule.clause_line())) +
            "}";
  }
  json += "\n  ],\n  \"suppressed_cells\": " + std::to_string(body.suppressed_cells());
  json += ",\n  \"audit\": {\"result\": \"passed\", \"attackers\": [";
  for (int i = 0; i < body.attackers_size(); ++i) {
    json += (i == 0 ? "" : ", ") + JsonQuote(body.attackers(i));
  }
  json += "]},\n  \"witnesses_digest\": " + JsonQuote(ToHex(body.witnesses_digest()));
  json += ",\n  \"table_digest\": " + JsonQuote(crypto::Sha256(body.table()).hex());
  json += ",\n  \"measures\": [";
  for (int m = 0; m < body.measure_tables_size(); ++m) {
    const v1::MeasureTable& table = body.measure_tables(m);
    json += m == 0 ? "\n    {" : ",\n    {";
    json += "\"element\": " + JsonQuote(table.element()) +
            ", \"table_digest\": " + JsonQuote(crypto::Sha256(table.table()).hex()) +
            ", \"witnesses_digest\": " + JsonQuote(ToHex(table.witnesses_digest())) +
            ", \"dominance\": \"not checked: encrypted; range and minimum stand in\"}";
  }
  json += "]";
  if (!body.openings_root().empty()) {
    json += ",\n  \"openings_root\": " + JsonQuote(ToHex(body.openings_root()));
  }
  json += ",\n  \"budget\": null\n}\n";
  return json;
}

}  // namespace tallystick::client
