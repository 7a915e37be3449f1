// tallystick-lab: how well a ladder of match keys links two files whose truth is known. Both sides
// in one process and without keys of anyone: for synthetic data, or an institution's own.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "base/console.h"
#include "base/dumps.h"
#include "benchmarks/lab/evaluate.h"
#include "benchmarks/lab/link.h"

namespace tallystick {
namespace {

struct Arguments {
  LabLinkOptions link;
  std::string truth, output = "text";
};

void PrintFindings(const char* file, const agents::Findings& findings) {
  for (const auto& rule : findings.Rules()) {
    if (rule.error) continue;  // told one by one
    std::fprintf(stderr, "%s: warning: column %s: %s (%llu rows)\n", file, rule.column.c_str(),
                 rule.rule.c_str(), static_cast<unsigned long long>(rule.count));
  }
  for (const auto& finding : findings.items()) {
    if (!finding.error) continue;
    agents::Findings one;
    one.Add(finding);
    std::fprintf(stderr, "%s: %s", file, one.ToText().c_str());
  }
}

std::string LinkageJson(const LabLinkage& report) {
  std::string json =
      "{\"left_rows\":" + std::to_string(report.left_row_count) +
      ",\"right_rows\":" + std::to_string(report.right_row_count) +
      ",\"linked\":" + std::to_string(report.linkage.pairs.size()) +
      ",\"ambiguous_left\":" + std::to_string(report.linkage.ambiguous_left_count) +
      ",\"ambiguous_right\":" + std::to_string(report.linkage.ambiguous_right_count) +
      ",\"passes\":[";
  for (std::size_t i = 0; i < report.match_keys.size(); ++i) {
    const matcher::LadderPass& pass = report.linkage.passes[i];
    json += std::string(i > 0 ? "," : "") + "{\"pass\":" + std::to_string(i + 1) +
            ",\"match_key\":" + JsonQuote(report.match_keys[i]) +
            ",\"linked\":" + std::to_string(pass.linked_count) +
            ",\"skipped_tokens\":" + std::to_string(pass.skipped_token_count) + "}";
  }
  return json + "]}";
}

std::string LinkageText(const LabLinkage& report) {
  std::string text = "linked " + std::to_string(report.linkage.pairs.size()) + " pairs of " +
                     std::to_string(report.left_row_count) + " left and " +
                     std::to_string(report.right_row_count) + " right rows; ambiguous " +
                     std::to_string(report.linkage.ambiguous_left_count) + " left, " +
                     std::to_string(report.linkage.ambiguous_right_count) + " right\n";
  for (std::size_t i = 0; i < report.match_keys.size(); ++i) {
    const matcher::LadderPass& pass = report.linkage.passes[i];
    text += "  pass " + std::to_string(i + 1) + ", " + report.match_keys[i] + ": " +
            std::to_string(pass.linked_count);
    if (pass.skipped_token_count > 0) {
      text += " (" + std::to_string(pass.skipped_token_count) + " tokens too frequent)";
    }
    text += "\n";
  }
  return text;
}

Status RunLink(const Arguments& args, OutputForm form) {
  LabLinkage report;
  const Status linked = LabLink(args.link, &report);
  std::fputs(report.agreement_problems.c_str(), stderr);
  PrintFindings("left", report.left_findings);
  PrintFindings("right", report.right_findings);
  TS_RETURN_IF_ERROR(linked);
  if (form == OutputForm::kJson) {
    std::printf("%s\n", LinkageJson(report).c_str());
  } else {
    std::fputs(LinkageText(report).c_str(), stdout);
  }
  return Ok();
}

Status RunEvaluate(const Arguments& args, OutputForm form) {
  agents::Findings findings;
  const auto quality = LabEvaluate(args.link.pairs, args.truth, &findings);
  PrintFindings("file", findings);
  TS_RETURN_IF_ERROR(quality);
  if (form == OutputForm::kJson) {
    std::printf("%s\n", quality->ToJson().c_str());
  } else {
    std::fputs(quality->ToText().c_str(), stdout);
  }
  return Ok();
}

void Declare(CLI::App& app, Arguments& args) {
  app.set_version_flag("--version", "tallystick-lab 0.1.0");
  app.add_option("--output", args.output, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.require_subcommand(1);
  app.fallthrough();

  CLI::App* link = app.add_subcommand("link", "encode two files and link them; write the pairs");
  link->add_option("--agreement", args.link.agreement,
                   "names datasets and match keys; keys of "
                   "parties are ignored")
      ->required();
  link->add_option("--left", args.link.left, "CSV of the first dataset")->required();
  link->add_option("--right", args.link.right, "CSV of the second dataset")->required();
  link->add_option("--id", args.link.id, "the column that names a row in the pairs")->required();
  link->add_option("--id-right", args.link.id_right, "the right file's, where it differs");
  link->add_option("--pairs", args.link.pairs, "the CSV to write")->required();
  link->add_option("--threads", args.link.threads, "0: one for each processor");
  link->add_flag("--ignore-extra", args.link.ignore_extra, "skip columns of neither");

  CLI::App* evaluate = app.add_subcommand("evaluate", "compare pairs with the truth");
  evaluate->add_option("--pairs", args.link.pairs, "what link wrote")->required();
  evaluate->add_option("--truth", args.truth, "CSV: left_id,right_id")->required();
}

}  // namespace
}  // namespace tallystick

namespace tallystick {
namespace {

int Main(int argc, char** argv) {
  ForbidDumps();
  CLI::App app("Tallystick lab: tries linkage on data one owns", "tallystick-lab");
  Arguments args;
  Declare(app, args);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ReportUsage(argc, argv));
  }
  const OutputForm form = args.output == "json" ? OutputForm::kJson : OutputForm::kText;
  const Status done = app.got_subcommand("link") ? RunLink(args, form) : RunEvaluate(args, form);
  return static_cast<int>(done.ok() ? ExitCode::kOk : ReportError(done.error(), form));
}

}  // namespace
}  // namespace tallystick

int main(int argc, char** argv) { return tallystick::Main(argc, argv); }
