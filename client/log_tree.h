#pragma once

#include <functional>

#include "base/result.h"
#include "client/matcher_client.h"
#include "crypto/merkle.h"
#include "proto/checkpoint.h"

namespace tallystick::client {

// ReadLogTree fetches every entry of the log up to `checkpoint` and recomputes its Merkle tree.
// `visit` sees each entry, with the hash of its leaf, in order. Fails with kPermissionDenied
// "log.verify-…" when an entry is missing, out of sequence, malformed, or opens another body than
// it commits to, or when they do not add up to the checkpoint's root. Cost: one hash and about
// 150 bytes an entry.
using EntryVisitor = std::function<void(const v1::LogEntry& entry, const crypto::Digest& leaf)>;
Result<crypto::MerkleTree> ReadLogTree(MatcherClient& matcher, const Checkpoint& checkpoint,
                                       const EntryVisitor& visit);

}  // namespace tallystick::client
