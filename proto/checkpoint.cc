#include "proto/checkpoint.h"

#include <charconv>

#include "crypto/base64.h"

namespace tallystick {
namespace {

constexpr std::size_t kMaxNoteBytes = 16 * 1024;
constexpr int kMaxSignatureLines = 32;
constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // EM DASH, space
constexpr char kEd25519Algorithm = 0x01;

Bytes KeyId(std::string_view origin, const crypto::VerifyKey& verify_key) {
  Bytes bytes(origin);
  bytes.push_back('\n');
  bytes.push_back(kEd25519Algorithm);
  bytes.append(verify_key.view());
  return Bytes(crypto::Sha256(bytes).view().substr(0, 4));
}

std::string NoteText(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         crypto::Base64(checkpoint.root.view()) + "\n";
}

// Takes the next line of `rest`, which must end in a newline.
bool TakeLine(std::string_view& rest, std::string_view* line) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  *line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

Error Malformed() {
  return Error(Code::kInvalidArgument, "log.verify-checkpoint", "the checkpoint is malformed");
}

}  // namespace

std::string SignCheckpoint(const Checkpoint& checkpoint, const crypto::SigningKey& signing_key) {
  const std::string text = NoteText(checkpoint);
  Bytes signature = KeyId(checkpoint.origin, signing_key.verify_key());
  signature.append(signing_key.SignRaw(text));
  std::string note = text + "\n";
  note.append(kSignaturePrefix).append(checkpoint.origin).append(" ");
  note.append(crypto::Base64(signature)).append("\n");
  return note;
}

Result<Checkpoint> OpenCheckpoint(std::string_view note, const crypto::VerifyKey& verify_key) {
  if (note.size() > kMaxNoteBytes) return Malformed();
  const std::size_t gap = note.find("\n\n");
  if (gap == std::string_view::npos) return Malformed();
  const std::string_view text = note.substr(0, gap + 1);
  std::string_view signatures = note.substr(gap + 2);

  std::string_view rest = text;
  std::string_view origin;
  std::string_view size;
  std::string_view root;
  if (!TakeLine(rest, &origin) || !TakeLine(rest, &size) || !TakeLine(rest, &root) ||
      origin.empty()) {
    return Malformed();
  }
  Checkpoint checkpoint;
  checkpoint.origin = std::string(origin);
  const auto parsed = std::from_chars(size.data(), size.data() + size.size(), checkpoint.size);
  if (parsed.ec != std::errc() || parsed.ptr != size.data() + size.size()) return Malformed();
  const auto root_bytes = crypto::FromBase64(root);
  if (!root_bytes.ok()) return Malformed();
  const auto root_digest = crypto::Digest::FromBytes(*root_bytes);
  if (!root_digest.ok()) return Malformed();
  checkpoint.root = *root_digest;

  const Bytes key_id = KeyId(origin, verify_key);
  std::string_view line;
  for (int i = 0; i < kMaxSignatureLines && TakeLine(signatures, &line); ++i) {
    if (!line.starts_with(kSignaturePrefix)) return Malformed();
    line.remove_prefix(kSignaturePrefix.size());
    const std::size_t space = line.rfind(' ');
    if (space == std::string_view::npos) return Malformed();
    if (line.substr(0, space) != origin) continue;
    const auto signature = crypto::FromBase64(line.substr(space + 1));
    if (!signature.ok() || signature->size() < 4) return Malformed();
    if (ByteView(*signature).substr(0, 4) != key_id) continue;
    if (!verify_key.VerifyRaw(text, ByteView(*signature).substr(4)).ok()) {
      return Error(Code::kPermissionDenied, "log.verify-signature",
                   "the checkpoint's signature is not the log's");
    }
    return checkpoint;
  }
  return Error(Code::kPermissionDenied, "log.verify-unsigned",
               "the checkpoint does not carry the log's signature");
}

std::string VerifierLine(std::string_view origin, const crypto::VerifyKey& verify_key) {
  Bytes bytes(1, kEd25519Algorithm);
  bytes.append(verify_key.view());
  return std::string(origin) + "+" + ToHex(KeyId(origin, verify_key)) + "+" + crypto::Base64(bytes);
}

}  // namespace tallystick
