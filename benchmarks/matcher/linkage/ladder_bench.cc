// The default ladder, one-to-one, from the chunk store: read, decrypt, join, decide. Sizes to run
// are an option, because 4 M rows a side need 5 GB of temporary files (TMPDIR) and minutes to make:
//   ts_ladder_bench --benchmark_filter=rows:1000000
#include <benchmark/benchmark.h>

#include "benchmarks/matcher/linkage/population.h"

namespace tallystick::matcher {
namespace {

void BM_LadderFromChunkStore(benchmark::State& state) {
  const StoredPopulation population(DefaultLadderShapes(),
                                    static_cast<std::uint32_t>(state.range(0)));
  LadderOptions options;
  options.thread_count = static_cast<unsigned>(state.range(1));
  ResetPeakMemory();
  for (auto _ : state) {
    const auto linkage = LinkLadder(population.input(), options);
    if (!linkage.ok()) {
      state.SkipWithError(linkage.error().ToString().c_str());
      break;
    }
    state.counters["linked"] = static_cast<double>(linkage->pairs.size());
  }
  state.SetItemsProcessed(state.iterations() * 2 * state.range(0));
  state.counters["entries"] = benchmark::Counter(static_cast<double>(population.entry_count()),
                                                 benchmark::Counter::kIsIterationInvariantRate);
  state.counters["peak_mib"] = PeakMemoryMib();
}
BENCHMARK(BM_LadderFromChunkStore)
    ->ArgNames({"rows", "threads"})
    ->ArgsProduct({{100'000, 1'000'000, 4'000'000}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tallystick::matcher

BENCHMARK_MAIN();
