// All pairs of CLKs above a threshold, beside a plain loop of the same instructions as the limit.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "matcher/linkage/assignment.h"
#include "matcher/linkage/similarity.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tallystick::matcher {
namespace {

// Encodings of made-up persons: each has some tokens of a vocabulary whose frequencies fall as
// 1/rank (as letter pairs do), and each token sets 20 fixed bits. A right row is a left one with a
// few tokens changed, or a stranger. `tokens` steers the fill: 25 give about 0.36 of 1024 bits, 60
// about 0.6 and nearer to FEBRL's 0.68.
class Population {
 public:
  Population(std::uint32_t bits, int tokens) : bits_(bits), tokens_(tokens), weights_(kVocabulary) {
    for (std::size_t t = 0; t < kVocabulary; ++t) weights_[t] = 1.0 / static_cast<double>(t + 8);
    std::mt19937_64 random(5);
    positions_.resize(kVocabulary * kBitsPerToken);
    for (auto& p : positions_) p = static_cast<std::uint32_t>(random() % bits);
  }

  // `changed` tokens of each person differ from those of the person with the same seed and 0.
  Bytes Encode(std::size_t first, std::size_t count, int changed) const {
    std::discrete_distribution<std::size_t> token(weights_.begin(), weights_.end());
    Bytes bytes(count * bits_ / 8, '\0');
    for (std::size_t r = 0; r < count; ++r) {
      std::mt19937 person(static_cast<unsigned>(first + r));
      std::mt19937 typo(static_cast<unsigned>(first + r + 1'000'003));
      char* row = bytes.data() + r * bits_ / 8;
      for (int i = 0; i < tokens_; ++i) {
        std::size_t t = token(person);
        if (i < changed) t = token(typo);
        for (std::size_t k = 0; k < kBitsPerToken; ++k) {
          const std::uint32_t p = positions_[t * kBitsPerToken + k];
          row[p / 8] = static_cast<char>(row[p / 8] | 1 << p % 8);
        }
      }
    }
    return bytes;
  }

 private:
  static constexpr std::size_t kVocabulary = 600;
  static constexpr std::size_t kBitsPerToken = 20;

  std::uint32_t bits_;
  int tokens_;
  std::vector<double> weights_;
  std::vector<std::uint32_t> positions_;
};

double Fill(const Bytes& bytes) {
  double set = 0;
  for (const char c : bytes) set += std::popcount(static_cast<unsigned char>(c));
  return set / (8.0 * static_cast<double>(bytes.size()));
}

std::uint64_t PeakKibibytes() {
  std::uint64_t kib = 0;
  FILE* status = std::fopen("/proc/self/status", "r");
  char line[256];
  while (status != nullptr && std::fgets(line, sizeof line, status) != nullptr) {
    if (std::strncmp(line, "VmHWM:", 6) == 0) kib = std::strtoull(line + 6, nullptr, 10);
  }
  if (status != nullptr) std::fclose(status);
  return kib;
}

void CountPairs(benchmark::State& state, std::uint64_t pairs) {
  state.counters["pairs"] =
      benchmark::Counter(static_cast<double>(pairs) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate);
}

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

// The limit: 8 left rows against 16 right rows in registers, every word of every pair, and nothing
// but the comparison with one number; no pruning, no scores, no selection.
__attribute__((target("avx512f,avx512vpopcntdq"))) std::uint64_t PlainLoop(
    const std::uint64_t* left, std::size_t left_rows, const std::uint64_t* right,
    std::size_t groups, std::uint64_t needed) {
  constexpr std::size_t kWords = 16;
  constexpr std::size_t kChunk = 32;
  const __m512i limit = _mm512_set1_epi64(static_cast<long long>(needed));
  std::uint64_t found = 0;
  for (std::size_t chunk = 0; chunk + kChunk <= groups; chunk += kChunk) {
    for (std::size_t l = 0; l + 8 <= left_rows; l += 8) {
      const std::uint64_t* rows = left + l * kWords;
      for (std::size_t g = chunk; g < chunk + kChunk; g += 2) {
        const std::uint64_t* group = right + g * kWords * 8;
        __m512i counts[8][2];
#pragma GCC unroll 8
        for (std::size_t i = 0; i < 8; ++i) counts[i][0] = counts[i][1] = _mm512_setzero_si512();
        for (std::size_t w = 0; w < kWords; ++w) {
          const __m512i a = _mm512_load_si512(group + w * 8);
          const __m512i b = _mm512_load_si512(group + (kWords + w) * 8);
#pragma GCC unroll 8
          for (std::size_t i = 0; i < 8; ++i) {
            const __m512i row = _mm512_set1_epi64(static_cast<long long>(rows[i * kWords + w]));
            counts[i][0] =
                _mm512_add_epi64(counts[i][0], _mm512_popcnt_epi64(_mm512_and_si512(row, a)));
            counts[i][1] =
                _mm512_add_epi64(counts[i][1], _mm512_popcnt_epi64(_mm512_and_si512(row, b)));
          }
        }
#pragma GCC unroll 8
        for (std::size_t i = 0; i < 8; ++i) {
          found += static_cast<unsigned>(_mm512_cmpge_epu64_mask(counts[i][0], limit) != 0);
          found += static_cast<unsigned>(_mm512_cmpge_epu64_mask(counts[i][1], limit) != 0);
        }
      }
    }
  }
  return found;
}

void BM_PlainVpopcntLoop(benchmark::State& state) {
  if (__builtin_cpu_supports("avx512vpopcntdq") == 0) {
    state.SkipWithError("no VPOPCNTDQ here");
    return;
  }
  constexpr std::size_t kRows = 8192;
  const Population population(1024, static_cast<int>(state.range(0)));
  const Bytes bytes = population.Encode(0, kRows, 0);
  constexpr std::size_t kWords = 16;
  struct alignas(64) Line {
    std::uint64_t words[8];
  };
  std::vector<Line> left(kRows * kWords / 8), right(kRows * kWords / 8);
  std::memcpy(left.data(), bytes.data(), bytes.size());
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t w = 0; w < kWords; ++w) {
      right[r / 8 * kWords + w].words[r % 8] = left[(r * kWords + w) / 8].words[w % 8];
    }
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(PlainLoop(left[0].words, kRows, right[0].words, kRows / 8, 1000));
  }
  CountPairs(state, std::uint64_t{kRows} * kRows);
}
BENCHMARK(BM_PlainVpopcntLoop)->ArgName("tokens")->Arg(25)->Arg(60)->Unit(benchmark::kMillisecond);
#endif

