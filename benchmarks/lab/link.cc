#include "benchmarks/lab/link.h"

#include <fstream>
#include <utility>

#include "agents/encode/parallel.h"
#include "agreements/agreement.h"
#include "base/file.h"
#include "benchmarks/lab/lab_records.h"

namespace tallystick {
namespace {

Result<agreements::Agreement> ReadAgreement(const std::filesystem::path& path,
                                            std::string* problems) {
  TS_ASSIGN_OR_RETURN(const Bytes text, ReadFile(path, agreements::kMaxAgreementBytes));
  std::vector<agreements::Diagnostic> diagnostics;
  auto agreement = agreements::ParseAgreement(text, &diagnostics, {.lenient = true});
  if (!agreement.ok()) {
    for (const auto& one : diagnostics) *problems += one.ToString(path.string()) + "\n";
    return agreement;
  }
  if (agreement->datasets.size() < 2) {
    return Error(Code::kInvalidArgument, "lab.two-datasets",
                 "linking takes an agreement with two datasets: the left and the right file's");
  }
  return agreement;
}

// A CSV field, quoted where RFC 4180 asks for it.
std::string CsvText(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

Status WritePairs(const std::filesystem::path& path, const agents::LabRecords::Side& left,
                  const agents::LabRecords::Side& right, const matcher::Linkage& linkage) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << "left_id,right_id,pass,score\n";
  for (const matcher::LinkedPair& pair : linkage.pairs) {
    out << CsvText(left.ids[pair.left]) << ',' << CsvText(right.ids[pair.right]) << ','
        << unsigned{pair.pass} << ',' << unsigned{pair.score} << '\n';
  }
  out.close();
  if (!out) {
    return Error(Code::kUnavailable, "file.cannot-create", "the file of pairs cannot be written");
  }
  return Ok();
}

}  // namespace

Status LabLink(const LabLinkOptions& options, LabLinkage* report) {
  TS_ASSIGN_OR_RETURN(const agreements::Agreement agreement,
                      ReadAgreement(options.agreement, &report->agreement_problems));
  const agreements::Dataset& left_dataset = agreement.datasets[0];
  const agreements::Dataset& right_dataset = agreement.datasets[1];
  const auto ladder = agreements::LadderFor(agreement, left_dataset, right_dataset);
  if (ladder.empty()) {
    return Error(Code::kInvalidArgument, "lab.no-match-key",
                 "no match key has its identifiers in both datasets");
  }
  std::vector<crypto::SecretBytes<32>> token_keys;
  for (const auto& match_key : ladder) {
    report->match_keys.push_back(match_key.name);
    token_keys.push_back(crypto::SecretBytes<32>::Random());
  }

  using agents::LabRecords;
  LabRecords::Request request{options.left, &left_dataset, options.id, options.ignore_extra,
                              options.threads};
  TS_ASSIGN_OR_RETURN(const auto left,
                      LabRecords::ReadSide(request, ladder, token_keys, &report->left_findings));
  request.file = options.right;
  request.dataset = &right_dataset;
  if (!options.id_right.empty()) request.id_column = options.id_right;
  TS_ASSIGN_OR_RETURN(const auto right,
                      LabRecords::ReadSide(request, ladder, token_keys, &report->right_findings));
  report->left_row_count = left.ids.size();
  report->right_row_count = right.ids.size();

  matcher::LadderInput input;
  input.left_row_count = static_cast<std::uint32_t>(left.ids.size());
  input.right_row_count = static_cast<std::uint32_t>(right.ids.size());
  for (std::size_t k = 0; k < ladder.size(); ++k) {
    input.keys.push_back({&left.columns[k], &right.columns[k]});
  }
  TS_ASSIGN_OR_RETURN(
      report->linkage,
      matcher::LinkLadder(input, {.thread_count = agents::ThreadCount(options.threads)}));
  return WritePairs(options.pairs, left, right, report->linkage);
}

}  // namespace tallystick
