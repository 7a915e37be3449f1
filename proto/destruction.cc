#include "proto/destruction.h"

#include <charconv>
#include <optional>

#include "proto/log_origin.h"
#include "proto/receipt.h"

namespace tallystick {
namespace {

constexpr std::string_view kTitle = "tallystick certificate of destruction, version 1\n";
constexpr std::size_t kMaxCertificateBytes = 64 * 1024;

Error Malformed() {
  return Error(Code::kInvalidArgument, "destruction.malformed",
               "the certificate of destruction is malformed");
}

// Takes the next line "name value" off `text`.
std::optional<std::string> TakeField(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') {
    return std::nullopt;
  }
  line.remove_prefix(name.size() + 1);
  return std::string(line);
}

bool ParseNumber(std::string_view text, std::uint64_t& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

}  // namespace

std::string DestructionStatement(const Destruction& destruction) {
  std::string text(kTitle);
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(" ").append(value).append("\n");
  };
  add("submission", destruction.submission);
  add("agreement", destruction.agreement);
  add("party", destruction.party);
  add("dataset", destruction.dataset);
  add("sequence", std::to_string(destruction.sequence));
  add("manifest", destruction.manifest.hex());
  add("cause", destruction.cause);
  add("time", FormatTime(destruction.time));
  return text;
}

Result<Destruction> ParseDestruction(std::string_view statement) {
  if (statement.size() > kMaxCertificateBytes || !statement.starts_with(kTitle)) {
    return Malformed();
  }
  std::string_view rest = statement.substr(kTitle.size());
  const auto submission = TakeField(rest, "submission");
  const auto agreement = TakeField(rest, "agreement");
  const auto party = TakeField(rest, "party");
  const auto dataset = TakeField(rest, "dataset");
  const auto sequence = TakeField(rest, "sequence");
  const auto manifest = TakeField(rest, "manifest");
  const auto cause = TakeField(rest, "cause");
  const auto written = TakeField(rest, "time");
  if (!submission || !agreement || !party || !dataset || !sequence || !manifest || !cause ||
      !written) {
    return Malformed();
  }
  const auto digest = crypto::Digest::FromHex(*manifest);
  const auto time = ParseTime(*written);
  Destruction destruction{*submission, *agreement, *party, *dataset, 0, {}, *cause, {}};
  if (!digest.ok() || !ParseNumber(*sequence, destruction.sequence) || !time) {
    return Malformed();
  }
  destruction.manifest = *digest;
  destruction.time = *time;
  // One text for each destruction: whatever else differs is no certificate.
  if (DestructionStatement(destruction) != statement) return Malformed();
  return destruction;
}

Result<Destruction> VerifyDestruction(std::string_view statement, const v1::Receipt& receipt,
                                      const crypto::VerifyKey& log_key,
                                      std::string_view log_origin) {
  TS_ASSIGN_OR_RETURN(const Checkpoint checkpoint,
                      VerifyReceipt(receipt, crypto::Sha256(statement), log_key));
  if (receipt.event() != kDestroyedEvent) {
    return Error(Code::kPermissionDenied, "log.verify-event",
                 "the receipt does not acknowledge a destruction");
  }
  // A certificate from before a restore names the log as it was called then.
  if (ParseLogOrigin(checkpoint.origin).first != ParseLogOrigin(log_origin).first) {
    return Error(Code::kPermissionDenied, "log.verify-origin", "the receipt is of another log");
  }
  TS_ASSIGN_OR_RETURN(Destruction destruction, ParseDestruction(statement));
  if (destruction.time.time_since_epoch().count() != receipt.time()) return Malformed();
  return destruction;
}

std::string CertificateText(std::string_view statement, const v1::Receipt& receipt) {
  std::string text(statement);
  text.append("\n").append(ReceiptText(receipt));
  return text;
}

Result<Destruction> VerifyCertificate(std::string_view text, const crypto::VerifyKey& log_key,
                                      std::string_view log_origin) {
  if (text.size() > kMaxCertificateBytes) return Malformed();
  const std::size_t gap = text.find("\n\n");
  if (gap == std::string_view::npos) return Malformed();
  TS_ASSIGN_OR_RETURN(const v1::Receipt receipt, ParseReceiptText(text.substr(gap + 2)));
  return VerifyDestruction(text.substr(0, gap + 1), receipt, log_key, log_origin);
}

}  // namespace tallystick
