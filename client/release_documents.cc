#include "client/release_documents.h"

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
  text += "\n## Caveats\n\n";
  text += "- Counts below " + std::to_string(release.agreement.disclosure.min_cell) +
          " are suppressed, and with them whatever would let them be computed.\n";
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
      "\"constraints\": {\"enum\": [\"F\", \"S\", \"N\"]}}\n    ]}\n  }, {\n";
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
  json += ",\n  \"budget\": null\n}\n";
  return json;
}

}  // namespace tallystick::client
