// The bytes of a record in a segment file of the commit log. All integers are big endian.
//
//   offset  size  what
//        0     4  length of the payload (bits 0-23), zero (24-29), ends its batch (bit 30),
//                 begins its batch (bit 31)
//        4     4  CRC-32C of everything else in the record
//        8     8  sequence
//       16    32  previous head
//       48     …  payload
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "crypto/hash.h"

namespace tallystick::storage {

inline constexpr std::size_t kRecordHeaderBytes = 48;

// BatchPlace says where in its batch a record stands; a batch of one both begins and ends.
struct BatchPlace {
  bool begins = false;
  bool ends = false;
};

// ParsedRecord points into the bytes it was parsed from.
struct ParsedRecord {
  BatchPlace place;
  std::uint64_t sequence = 0;
  ByteView previous;
  ByteView payload;
  std::size_t size_bytes = 0;  // of the whole record
};

// AppendRecord appends the record's bytes. REQUIRES: payload.size() <= kMaxRecordBytes.
void AppendRecord(Bytes& out, BatchPlace place, std::uint64_t sequence,
                  const crypto::Digest& previous, ByteView payload);

// ParseRecord returns the record that `bytes` starts with, or nullopt when it is not whole or its
// CRC is wrong. Sequence and previous head are for the caller to check.
std::optional<ParsedRecord> ParseRecord(ByteView bytes);

// FindBatchBegin returns the offset of the first whole record in `bytes` that begins a batch and
// whose sequence is `from` or one that could follow it in so many bytes; nullopt when there is
// none.
std::optional<std::size_t> FindBatchBegin(ByteView bytes, std::uint64_t from);

}  // namespace tallystick::storage
