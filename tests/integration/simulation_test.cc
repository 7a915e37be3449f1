// TALLYSTICK_SIM_SEED=n runs that seed alone; TALLYSTICK_SIM_SEEDS=n runs that many, for soaking.
#include "tests/integration/simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/log.h"

namespace tallystick::matcher {
namespace {

constexpr std::uint64_t kSeeds = 300;
constexpr std::uint64_t kMutantSeeds = 40;

std::uint64_t Environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

std::string Explain(std::uint64_t seed, const SimulationReport& report) {
  std::string text = "seed " + std::to_string(seed) + ": " + report.violation +
                     "\nrun it again with TALLYSTICK_SIM_SEED=" + std::to_string(seed) + "\n";
  constexpr std::size_t kShown = 60;
  const std::size_t size = report.trace.size();
  for (std::size_t i = size > kShown ? size - kShown : 0; i < size; ++i) {
    text += report.trace[i] + "\n";
  }
  return text;
}

class SimulationTest : public ::testing::Test {
 protected:
  // The faults that it injects are reported as errors, thousands of them.
  SimulationTest() { SetLogLevel(static_cast<Level>(static_cast<int>(Level::kError) + 1)); }
  ~SimulationTest() override { SetLogLevel(Level::kInfo); }
};

TEST_F(SimulationTest, KeepsEveryPromiseUnderEverySeed) {
  const std::uint64_t only = Environment("TALLYSTICK_SIM_SEED", 0);
  const std::uint64_t count = only != 0 ? 1 : Environment("TALLYSTICK_SIM_SEEDS", kSeeds);
  SimulationReport sum;
  for (std::uint64_t i = 1; i <= count; ++i) {
    const std::uint64_t seed = only != 0 ? only : i;
    const SimulationReport report = Simulate(seed);
    ASSERT_EQ(report.violation, "") << Explain(seed, report);
    sum.record_count += report.record_count;
    sum.release_count += report.release_count;
    sum.chunk_count += report.chunk_count;
    sum.amendment_count += report.amendment_count;
    sum.enrolled_again_count += report.enrolled_again_count;
    sum.restart_count += report.restart_count;
    sum.power_cut_count += report.power_cut_count;
    sum.lost_request_count += report.lost_request_count;
    sum.lost_answer_count += report.lost_answer_count;
    sum.repeated_request_count += report.repeated_request_count;
    sum.refused_count += report.refused_count;
  }
  std::printf(
      "%llu seeds: %llu records, %llu releases, %llu amendments, %llu enrolled again, %llu chunks, "
      "%llu restarts of which %llu power cuts, "
      "%llu lost requests, %llu lost answers, %llu repeated requests, %llu refusals\n",
      static_cast<unsigned long long>(count), static_cast<unsigned long long>(sum.record_count),
      static_cast<unsigned long long>(sum.release_count),
      static_cast<unsigned long long>(sum.amendment_count),
      static_cast<unsigned long long>(sum.enrolled_again_count),
      static_cast<unsigned long long>(sum.chunk_count),
      static_cast<unsigned long long>(sum.restart_count),
      static_cast<unsigned long long>(sum.power_cut_count),
      static_cast<unsigned long long>(sum.lost_request_count),
      static_cast<unsigned long long>(sum.lost_answer_count),
      static_cast<unsigned long long>(sum.repeated_request_count),
      static_cast<unsigned long long>(sum.refused_count));
  if (count < kSeeds) return;
  // Each kind of fault must really have happened, and the story must really have gone on.
  EXPECT_GT(sum.release_count, count);
  EXPECT_GT(sum.amendment_count, count / 5);
  EXPECT_GT(sum.enrolled_again_count, count / 5);
  EXPECT_GT(sum.chunk_count, count * 20);
  EXPECT_GT(sum.power_cut_count, count);
  EXPECT_GT(sum.restart_count, sum.power_cut_count + count);
  EXPECT_GT(sum.lost_request_count, count);
  EXPECT_GT(sum.lost_answer_count, count);
  EXPECT_GT(sum.repeated_request_count, count);
}

TEST_F(SimulationTest, IsDeterministic) {
  for (const std::uint64_t seed : {3, 4, 5}) {
    const SimulationReport first = Simulate(seed);
    const SimulationReport second = Simulate(seed);
    EXPECT_EQ(first.trace, second.trace);
    EXPECT_EQ(first.record_count, second.record_count);
  }
}

// Every deliberate fault must be found within a few seeds, or the simulation proves nothing.
class SimulationMutants : public SimulationTest, public ::testing::WithParamInterface<Mutant> {};

TEST_P(SimulationMutants, AreFound) {
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= kMutantSeeds && found < 3; ++seed) {
    if (!Simulate(seed, GetParam()).violation.empty()) ++found;
  }
  EXPECT_EQ(found, 3u);
}

INSTANTIATE_TEST_SUITE_P(All, SimulationMutants,
                         ::testing::Values(Mutant::kAnswersBeforeDurable,
                                           Mutant::kForgetsIdempotency, Mutant::kSkipsSync,
                                           Mutant::kLosesViewMutations, Mutant::kForgetsToSupersede,
                                           Mutant::kKeepsInvitations, Mutant::kSkipsChunkSync,
                                           Mutant::kCommitsWithoutChunks),
                         [](const ::testing::TestParamInfo<Mutant>& mutant) -> std::string {
                           switch (mutant.param) {
                             case Mutant::kAnswersBeforeDurable:
                               return "AnswersBeforeDurable";
                             case Mutant::kForgetsIdempotency:
                               return "ForgetsIdempotency";
                             case Mutant::kSkipsSync:
                               return "SkipsSync";
                             case Mutant::kLosesViewMutations:
                               return "LosesViewMutations";
                             case Mutant::kForgetsToSupersede:
                               return "ForgetsToSupersede";
                             case Mutant::kKeepsInvitations:
                               return "KeepsInvitations";
                             case Mutant::kSkipsChunkSync:
                               return "SkipsChunkSync";
                             case Mutant::kCommitsWithoutChunks:
                               return "CommitsWithoutChunks";
                             default:
                               return "None";
                           }
                         });

}  // namespace
}  // namespace tallystick::matcher
