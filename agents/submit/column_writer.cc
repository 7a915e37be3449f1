#include "agents/submit/column_writer.h"

#include <algorithm>
#include <utility>

#include "agents/encode/token_entries.h"
#include "base/check.h"
#include "crypto/random.h"
#include "proto/column_chunk.h"

namespace tallystick::agents {
namespace {

static_assert(kCiphertextBytes == crypto::Ciphertext::kSize);

ChunkSalt RandomSalt() {
  ChunkSalt salt;
  crypto::FillRandom(salt.data(), salt.size());
  return salt;
}

// Calls write(index of the chunk, first entry, entries) for each chunk of a column.
template <class Write>
Status ForEachChunk(const v1::ColumnDescription& description, std::uint32_t entries_per_chunk,
                    Write write) {
  const std::uint64_t total = description.entry_count();
  for (std::uint32_t i = 0; i < description.chunk_count(); ++i) {
    const std::uint64_t first = std::uint64_t{i} * entries_per_chunk;
    const auto count = std::min<std::uint64_t>(entries_per_chunk, total - first);
    TS_RETURN_IF_ERROR(
        write(description.first_chunk() + i, first, static_cast<std::size_t>(count)));
  }
  return Ok();
}

// All entries of a column: the rows' tokens and, up to description.entry_count(), random ones that
// make up for what a row lacks of `entries_per_row`.
std::vector<TokenEntry> EntriesOf(const EncodedRows& rows, std::size_t match_key,
                                  const ShuffledRows& shuffled,
                                  const v1::ColumnDescription& description) {
  const std::uint64_t real = RealTokenCount(rows, match_key, shuffled);
  const std::uint64_t padded = description.entry_count();
  const std::uint64_t per_row = padded == real ? 0 : padded / shuffled.row_count;
  crypto::RandomStream random;
  std::vector<TokenEntry> entries;
  entries.reserve(padded);
  std::size_t index = 0;
  for (const EncodedBatch& batch : rows.batches) {
    const Token* token = batch.tokens[match_key].data();
    for (const std::uint8_t count : batch.token_counts[match_key]) {
      const std::uint32_t position = shuffled.positions[index++];
      if (position != kDroppedRow) {
        for (std::size_t i = 0; i < count; ++i) entries.push_back({token[i], position});
        for (std::size_t i = count; i < per_row; ++i) {
          TokenEntry& filler = entries.emplace_back();
          random.Fill(filler.token.data(), filler.token.size());
          filler.row = position;
        }
      }
      token += count;
    }
  }
  TS_CHECK(entries.size() == padded);
  return entries;
}

}  // namespace

ShuffledRows Shuffle(const std::vector<bool>& dropped) {
  ShuffledRows shuffled;
  shuffled.row_count =
      static_cast<std::uint32_t>(std::count(dropped.begin(), dropped.end(), false));
  std::vector<std::uint32_t> places(shuffled.row_count);
  crypto::RandomStream random;
  // Fisher-Yates, inside out.
  for (std::uint32_t i = 0; i < shuffled.row_count; ++i) {
    const auto at = static_cast<std::uint32_t>(random.Uniform(i + 1));
    places[i] = places[at];
    places[at] = i;
  }
  shuffled.positions.reserve(dropped.size());
  auto next = places.begin();
  for (const bool gone : dropped) shuffled.positions.push_back(gone ? kDroppedRow : *next++);
  return shuffled;
}

std::uint64_t RealTokenCount(const EncodedRows& rows, std::size_t match_key,
                             const ShuffledRows& shuffled) {
  std::uint64_t total = 0;
  std::size_t index = 0;
  for (const EncodedBatch& batch : rows.batches) {
    for (const std::uint8_t count : batch.token_counts[match_key]) {
      if (shuffled.positions[index++] != kDroppedRow) total += count;
    }
  }
  return total;
}

Status WriteTokenColumn(const EncodedRows& rows, std::size_t match_key,
                        const ShuffledRows& shuffled, const v1::ColumnDescription& description,
                        std::uint16_t column, ChunkSpool& spool) {
  std::vector<TokenEntry> entries = EntriesOf(rows, match_key, shuffled, description);
  SortTokenEntries(entries);
  std::vector<Token> tokens;
  std::vector<std::uint32_t> positions;
  return ForEachChunk(description, kMaxTokensPerChunk,
                      [&](std::uint32_t chunk, std::uint64_t first, std::size_t count) {
                        tokens.resize(count);
                        positions.resize(count);
                        for (std::size_t i = 0; i < count; ++i) {
                          tokens[i] = entries[first + i].token;
                          positions[i] = entries[first + i].row;
                        }
                        return spool.Write(chunk, EncodeTokenChunk({column, first}, RandomSalt(),
                                                                   tokens, positions));
                      });
}

Status WriteCategoryColumn(std::span<const std::uint16_t> ordinals,
                           const v1::ColumnDescription& description, std::uint16_t column,
                           ChunkSpool& spool) {
  return ForEachChunk(description, kMaxCategoriesPerChunk,
                      [&](std::uint32_t chunk, std::uint64_t first, std::size_t count) {
                        return spool.Write(chunk,
                                           EncodeCategoryChunk({column, first}, RandomSalt(),
                                                               ordinals.subspan(first, count)));
                      });
}

Status WritePseudonymColumn(const EncodedRows& rows, const ShuffledRows& shuffled,
                            const v1::ColumnDescription& description, std::uint16_t column,
                            ChunkSpool& spool) {
  std::vector<Pseudonym> pseudonyms(shuffled.row_count);
  std::size_t index = 0;
  for (const EncodedBatch& batch : rows.batches) {
    for (const Pseudonym& pseudonym : batch.pseudonyms) {
      const std::uint32_t position = shuffled.positions[index++];
      if (position != kDroppedRow) pseudonyms[position] = pseudonym;
    }
  }
  return ForEachChunk(description, kMaxPseudonymsPerChunk,
                      [&](std::uint32_t chunk, std::uint64_t first, std::size_t count) {
                        return spool.Write(chunk, EncodePseudonymChunk(
                                                      {column, first}, RandomSalt(),
                                                      std::span(pseudonyms).subspan(first, count)));
                      });
}

Status WriteMeasureChunk(const MeasureValues& values, const crypto::Encryptor& encryptor,
                         const v1::ColumnDescription& description, std::uint16_t column,
                         std::uint32_t chunk, ChunkSpool& spool) {
  TS_CHECK(chunk < description.chunk_count());
  const MeasurePower power = description.kind() == v1::ColumnDescription::KIND_SQUARE
                                 ? MeasurePower::kSquare
                                 : MeasurePower::kValue;
  const std::uint64_t first = std::uint64_t{chunk} * kMaxCiphertextsPerChunk;
  const auto count =
      std::min<std::uint64_t>(kMaxCiphertextsPerChunk, description.entry_count() - first);
  crypto::RandomStream random;
  Bytes ciphertexts;
  values.Encrypt(encryptor, power, first, count, random, ciphertexts);
  return spool.Write(description.first_chunk() + chunk,
                     EncodeCiphertextChunk({column, first}, RandomSalt(), ciphertexts));
}

MeasureValues MeasureByPosition(const EncodedRows& rows, std::size_t measure,
                                const ShuffledRows& shuffled) {
  MeasureValues values(shuffled.row_count);
  std::size_t index = 0;
  for (const EncodedBatch& batch : rows.batches) {
    for (std::size_t row = 0; row < batch.size(); ++row) {
      const std::uint32_t position = shuffled.positions[index++];
      if (position != kDroppedRow) values.Copy(position, batch.measures[measure], row);
    }
  }
  return values;
}

std::vector<std::uint16_t> OrdinalsByPosition(const EncodedRows& rows, std::size_t category,
                                              const ShuffledRows& shuffled) {
  std::vector<std::uint16_t> ordinals(shuffled.row_count);
  std::size_t index = 0;
  for (const EncodedBatch& batch : rows.batches) {
    for (const std::uint16_t ordinal : batch.categories[category]) {
      const std::uint32_t position = shuffled.positions[index++];
      if (position != kDroppedRow) ordinals[position] = ordinal;
    }
  }
  return ordinals;
}

}  // namespace tallystick::agents
