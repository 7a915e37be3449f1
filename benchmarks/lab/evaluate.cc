#include "benchmarks/lab/evaluate.h"

#include <charconv>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "benchmarks/lab/lab_records.h"

namespace tallystick {
namespace {

using Pair = std::pair<std::string, std::string>;

double Ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string Decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", value);
  return text;
}

Result<std::uint64_t> PassNumber(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Error(Code::kInvalidArgument, "lab.pass", "a pass in the file of pairs is not a number");
  }
  return number;
}

}  // namespace

double LabQuality::Precision() const { return Ratio(right, found); }
double LabQuality::Recall() const { return Ratio(right, true_count); }
double LabQuality::F1() const { return Ratio(2 * right, found + true_count); }

std::string LabQuality::ToText() const {
  std::string text;
  const auto line = [&](const char* label, double share, std::uint64_t part, std::uint64_t whole) {
    char buffer[128];
    std::snprintf(buffer, sizeof buffer, "%-12s %.4f  (%llu of %llu)\n", label, share,
                  static_cast<unsigned long long>(part), static_cast<unsigned long long>(whole));
    text += buffer;
  };
  line("precision", Precision(), right, found);
  line("recall", Recall(), right, true_count);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%-12s %.4f\n\n", "F1", F1());
  text += buffer;
  text += "precision by pass\n";
  for (const Pass& pass : passes) {
    const std::string label = "  pass " + std::to_string(pass.number);
    line(label.c_str(), Ratio(pass.right, pass.found), pass.right, pass.found);
  }
  return text;
}

std::string LabQuality::ToJson() const {
  std::string json = "{\"precision\":" + Decimal(Precision()) + ",\"recall\":" + Decimal(Recall()) +
                     ",\"f1\":" + Decimal(F1()) + ",\"found\":" + std::to_string(found) +
                     ",\"right\":" + std::to_string(right) +
                     ",\"true\":" + std::to_string(true_count) + ",\"passes\":[";
  for (const Pass& pass : passes) {
    if (&pass != &passes.front()) json += ",";
    json += "{\"pass\":" + std::to_string(pass.number) +
            ",\"found\":" + std::to_string(pass.found) +
            ",\"right\":" + std::to_string(pass.right) +
            ",\"precision\":" + Decimal(Ratio(pass.right, pass.found)) +
            ",\"recall\":" + Decimal(Ratio(pass.right, true_count)) + "}";
  }
  return json + "]}";
}

Result<LabQuality> LabEvaluate(const std::filesystem::path& pairs,
                               const std::filesystem::path& truth, agents::Findings* findings) {
  const std::vector<std::string> pair_columns = {"left_id", "right_id", "pass"};
  const std::vector<std::string> truth_columns = {"left_id", "right_id"};
  TS_ASSIGN_OR_RETURN(const auto found_rows,
                      agents::LabRecords::ReadColumns(pairs, pair_columns, findings));
  TS_ASSIGN_OR_RETURN(const auto true_rows,
                      agents::LabRecords::ReadColumns(truth, truth_columns, findings));
  std::set<Pair> true_pairs;
  for (const auto& row : true_rows) true_pairs.emplace(row[0], row[1]);

  LabQuality quality;
  quality.true_count = true_pairs.size();
  std::set<Pair> seen;
  std::map<std::uint64_t, LabQuality::Pass> passes;
  for (const auto& row : found_rows) {
    if (!seen.emplace(row[0], row[1]).second) continue;
    TS_ASSIGN_OR_RETURN(const std::uint64_t number, PassNumber(row[2]));
    const bool right = true_pairs.contains({row[0], row[1]});
    LabQuality::Pass& pass = passes[number];
    pass.number = number;
    ++pass.found;
    ++quality.found;
    pass.right += right ? 1 : 0;
    quality.right += right ? 1 : 0;
  }
  for (const auto& [number, pass] : passes) quality.passes.push_back(pass);
  return quality;
}

}  // namespace tallystick
