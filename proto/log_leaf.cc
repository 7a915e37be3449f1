#include "proto/log_leaf.h"

#include "crypto/merkle.h"

namespace tallystick {

crypto::Digest LeafCommitment(ByteView salt, ByteView subject, ByteView payload_digest) {
  Bytes bytes;
  AppendLp(bytes, "tallystick/v1/leaf-commitment");
  AppendLp(bytes, salt);
  AppendLp(bytes, subject);
  AppendLp(bytes, payload_digest);
  return crypto::Sha256(bytes);
}

Bytes LeafBytes(std::string_view event, std::uint64_t sequence, std::int64_t time,
                const crypto::Digest& commitment) {
  Bytes bytes;
  AppendLp(bytes, "tallystick/v1/leaf");
  AppendLp(bytes, event);
  AppendU64(bytes, sequence);
  AppendU64(bytes, static_cast<std::uint64_t>(time));
  bytes.append(commitment.view());
  return bytes;
}

crypto::Digest LeafHashOfRecord(const v1::Record& record, std::uint64_t sequence,
                                ByteView payload) {
  const crypto::Digest payload_digest = crypto::Sha256(payload);
  const crypto::Digest commitment =
      LeafCommitment(record.salt(), record.subject(), payload_digest.view());
  return crypto::LeafHash(LeafBytes(record.event(), sequence, record.time(), commitment));
}

Result<crypto::Digest> LeafHashOfEntry(const v1::LogEntry& entry) {
  TS_ASSIGN_OR_RETURN(const crypto::Digest commitment,
                      crypto::Digest::FromBytes(entry.commitment()));
  return crypto::LeafHash(LeafBytes(entry.event(), entry.sequence(), entry.time(), commitment));
}

Result<crypto::Digest> LeafHashOfReceipt(const v1::Receipt& receipt) {
  const crypto::Digest commitment =
      LeafCommitment(receipt.salt(), receipt.subject(), receipt.payload_digest());
  return crypto::LeafHash(
      LeafBytes(receipt.event(), receipt.sequence(), receipt.time(), commitment));
}

}  // namespace tallystick
