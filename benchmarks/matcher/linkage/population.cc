#include "benchmarks/matcher/linkage/population.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <numeric>
#include <random>
#include <span>

#include "base/check.h"
#include "crypto/hash.h"
#include "storage/file_system.h"

namespace tallystick::matcher {
namespace {

std::uint64_t Mix(std::uint64_t x) {  // splitmix64's finaliser
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

double Unit(std::uint64_t x) { return static_cast<double>(Mix(x) >> 11) * 0x1p-53; }

Token HashToken(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t halves[2] = {Mix(Mix(a) ^ b), Mix(Mix(b) + a)};
  Token token;
  std::memcpy(token.data(), halves, sizeof token);
  return token;
}

}  // namespace

std::vector<KeyShape> DefaultLadderShapes() {
  return {{4, 0.56, 0.95, 1}, {1, 0.9, 0.75, 1}, {4, 1, 0.86, 1},   {4, 1, 0.86, 1},
          {4, 1, 0.6, 1},     {1, 1, 0.85, 3},   {4, 0.56, 0.9, 1}, {1, 0.56, 0.8, 2},
          {4, 1, 0.62, 1},    {4, 1, 0.62, 2},   {2, 0.35, 0.02, 1}};
}

TokenEntries MakeColumn(const KeyShape& shape, unsigned key, unsigned side,
                        std::uint32_t row_count) {
  // People 0..row_count-1 on the left; the right side's begin where only 45 % are left of them.
  const auto first_person =
      side == 0 ? std::uint64_t{0} : static_cast<std::uint64_t>(0.55 * row_count);
  std::vector<std::uint32_t> row_of(row_count);
  std::iota(row_of.begin(), row_of.end(), 0U);
  std::mt19937_64 random(side + 1);
  std::shuffle(row_of.begin(), row_of.end(), random);

  std::vector<std::pair<Token, std::uint32_t>> entries;
  entries.reserve(std::size_t{row_count} * shape.entries_per_row);
  for (std::uint32_t i = 0; i < row_count; ++i) {
    const std::uint64_t person = first_person + i;
    const std::uint64_t place = person * 64 + key;
    const bool present = Unit(place ^ std::uint64_t{1 + side} << 60) < shape.present;
    // A pair whose tokens differ has been spoilt on the right side.
    const bool spoilt = side == 1 && Unit(place ^ std::uint64_t{4} << 60) >= shape.kept;
    const unsigned variants =
        shape.entries_per_row == 1 || Unit(person ^ std::uint64_t{5} << 60) > 0.3 ? 1 : 2;
    for (unsigned e = 0; e < shape.entries_per_row; ++e) {
      const bool filler = !present || e >= variants;
      const Token token =
          filler ? HashToken(random(), random())
                 : HashToken(person / shape.group_rows + (spoilt ? 1ULL << 50 : 0), key * 8 + e);
      entries.emplace_back(token, row_of[i]);
    }
  }
  std::sort(entries.begin(), entries.end());
  TokenEntries column;
  column.tokens.reserve(entries.size());
  column.rows.reserve(entries.size());
  for (const auto& [token, row] : entries) {
    column.tokens.push_back(token);
    column.rows.push_back(row);
  }
  return column;
}

StoredPopulation::StoredPopulation(const std::vector<KeyShape>& shapes, std::uint32_t row_count)
    : data_key_(crypto::SecretBytes<32>::Random()) {
  std::string name = (std::filesystem::temp_directory_path() / "ladder-bench-XXXXXX").string();
  TS_CHECK(mkdtemp(name.data()) != nullptr);
  directory_ = name;
  auto store = storage::ChunkStore::Open(storage::PosixFileSystem(), directory_ / "chunks");
  TS_CHECK(store.ok());
  store_ = *std::move(store);
  input_.left_row_count = input_.right_row_count = row_count;
  for (unsigned key = 0; key < shapes.size(); ++key) {
    for (unsigned side = 0; side < 2; ++side) {
      const std::string space = side == 0 ? "left" : "right";
      const TokenEntries column = MakeColumn(shapes[key], key, side, row_count);
      entry_count_ += column.tokens.size();
      std::vector<crypto::Digest> chunks;
      for (std::size_t at = 0; at < column.tokens.size(); at += kMaxTokensPerChunk) {
        const std::size_t count =
            std::min<std::size_t>(kMaxTokensPerChunk, column.tokens.size() - at);
        const Bytes chunk = EncodeTokenChunk({static_cast<std::uint16_t>(key), at}, {},
                                             std::span(column.tokens).subspan(at, count),
                                             std::span(column.rows).subspan(at, count));
        chunks.push_back(crypto::Sha256(chunk));
        TS_CHECK(store_->Put(space, chunks.back(), data_key_, chunk).ok());
      }
      columns_.push_back(std::make_unique<StoredTokenColumn>(
          *store_, space, static_cast<std::uint16_t>(key), std::move(chunks), data_key_));
    }
    input_.keys.push_back({columns_[2 * key].get(), columns_[2 * key + 1].get()});
  }
}

StoredPopulation::~StoredPopulation() { std::filesystem::remove_all(directory_); }

MemoryPopulation::MemoryPopulation(const KeyShape& shape, std::uint32_t row_count) {
  for (unsigned side = 0; side < 2; ++side) {
    TokenEntries column = MakeColumn(shape, 0, side, row_count);
    columns_.push_back(
        std::make_unique<MemoryTokenColumn>(std::move(column.tokens), std::move(column.rows)));
  }
  input_.left_row_count = input_.right_row_count = row_count;
  input_.keys.push_back({columns_[0].get(), columns_[1].get()});
}

void ResetPeakMemory() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

double PeakMemoryMib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

}  // namespace tallystick::matcher
