#include "proto/receipt.h"

#include <charconv>

#include "crypto/base64.h"
#include "crypto/merkle.h"
#include "proto/codec.h"
#include "proto/log_leaf.h"

namespace tallystick {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::size_t kMaxReceiptBytes = 64 * 1024;

Error Malformed() {
  return Error(Code::kInvalidArgument, "log.verify-receipt", "the receipt is malformed");
}

Error NotIncluded() {
  return Error(Code::kPermissionDenied, "log.verify-inclusion",
               "the entry is not in the tree of the receipt's checkpoint");
}

}  // namespace

Result<Checkpoint> VerifyReceipt(const v1::Receipt& receipt, const crypto::Digest& subject,
                                 const crypto::VerifyKey& log_key) {
  if (ByteView(receipt.subject()) != subject.view()) {
    return Error(Code::kPermissionDenied, "log.verify-subject",
                 "the receipt acknowledges something else");
  }
  TS_ASSIGN_OR_RETURN(const Checkpoint checkpoint, OpenCheckpoint(receipt.checkpoint(), log_key));
  TS_ASSIGN_OR_RETURN(const crypto::Digest leaf, LeafHashOfReceipt(receipt));
  std::vector<crypto::Digest> proof;
  for (const Bytes& hash : receipt.inclusion()) {
    const auto digest = crypto::Digest::FromBytes(hash);
    if (!digest.ok()) return NotIncluded();
    proof.push_back(*digest);
  }
  if (!crypto::VerifyInclusion(leaf, receipt.sequence(), checkpoint.size, proof, checkpoint.root)
           .ok()) {
    return NotIncluded();
  }
  return checkpoint;
}

std::string ReceiptText(const v1::Receipt& receipt) {
  v1::Receipt opening = receipt;
  opening.clear_inclusion();
  opening.clear_checkpoint();
  std::string text(kHeader);
  text.append("\nextra ").append(crypto::Base64(Serialise(opening)));
  text.append("\nindex ").append(std::to_string(receipt.sequence())).append("\n");
  for (const Bytes& hash : receipt.inclusion()) text.append(crypto::Base64(hash)).append("\n");
  text.append("\n").append(receipt.checkpoint());
  return text;
}

Result<v1::Receipt> ParseReceiptText(std::string_view text) {
  if (text.size() > kMaxReceiptBytes) return Malformed();
  const std::size_t gap = text.find("\n\n");
  if (gap == std::string_view::npos) return Malformed();
  std::string_view head = text.substr(0, gap + 1);
  std::vector<std::string_view> lines;
  while (!head.empty()) {
    const std::size_t end = head.find('\n');
    lines.push_back(head.substr(0, end));
    head.remove_prefix(end + 1);
  }
  if (lines.size() < 3 || lines[0] != kHeader || !lines[1].starts_with("extra ") ||
      !lines[2].starts_with("index ")) {
    return Malformed();
  }
  const Result<Bytes> opening = crypto::FromBase64(lines[1].substr(6));
  if (!opening.ok()) return Malformed();
  Result<v1::Receipt> receipt = Parse<v1::Receipt>(*opening);
  if (!receipt.ok()) return Malformed();
  std::uint64_t index = 0;
  const std::string_view digits = lines[2].substr(6);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() ||
      index != receipt->sequence()) {
    return Malformed();
  }
  receipt->clear_inclusion();
  for (std::size_t i = 3; i < lines.size(); ++i) {
    const Result<Bytes> hash = crypto::FromBase64(lines[i]);
    if (!hash.ok()) return Malformed();
    receipt->add_inclusion(*hash);
  }
  receipt->set_checkpoint(std::string(text.substr(gap + 2)));
  return receipt;
}

}  // namespace tallystick
