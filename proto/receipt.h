// Receipts: evidence that something is in the audit log, checked with nothing but the log's key.
#pragma once

#include "base/result.h"
#include "crypto/signature.h"
#include "proto/checkpoint.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick {

// VerifyReceipt checks that `receipt` opens a leaf for `subject` (the SHA-256 of the thing
// acknowledged), that the leaf is in the tree of its checkpoint, and that the checkpoint carries
// the log's signature. Returns the checkpoint. Fails with ids "log.verify-…".
Result<Checkpoint> VerifyReceipt(const v1::Receipt& receipt, const crypto::Digest& subject,
                                 const crypto::VerifyKey& log_key);

// ReceiptText writes a receipt in the form of C2SP tlog-proof: a header, "extra" with what opens
// the leaf, the index, the inclusion hashes, an empty line, and the checkpoint.
std::string ReceiptText(const v1::Receipt& receipt);

// ParseReceiptText is its inverse. At most 64 KiB. Fails with "log.verify-receipt".
Result<v1::Receipt> ParseReceiptText(std::string_view text);

}  // namespace tallystick
