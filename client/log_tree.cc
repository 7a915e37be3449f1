#include "client/log_tree.h"

#include "proto/log_leaf.h"

namespace tallystick::client {
namespace {

Error Refuse(Literal id, Literal message) { return Error(Code::kPermissionDenied, id, message); }

}  // namespace

Result<crypto::MerkleTree> ReadLogTree(MatcherClient& matcher, const Checkpoint& checkpoint,
                                       const EntryVisitor& visit) {
  crypto::MerkleTree tree;
  while (tree.size() < checkpoint.size) {
    TS_ASSIGN_OR_RETURN(const v1::LogEntries page, matcher.GetEntries(tree.size()));
    if (page.entries_size() == 0) {
      return Refuse("log.verify-missing", "the log does not serve all of its entries");
    }
    for (const v1::LogEntry& entry : page.entries()) {
      if (tree.size() == checkpoint.size) break;
      if (entry.sequence() != tree.size()) {
        return Refuse("log.verify-sequence", "the log's entries are not in sequence");
      }
      const auto leaf = LeafHashOfEntry(entry);
      if (!leaf.ok()) return Refuse("log.verify-entry", "an entry of the log is malformed");
      if (!entry.salt().empty()) {
        const crypto::Digest opened =
            LeafCommitment(entry.salt(), entry.subject(), entry.payload_digest());
        if (opened.view() != ByteView(entry.commitment())) {
          return Refuse("log.verify-body", "an entry's body is not the one the log commits to");
        }
      }
      visit(entry, *leaf);
      tree.Append(*leaf);
    }
  }
  if (tree.Root() != checkpoint.root) {
    return Refuse("log.verify-root", "the entries do not add up to the checkpoint");
  }
  return tree;
}

}  // namespace tallystick::client
