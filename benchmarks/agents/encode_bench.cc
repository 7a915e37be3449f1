// From a CSV file to a sealed submission on the local disk, as `tallystick-agent submit` does it
// before it sends anything.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <fstream>
#include <string>

#include "agents/submit/submission_builder.h"
#include "base/check.h"
#include "benchmarks/agents/population_file.h"

namespace tallystick::agents {
namespace {

// The peak of resident memory since ResetPeakMemory().
double PeakMemoryMib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}
void ResetPeakMemory() { std::ofstream("/proc/self/clear_refs") << "5"; }

class WorkingDirectory {
 public:
  WorkingDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "tallystick-XXXXXX").string();
    TS_CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~WorkingDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct World {
  explicit World(std::uint64_t row_count)
      : agreement(
            agreements::ParseAgreement(PopulationAgreement(), nullptr, {.lenient = true}).value()),
        secret(agreements::AgreementSecret::FromBytes(Bytes(32, 's')).value()) {
    WritePopulationFile(directory.path() / "people.csv", row_count, 1);
    options.file = directory.path() / "people.csv";
    options.dedupe = Dedupe::kFirst;
  }
  BuildContext Context() const {
    return {&agreement,
            &agreement.datasets[0],
            &secret,
            &code_key,
            &pseudonym_key,
            matcher.public_key(),
            agreement.digest,
            1,
            1,
            Bytes(),
            Time()};
  }

  WorkingDirectory directory;
  agreements::Agreement agreement;
  agreements::AgreementSecret secret;
  crypto::SecretBytes<32> code_key = crypto::SecretBytes<32>::Random();
  crypto::SecretBytes<32> pseudonym_key = crypto::SecretBytes<32>::Random();
  crypto::SealingKey matcher = crypto::SealingKey::Generate();
  BuildOptions options;
};

void BM_Encode(benchmark::State& state) {
  World world(static_cast<std::uint64_t>(state.range(0)));
  world.options.threads = static_cast<unsigned>(state.range(1));
  ResetPeakMemory();
  for (auto _ : state) {
    Findings findings;
    const auto built = BuildSubmission(world.Context(), world.options,
                                       world.directory.path() / "spool", &findings);
    if (!built.ok()) {
      state.SkipWithError(built.error().ToString().c_str());
      break;
    }
    state.counters["spool_mib"] = static_cast<double>(built->spool_bytes) / (1 << 20);
    state.counters["dropped"] = static_cast<double>(built->dropped_duplicates);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["peak_mib"] = PeakMemoryMib();
}
BENCHMARK(BM_Encode)
    ->ArgNames({"rows", "threads"})
    ->Args({100'000, 1})
    ->Args({1'000'000, 1})
    ->Args({1'000'000, 2})
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_Validate(benchmark::State& state) {
  World world(static_cast<std::uint64_t>(state.range(0)));
  world.options.threads = static_cast<unsigned>(state.range(1));
  for (auto _ : state) {
    Findings findings;
    const auto rows =
        ValidateFile(world.agreement, world.agreement.datasets[0], world.options, &findings);
    if (!rows.ok()) state.SkipWithError(rows.error().ToString().c_str());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Validate)
    ->ArgNames({"rows", "threads"})
    ->Args({1'000'000, 2})
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tallystick::agents

BENCHMARK_MAIN();
