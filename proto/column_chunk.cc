#include "proto/column_chunk.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "proto/limits.h"

namespace tallystick {
namespace {

static_assert(std::endian::native == std::endian::little,
              "chunks are little endian and read in place");
static_assert(sizeof(Token) == 16 && alignof(Token) == 1);
static_assert(kColumnChunkHeaderBytes + kMaxTokensPerChunk * 20UL <= kMaxChunkPlainBytes);
static_assert(kColumnChunkHeaderBytes + kMaxCategoriesPerChunk * 2UL <= kMaxChunkPlainBytes);
static_assert(kColumnChunkHeaderBytes + kMaxPseudonymsPerChunk * 16UL <= kMaxChunkPlainBytes);
static_assert(kColumnChunkHeaderBytes + kMaxCiphertextsPerChunk * kCiphertextBytes <=
              kMaxChunkPlainBytes);

constexpr ByteView kMagic = "TSC1";
constexpr std::size_t kKindAt = 4;
constexpr std::size_t kColumnAt = 8;
constexpr std::size_t kCountAt = 12;
constexpr std::size_t kFirstEntryAt = 16;
constexpr std::size_t kSaltAt = 24;
constexpr std::size_t kZerosAt = 40;

std::size_t EntryBytes(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kTokens:
      return sizeof(Token) + sizeof(std::uint32_t);
    case ColumnKind::kCategories:
      return sizeof(std::uint16_t);
    case ColumnKind::kPseudonyms:
      return sizeof(Pseudonym);
    case ColumnKind::kCiphertexts:
      return kCiphertextBytes;
  }
  return 0;
}

template <class T>
void Store(Bytes& out, std::size_t at, const T& value) {
  std::memcpy(out.data() + at, &value, sizeof value);
}

template <class T>
T Load(ByteView in, std::size_t at) {
  T value;
  std::memcpy(&value, in.data() + at, sizeof value);
  return value;
}

// Returns the whole chunk with its header filled in and its entries zero.
Bytes Frame(ColumnKind kind, ChunkPlace place, const ChunkSalt& salt, std::size_t count) {
  const std::size_t size = kColumnChunkHeaderBytes + count * EntryBytes(kind);
  TS_CHECK(count > 0 && size <= kMaxChunkPlainBytes);
  TS_CHECK(place.first_entry <= std::numeric_limits<std::uint64_t>::max() - count);
  Bytes out(size, '\0');
  std::memcpy(out.data(), kMagic.data(), kMagic.size());
  out[kKindAt] = static_cast<char>(kind);
  Store(out, kColumnAt, place.column);
  Store(out, kCountAt, static_cast<std::uint32_t>(count));
  Store(out, kFirstEntryAt, place.first_entry);
  Store(out, kSaltAt, salt);
  return out;
}

template <class T>
void StoreSpan(Bytes& out, std::size_t at, std::span<const T> values) {
  if (!values.empty()) std::memcpy(out.data() + at, values.data(), values.size_bytes());
}

template <class T>
std::span<const T> ViewSpan(ByteView in, std::size_t at, std::size_t count) {
  return {reinterpret_cast<const T*>(in.data() + at), count};
}

bool AllZero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

}  // namespace

std::uint32_t MaxEntriesPerChunk(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::kTokens:
      return kMaxTokensPerChunk;
    case ColumnKind::kCategories:
      return kMaxCategoriesPerChunk;
    case ColumnKind::kPseudonyms:
      return kMaxPseudonymsPerChunk;
    case ColumnKind::kCiphertexts:
      break;
  }
  return kMaxCiphertextsPerChunk;
}

Bytes EncodeTokenChunk(ChunkPlace place, const ChunkSalt& salt, std::span<const Token> tokens,
                       std::span<const std::uint32_t> rows) {
  TS_CHECK(tokens.size() == rows.size());
  Bytes out = Frame(ColumnKind::kTokens, place, salt, tokens.size());
  StoreSpan(out, kColumnChunkHeaderBytes, tokens);
  StoreSpan(out, kColumnChunkHeaderBytes + tokens.size_bytes(), rows);
  return out;
}

