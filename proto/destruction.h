// Certificates of destruction: what the matcher states about a submission whose data key is gone,
// and the evidence that the statement is in the audit log (protocol.md, sections 5 and 8).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/hash.h"
#include "crypto/signature.h"
#include "proto/checkpoint.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick {

// The event of the log entry that acknowledges a destruction.
inline constexpr std::string_view kDestroyedEvent = "submission.destroyed";

// Destruction says which submission's data no key opens any more, and why.
struct Destruction {
  std::string submission;  // 32 hex digits
  std::string agreement;   // its digest, 64 hex digits
  std::string party;       // whose submission it was
  std::string dataset;     // an id of the agreement
  std::uint64_t sequence = 0;
  crypto::Digest manifest;  // of the manifest as the party signed it
  std::string cause;        // "withdrawn", or "agreement-over" (revoked or expired)
  Time time{};              // of the log entry

  friend bool operator==(const Destruction&, const Destruction&) = default;
};

// DestructionStatement writes it as the text that the log entry commits to: a title and a line
// "name value" for each field. REQUIRES: no field has a space or a line break.
std::string DestructionStatement(const Destruction& destruction);

// ParseDestruction is its inverse, for exactly the texts that it writes. Fails with
// kInvalidArgument "destruction.malformed". Hostile input is fine.
Result<Destruction> ParseDestruction(std::string_view statement);

// VerifyDestruction checks the evidence with nothing but the log's key: that `receipt` acknowledges
// `statement` as a destruction, in a tree that `log_key` signed as the log `log_origin`, under this
// name or one that it had before a restore. Fails as VerifyReceipt() and ParseDestruction().
Result<Destruction> VerifyDestruction(std::string_view statement, const v1::Receipt& receipt,
                                      const crypto::VerifyKey& log_key,
                                      std::string_view log_origin);

// CertificateText is the certificate as a file: the statement, an empty line, and the receipt in
// the form of C2SP tlog-proof.
std::string CertificateText(std::string_view statement, const v1::Receipt& receipt);

// VerifyCertificate is VerifyDestruction() of what CertificateText() wrote. At most 64 KiB.
Result<Destruction> VerifyCertificate(std::string_view text, const crypto::VerifyKey& log_key,
                                      std::string_view log_origin);

}  // namespace tallystick
