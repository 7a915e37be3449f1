// One key joined and grouped by two categories: the whole of the simplest request, from sorted
// tokens in memory and from the chunk store, and the counting alone.
#include <benchmark/benchmark.h>

#include <random>

#include "benchmarks/matcher/linkage/population.h"
#include "matcher/tally/tally_table.h"

namespace tallystick::matcher {
namespace {

std::vector<std::uint16_t> Categories(std::uint32_t row_count, unsigned cardinality,
                                      unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint16_t> ordinals(row_count);
  for (auto& ordinal : ordinals) ordinal = static_cast<std::uint16_t>(random() % cardinality);
  return ordinals;
}

// One number a person, no padding: what an exact join on a person's number would have.
constexpr KeyShape kOneKey = {.entries_per_row = 1};

struct Table {
  explicit Table(std::uint32_t row_count)
      : pathway(Categories(row_count, 12, 1)), level(Categories(row_count, 5, 2)) {
    input.cohort = Cohort::kLinked;
    input.left_row_count = input.right_row_count = row_count;
    input.dimensions = {{Side::kLeft, pathway, 12}, {Side::kRight, level, 5}};
  }
  std::vector<std::uint16_t> pathway, level;
  TallyInput input;
};

void JoinAndGroup(benchmark::State& state, const LadderInput& input) {
  Table table(static_cast<std::uint32_t>(state.range(0)));
  LadderOptions options;
  options.thread_count = static_cast<unsigned>(state.range(1));
  ResetPeakMemory();
  for (auto _ : state) {
    const auto linkage = LinkLadder(input, options);
    if (!linkage.ok()) {
      state.SkipWithError(linkage.error().ToString().c_str());
      break;
    }
    table.input.pairs = linkage->pairs;
    const auto tally = TallyTable(table.input, options.thread_count);
    benchmark::DoNotOptimize(tally->cells.data());
    state.counters["linked"] = static_cast<double>(linkage->pairs.size());
  }
  state.SetItemsProcessed(state.iterations() * 2 * state.range(0));
  state.counters["peak_mib"] = PeakMemoryMib();
}

void BM_JoinAndGroup(benchmark::State& state) {
  const MemoryPopulation population(kOneKey, static_cast<std::uint32_t>(state.range(0)));
  JoinAndGroup(state, population.input());
}
BENCHMARK(BM_JoinAndGroup)
    ->ArgNames({"rows", "threads"})
    ->ArgsProduct({{1'000'000, 10'000'000}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_JoinAndGroupFromChunkStore(benchmark::State& state) {
  const StoredPopulation population({kOneKey}, static_cast<std::uint32_t>(state.range(0)));
  JoinAndGroup(state, population.input());
}
BENCHMARK(BM_JoinAndGroupFromChunkStore)
    ->ArgNames({"rows", "threads"})
    ->ArgsProduct({{1'000'000, 10'000'000}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_Tally(benchmark::State& state) {
  const auto row_count = static_cast<std::uint32_t>(state.range(0));
  Table table(row_count);
  std::vector<LinkedPair> pairs;
  std::mt19937 random(3);
  for (std::uint32_t left = 0; left < row_count; left += 2) {
    pairs.push_back({left, static_cast<std::uint32_t>(random() % row_count), 1, 1});
  }
  table.input.pairs = pairs;
  table.input.cohort = Cohort::kLeft;
  for (auto _ : state) {
    const auto tally = TallyTable(table.input, static_cast<unsigned>(state.range(1)));
    benchmark::DoNotOptimize(tally->cells.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(pairs.size()));
}
BENCHMARK(BM_Tally)
    ->ArgNames({"rows", "threads"})
    ->ArgsProduct({{1'000'000, 10'000'000}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tallystick::matcher

BENCHMARK_MAIN();
