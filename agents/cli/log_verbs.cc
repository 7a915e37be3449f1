#include "agents/cli/log_verbs.h"

#include <vector>

#include "base/file.h"
#include "client/restored_log.h"
#include "proto/receipt.h"

namespace tallystick::agents {
namespace {

constexpr std::uint64_t kMaxReceiptBytes = 64 * 1024;

// The receipts of all committed submissions.
Result<std::vector<client::KeptReceipt>> KeptReceipts(const std::filesystem::path& home) {
  std::vector<client::KeptReceipt> kept;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(home / "submissions", error)) {
    const Result<Bytes> text = ReadFile(entry.path() / "receipt.tlog-proof", kMaxReceiptBytes);
    if (!text.ok()) {
      if (text.error().code() == Code::kNotFound) continue;
      return text.error();
    }
    TS_ASSIGN_OR_RETURN(v1::Receipt receipt, ParseReceiptText(*text));
    kept.push_back({"submission " + entry.path().filename().string(), std::move(receipt)});
  }
  return kept;
}

}  // namespace

Result<ExitCode> RunAcceptRestore(Session& session, const std::string& checkpoint,
                                  OutputForm form) {
  TS_ASSIGN_OR_RETURN(const auto receipts, KeptReceipts(session.home.path()));
  // Two of these at a time would write the same files.
  TS_ASSIGN_OR_RETURN(const HomeGuard guard, session.home.Guard());
  return client::RunAcceptRestore(session.matcher, session.home.identity(), receipts, checkpoint,
                                  form);
}

}  // namespace tallystick::agents