Bytes EncodeCategoryChunk(ChunkPlace place, const ChunkSalt& salt,
                          std::span<const std::uint16_t> categories) {
  Bytes out = Frame(ColumnKind::kCategories, place, salt, categories.size());
  StoreSpan(out, kColumnChunkHeaderBytes, categories);
  return out;
}

Bytes EncodePseudonymChunk(ChunkPlace place, const ChunkSalt& salt,
                           std::span<const Pseudonym> pseudonyms) {
  Bytes out = Frame(ColumnKind::kPseudonyms, place, salt, pseudonyms.size());
  StoreSpan(out, kColumnChunkHeaderBytes, pseudonyms);
  return out;
}

Bytes EncodeCiphertextChunk(ChunkPlace place, const ChunkSalt& salt, ByteView ciphertexts) {
  TS_CHECK(ciphertexts.size() % kCiphertextBytes == 0);
  Bytes out = Frame(ColumnKind::kCiphertexts, place, salt, ciphertexts.size() / kCiphertextBytes);
  StoreSpan(out, kColumnChunkHeaderBytes, std::span(ciphertexts));
  return out;
}

Result<ColumnChunk> DecodeColumnChunk(ByteView plaintext) {
  if (plaintext.size() < kColumnChunkHeaderBytes || plaintext.size() > kMaxChunkPlainBytes) {
    return Error(Code::kInvalidArgument, "chunk.size", "a chunk's size does not fit its header")
        .With("bytes", plaintext.size());
  }
  if (reinterpret_cast<std::uintptr_t>(plaintext.data()) % alignof(std::uint64_t) != 0) {
    return Error(Code::kInternal, "chunk.alignment", "a chunk is not aligned in memory");
  }
  const auto kind = static_cast<ColumnKind>(Load<std::uint8_t>(plaintext, kKindAt));
  const std::size_t entry_bytes = EntryBytes(kind);
  if (plaintext.substr(0, kMagic.size()) != kMagic || entry_bytes == 0 ||
      !AllZero(plaintext.substr(kKindAt + 1, 3)) || !AllZero(plaintext.substr(kColumnAt + 2, 2)) ||
      !AllZero(plaintext.substr(kZerosAt, kColumnChunkHeaderBytes - kZerosAt))) {
    return Error(Code::kInvalidArgument, "chunk.header", "the bytes are not a chunk of a column");
  }
  ColumnChunk chunk;
  chunk.kind = kind;
  chunk.column = Load<std::uint16_t>(plaintext, kColumnAt);
  chunk.count = Load<std::uint32_t>(plaintext, kCountAt);
  chunk.first_entry = Load<std::uint64_t>(plaintext, kFirstEntryAt);
  chunk.salt = Load<ChunkSalt>(plaintext, kSaltAt);
  if (chunk.count == 0) {
    return Error(Code::kInvalidArgument, "chunk.empty", "a chunk has no entries");
  }
  // 32 bits times at most 130 cannot overflow 64.
  if (plaintext.size() - kColumnChunkHeaderBytes != std::size_t{chunk.count} * entry_bytes) {
    return Error(Code::kInvalidArgument, "chunk.size", "a chunk's size does not fit its header")
        .With("bytes", plaintext.size())
        .With("count", chunk.count);
  }
  if (chunk.first_entry > std::numeric_limits<std::uint64_t>::max() - chunk.count) {
    return Error(Code::kInvalidArgument, "chunk.entry-range",
                 "a chunk's entries are numbered beyond 64 bits");
  }
  constexpr std::size_t at = kColumnChunkHeaderBytes;
  switch (kind) {
    case ColumnKind::kTokens:
      chunk.tokens = ViewSpan<Token>(plaintext, at, chunk.count);
      chunk.rows = ViewSpan<std::uint32_t>(plaintext, at + chunk.tokens.size_bytes(), chunk.count);
      break;
    case ColumnKind::kCategories:
      chunk.categories = ViewSpan<std::uint16_t>(plaintext, at, chunk.count);
      break;
    case ColumnKind::kPseudonyms:
      chunk.pseudonyms = ViewSpan<Pseudonym>(plaintext, at, chunk.count);
      break;
    case ColumnKind::kCiphertexts:
      chunk.ciphertexts = plaintext.substr(at);
      break;
  }
  return chunk;
}

}  // namespace tallystick
