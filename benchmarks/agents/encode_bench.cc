// From a CSV file to a sealed submission on the local disk, as `tallystick-agent submit` does it
// before it sends anything.
#include <benchmark/benchmark.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>
#include <time.h>

#include <fstream>
#include <string>

#include "agents/encode/measure_values.h"
#include "agents/submit/submission_builder.h"
#include "base/check.h"
#include "benchmarks/agents/population_file.h"
#include "crypto/elgamal.h"
#include "proto/column_chunk.h"

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
  explicit World(std::uint64_t row_count, PopulationMeasures measures = PopulationMeasures::kNone)
      : agreement(
            agreements::ParseAgreement(PopulationAgreement(measures), nullptr, {.lenient = true})
                .value()),
        secret(agreements::AgreementSecret::FromBytes(Bytes(32, 's')).value()) {
    WritePopulationFile(directory.path() / "people.csv", row_count, 1, measures);
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
            Time(),
            &joint_key};
  }

  WorkingDirectory directory;
  agreements::Agreement agreement;
  agreements::AgreementSecret secret;
  crypto::SecretBytes<32> code_key = crypto::SecretBytes<32>::Random();
  crypto::SecretBytes<32> pseudonym_key = crypto::SecretBytes<32>::Random();
  crypto::SealingKey matcher = crypto::SealingKey::Generate();
  crypto::Point joint_key = crypto::Point::MulGenerator(crypto::Scalar::Random());
  BuildOptions options;
};

void Encode(benchmark::State& state, PopulationMeasures measures) {
  World world(static_cast<std::uint64_t>(state.range(0)), measures);
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

void BM_Encode(benchmark::State& state) { Encode(state, PopulationMeasures::kNone); }
BENCHMARK(BM_Encode)
    ->ArgNames({"rows", "threads"})
    ->Args({100'000, 1})
    ->Args({1'000'000, 1})
    ->Args({1'000'000, 2})
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// The same with three measures, of which a tenth is missing: encrypted all the same.
void BM_EncodeWithMeasures(benchmark::State& state) { Encode(state, PopulationMeasures::kThree); }
BENCHMARK(BM_EncodeWithMeasures)
    ->ArgNames({"rows", "threads"})
    ->Args({100'000, 2})
    ->Args({1'000'000, 2})
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// Processor time of this thread, which other programs do not lengthen.
double ThreadSeconds() {
  timespec now{};
  TS_CHECK(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Seconds that two multiplications of the generator take OpenSSL: what encryption is made of.
double TwoOpenSslMultiplications() {
  EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
  BN_CTX* const context = BN_CTX_new();
  BIGNUM* const number = BN_new();
  EC_POINT* const point = EC_POINT_new(group);
  TS_CHECK(BN_priv_rand_range(number, EC_GROUP_get0_order(group)) == 1);
  constexpr int kTimes = 20'000;
  const double begin = ThreadSeconds();
  for (int i = 0; i < 2 * kTimes; ++i) {
    TS_CHECK(EC_POINT_mul(group, point, number, nullptr, nullptr, context) == 1);
  }
  const double taken = ThreadSeconds() - begin;
  EC_POINT_free(point);
  BN_free(number);
  BN_CTX_free(context);
  EC_GROUP_free(group);
  return taken / kTimes;
}

// One chunk of a measure's column, encrypted and serialised by one thread. `to_openssl` is the
// processor time of a value over that of two multiplications.
void BM_EncryptChunk(benchmark::State& state) {
  const MeasureValues values(kMaxCiphertextsPerChunk);
  const crypto::Encryptor encryptor(crypto::Point::MulGenerator(crypto::Scalar::Random()));
  const double primitive = TwoOpenSslMultiplications();
  crypto::RandomStream random;
  const double begin = ThreadSeconds();
  for (auto _ : state) {
    Bytes ciphertexts;
    values.Encrypt(encryptor, MeasurePower::kValue, 0, values.size(), random, ciphertexts);
    benchmark::DoNotOptimize(EncodeCiphertextChunk({}, {}, ciphertexts));
  }
  const double taken = ThreadSeconds() - begin;
  const auto encrypted = static_cast<double>(state.iterations()) * kMaxCiphertextsPerChunk;
  state.SetItemsProcessed(static_cast<std::int64_t>(encrypted));
  state.counters["openssl_us"] = primitive * 1e6;
  state.counters["value_us"] = taken / encrypted * 1e6;
  state.counters["to_openssl"] = taken / encrypted / primitive;
}
BENCHMARK(BM_EncryptChunk)->UseRealTime()->Unit(benchmark::kMillisecond);

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
