#include "storage/internal/log_format.h"

#include "base/check.h"
#include "storage/commit_log.h"
#include "storage/internal/crc32c.h"

namespace tallystick::storage {
namespace {

constexpr std::uint32_t kBegins = std::uint32_t{1} << 31;
constexpr std::uint32_t kEnds = std::uint32_t{1} << 30;
constexpr std::size_t kCrcOffset = 4;
constexpr std::size_t kSequenceOffset = 8;
constexpr std::size_t kPreviousOffset = 16;

// Returns the payload's length when the first four bytes can be a record's.
std::optional<std::size_t> PayloadLength(ByteView bytes) {
  if (bytes.size() < kRecordHeaderBytes) return std::nullopt;
  const std::size_t length = ReadU32(bytes, 0) & ~(kBegins | kEnds);
  if (length > kMaxRecordBytes || length > bytes.size() - kRecordHeaderBytes) return std::nullopt;
  return length;
}

}  // namespace

void AppendRecord(Bytes& out, BatchPlace place, std::uint64_t sequence,
                  const crypto::Digest& previous, ByteView payload) {
  TS_CHECK(payload.size() <= kMaxRecordBytes);
  Bytes length;
  AppendU32(length, static_cast<std::uint32_t>(payload.size()) | (place.begins ? kBegins : 0) |
                        (place.ends ? kEnds : 0));
  Bytes rest;
  rest.reserve(kRecordHeaderBytes - kSequenceOffset + payload.size());
  AppendU64(rest, sequence);
  rest.append(previous.view());
  rest.append(payload);
  out.append(length);
  AppendU32(out, Crc32c(rest, Crc32c(length)));
  out.append(rest);
}

std::optional<ParsedRecord> ParseRecord(ByteView bytes) {
  const auto length = PayloadLength(bytes);
  if (!length) return std::nullopt;
  const std::size_t size_bytes = kRecordHeaderBytes + *length;
  const ByteView rest = bytes.substr(kSequenceOffset, size_bytes - kSequenceOffset);
  if (Crc32c(rest, Crc32c(bytes.substr(0, kCrcOffset))) != ReadU32(bytes, kCrcOffset)) {
    return std::nullopt;
  }
  const std::uint32_t flags = ReadU32(bytes, 0);
  return ParsedRecord{.place = {.begins = (flags & kBegins) != 0, .ends = (flags & kEnds) != 0},
                      .sequence = ReadU64(bytes, kSequenceOffset),
                      .previous = bytes.substr(kPreviousOffset, crypto::Digest::kSize),
                      .payload = bytes.substr(kRecordHeaderBytes, *length),
                      .size_bytes = size_bytes};
}

std::optional<std::size_t> FindBatchBegin(ByteView bytes, std::uint64_t from) {
  const std::uint64_t last_possible = from + bytes.size() / kRecordHeaderBytes;
  for (std::size_t offset = 0; offset + kRecordHeaderBytes <= bytes.size(); ++offset) {
    const ByteView candidate = bytes.substr(offset);
    if ((ReadU32(candidate, 0) & kBegins) == 0 || !PayloadLength(candidate)) continue;
    const std::uint64_t sequence = ReadU64(candidate, kSequenceOffset);
    if (sequence < from || sequence > last_possible) continue;
    if (ParseRecord(candidate)) return offset;
  }
  return std::nullopt;
}

}  // namespace tallystick::storage
