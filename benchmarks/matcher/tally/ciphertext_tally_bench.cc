// Summing a measure's ciphertexts by cell, from the chunk store: decryption, decoding, the check
// that each point is on the curve, and the additions.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "crypto/random.h"
#include "matcher/tally/ciphertext_tally.h"
#include "proto/column_chunk.h"
#include "storage/file_system.h"

namespace tallystick::matcher {
namespace {

constexpr std::size_t kLeaves = 60;

// `row_count` ciphertexts in a store of their own; a block of 32,263 over and over.
class StoredMeasure {
 public:
  explicit StoredMeasure(std::uint32_t row_count)
      : directory_(
            std::filesystem::temp_directory_path() /
            ("ciphertext-bench-" + std::to_string(getpid()) + "-" + std::to_string(row_count))),
        data_key_(crypto::SecretBytes<32>::Random()),
        row_count_(row_count) {
    std::filesystem::create_directory(directory_);
    store_ = storage::ChunkStore::Open(storage::PosixFileSystem(), directory_ / "chunks").value();
    const Bytes& block = Block();
    for (std::uint64_t first = 0; first < row_count; first += kMaxCiphertextsPerChunk) {
      const std::size_t count = std::min<std::uint64_t>(kMaxCiphertextsPerChunk, row_count - first);
      const Bytes chunk =
          EncodeCiphertextChunk({.column = 0, .first_entry = first}, {},
                                ByteView(block).substr(0, count * kCiphertextBytes));
      chunks_.push_back(crypto::Sha256(chunk));
      TS_CHECK(store_->Put("bench", chunks_.back(), data_key_, chunk).ok());
    }
    for (std::uint32_t row = 0; row < row_count; ++row) leaf_of_row_.push_back(row % kLeaves);
  }
  ~StoredMeasure() { std::filesystem::remove_all(directory_); }

  Result<std::vector<crypto::CiphertextSum>> Sum(unsigned threads) const {
    return SumByLeaf(*store_, data_key_, {"bench", 0, chunks_, row_count_}, leaf_of_row_, kLeaves,
                     threads);
  }

 private:
  static const Bytes& Block() {
    static const Bytes* const block = [] {
      const crypto::Encryptor encryptor(crypto::Point::MulGenerator(crypto::Scalar::Random()));
      crypto::RandomStream random;
      std::vector<std::uint64_t> values(kMaxCiphertextsPerChunk);
      for (std::uint64_t& value : values) value = random.Uniform(1u << 20);
      auto* bytes = new Bytes;
      encryptor.Encrypt(values, random, *bytes);
      return bytes;
    }();
    return *block;
  }

  const std::filesystem::path directory_;
  const crypto::SecretBytes<32> data_key_;
  const std::uint32_t row_count_;
  std::unique_ptr<storage::ChunkStore> store_;
  std::vector<crypto::Digest> chunks_;
  std::vector<std::uint32_t> leaf_of_row_;
};

void BM_SumCiphertexts(benchmark::State& state) {
  const StoredMeasure measure(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) {
    const auto sums = measure.Sum(static_cast<unsigned>(state.range(1)));
    if (!sums.ok()) {
      state.SkipWithError(sums.error().ToString().c_str());
      break;
    }
    benchmark::DoNotOptimize(sums->data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_SumCiphertexts)
    ->ArgNames({"rows", "threads"})
    ->Args({500'000, 1})
    ->Args({500'000, 2})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace tallystick::matcher

BENCHMARK_MAIN();