// One core, by target. `tokens` as in Population; threshold in hundredths.
void BM_Similarity(benchmark::State& state) {
  const auto target = static_cast<ComparisonTarget>(state.range(0));
  const auto targets = ComparisonTargets();
  if (std::find(targets.begin(), targets.end(), target) == targets.end()) {
    state.SkipWithError("no such instructions here");
    return;
  }
  constexpr std::size_t kRows = 8192;
  const auto bits = static_cast<std::uint32_t>(state.range(1));
  const Population population(bits, static_cast<int>(state.range(2)));
  const Bytes left = population.Encode(0, kRows, 0);
  const Bytes right = population.Encode(kRows / 2, kRows, 3);
  SimilarityOptions options;
  options.threshold = DiceThreshold(static_cast<std::uint32_t>(state.range(3)) * 100);
  options.thread_count = 1;
  options.target = target;
  std::size_t found = 0;
  for (auto _ : state) {
    found = FindSimilarPairs({bits, left}, {bits, right}, options)->pairs.size();
  }
  state.SetLabel(std::string(ComparisonTargetName(target)));
  state.counters["fill"] = Fill(left);
  state.counters["found"] = static_cast<double>(found);
  CountPairs(state, std::uint64_t{kRows} * kRows);
}
BENCHMARK(BM_Similarity)
    ->ArgNames({"target", "bits", "tokens", "dice"})
    ->Args({4, 1024, 25, 80})
    ->Args({4, 1024, 60, 80})
    ->Args({4, 1024, 60, 90})
    ->Args({4, 1024, 60, 70})  // strangers come near: little can be pruned
    ->Args({4, 1024, 60, 1})   // every pair is similar
    ->Args({4, 512, 25, 80})
    ->Args({4, 2048, 60, 80})
    ->Args({3, 1024, 60, 80})
    ->Args({2, 1024, 60, 80})
    ->Args({0, 1024, 60, 80})
    ->Unit(benchmark::kMillisecond);

// Large sides, with all there is to a call; dice in hundredths.
void BM_SimilarityLarge(benchmark::State& state) {
  const auto rows = static_cast<std::size_t>(state.range(0));
  const Population population(1024, static_cast<int>(state.range(1)));
  const Bytes left = population.Encode(0, rows, 0);
  const Bytes right = population.Encode(rows / 2, rows, 3);
  SimilarityOptions options;
  options.threshold = DiceThreshold(static_cast<std::uint32_t>(state.range(2)) * 100);
  options.thread_count = static_cast<unsigned>(state.range(3));
  std::size_t found = 0;
  for (auto _ : state) {
    found = FindSimilarPairs({1024, left}, {1024, right}, options)->pairs.size();
  }
  state.counters["fill"] = Fill(left);
  state.counters["found"] = static_cast<double>(found);
  state.counters["peak_MiB"] = static_cast<double>(PeakKibibytes()) / 1024;
  CountPairs(state, std::uint64_t{rows} * rows);
}
BENCHMARK(BM_SimilarityLarge)
    ->ArgNames({"rows", "tokens", "dice", "threads"})
    ->Args({100'000, 25, 80, 2})
    ->Args({100'000, 60, 80, 2})
    ->Args({400'000, 60, 85, 2})
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kSecond);

// Candidates as a comparison leaves them: every left row has its own right one and, on average, two
// neighbours of it.
void BM_AssignOneToOne(benchmark::State& state) {
  const auto rows = static_cast<std::uint32_t>(state.range(0));
  std::mt19937 random(3);
  std::vector<SimilarPair> candidates;
  for (std::uint32_t l = 0; l < rows; ++l) {
    candidates.push_back({l, l, kSimilarityOne / 100 * (85 + static_cast<Similarity>(l % 16))});
    for (std::uint32_t i = 1; i < 5; ++i) {
      if (random() % 2 == 0 || l + i >= rows) continue;
      // Blocks of 24 rows keep components as small as those of families and twins.
      if ((l + i) / 24 != l / 24) continue;
      candidates.push_back(
          {l, l + i, kSimilarityOne / 100 * (80 + static_cast<Similarity>(random() % 10))});
    }
  }
  std::size_t assigned = 0;
  for (auto _ : state) assigned = AssignOneToOne(candidates)->pairs.size();
  state.counters["assigned"] = static_cast<double>(assigned);
  state.counters["candidates"] = benchmark::Counter(
      static_cast<double>(candidates.size()) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}
BENCHMARK(BM_AssignOneToOne)->ArgName("rows")->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tallystick::matcher

BENCHMARK_MAIN();
