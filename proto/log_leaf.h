// The leaves of the audit log's Merkle tree. A leaf shows type, sequence and time to all members,
// and commits to the rest, which only the parties concerned can open.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/hash.h"
#include "tallystick/v1/state.pb.h"
#include "tallystick/v1/wire.pb.h"

namespace tallystick {

// Commitment = SHA-256(lp("tallystick/v1/leaf-commitment") || lp(salt) || lp(subject) ||
// lp(payload digest)), with a salt of 16 random bytes per record.
crypto::Digest LeafCommitment(ByteView salt, ByteView subject, ByteView payload_digest);

// LeafBytes is what RFC 6962 leaf hashing is applied to: lp("tallystick/v1/leaf") || lp(event) ||
// u64 sequence || u64 time || commitment.
Bytes LeafBytes(std::string_view event, std::uint64_t sequence, std::int64_t time,
                const crypto::Digest& commitment);

// LeafHashOfRecord is the Merkle leaf hash of a commit log record; `payload` is its exact bytes,
// from which `record` was parsed.
crypto::Digest LeafHashOfRecord(const v1::Record& record, std::uint64_t sequence, ByteView payload);

// LeafHashOfEntry and LeafHashOfReceipt are the same from what was served.
Result<crypto::Digest> LeafHashOfEntry(const v1::LogEntry& entry);
Result<crypto::Digest> LeafHashOfReceipt(const v1::Receipt& receipt);

}  // namespace tallystick
