// Checkpoints of the audit log: C2SP tlog-checkpoint bodies in C2SP signed notes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/signature.h"

namespace tallystick {

struct Checkpoint {
  std::string origin;  // names the log: "<host>/<matcher id>"
  std::uint64_t size = 0;
  crypto::Digest root;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// SignCheckpoint returns the signed note: origin, size and root in base64, a line each, an empty
// line, and "— <origin> <base64(key id || Ed25519 signature)>". The key id is the first 4 bytes of
// SHA-256(origin || "\n" || 0x01 || public key) (C2SP signed-note).
std::string SignCheckpoint(const Checkpoint& checkpoint, const crypto::SigningKey& signing_key);

// OpenCheckpoint verifies `note` by `verify_key` and returns what it says. Signatures of other
// keys (cosignatures) are ignored. Fails with ids "log.verify-…". Hostile input is fine: at most
// 16 KiB and 32 signature lines.
Result<Checkpoint> OpenCheckpoint(std::string_view note, const crypto::VerifyKey& verify_key);

// VerifierLine is the log's public key in the signed-note form "<origin>+<key id hex>+<base64>".
std::string VerifierLine(std::string_view origin, const crypto::VerifyKey& verify_key);

}  // namespace tallystick
