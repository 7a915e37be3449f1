// How long the review of a table takes, from counts to signed-ready bytes with witnesses.
#include <benchmark/benchmark.h>

#include <random>

#include "matcher/disclosure/disclosure_control.h"
#include "tests/unit/matcher/disclosure/table_makers.h"

namespace tallystick::matcher {
namespace {

using agreements::Side;

Tally TallyOf(const benchmark::State& state) {
  std::mt19937_64 random(1);
  std::vector<TableDimension> dimensions{
      Dimension("l", static_cast<std::uint32_t>(state.range(0)), Side::kLeft),
      Dimension("r", static_cast<std::uint32_t>(state.range(1)), Side::kRight)};
  if (state.range(2) > 1) {
    dimensions.push_back(Dimension("o", static_cast<std::uint32_t>(state.range(2)), Side::kRight));
  }
  return RandomTally(std::move(dimensions), Cohort::kLinked, random, /*zero_share=*/0.1,
                     static_cast<std::uint64_t>(state.range(3)));
}

// The last argument is the largest count: the larger, the fewer small ones.
void BM_Review(benchmark::State& state) {
  const Tally tally = TallyOf(state);
  ReviewLimits limits;
  limits.time = std::chrono::minutes(10);
  const DisclosureControl control({}, limits);
  std::size_t suppressed = 0;
  for (auto _ : state) {
    const auto result = control.Review(Tally(tally));
    if (!result.ok()) {
      state.SkipWithError("refused");
      return;
    }
    suppressed = result->suppressed_count();
  }
  state.counters["suppressed"] = static_cast<double>(suppressed);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Review)
    ->ArgNames({"left", "right", "third", "largest"})
    ->Args({3, 4, 3, 60})
    ->Args({20, 20, 1, 60})
    ->Args({50, 50, 1, 400})
    ->Args({10, 10, 4, 60})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_Review)
    ->ArgNames({"left", "right", "third", "largest"})
    ->Args({20, 20, 6, 300})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

// What an agent does before it signs.
void BM_CheckWitnesses(benchmark::State& state) {
  const DisclosureRules rules;
  const auto result = DisclosureControl(rules).Review(TallyOf(state));
  if (!result.ok()) {
    state.SkipWithError("refused");
    return;
  }
  for (auto _ : state) {
    const Status status =
        CheckWitnesses(result->table(), result->witnesses(), rules, /*own=*/nullptr);
    if (!status.ok()) state.SkipWithError("refused");
  }
  state.counters["witnesses"] = static_cast<double>(result->witnesses().tables.size());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_CheckWitnesses)
    ->ArgNames({"left", "right", "third", "largest"})
    ->Args({20, 20, 1, 60})
    ->Args({50, 50, 1, 400})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tallystick::matcher

BENCHMARK_MAIN();
