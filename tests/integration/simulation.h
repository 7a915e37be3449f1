// A deterministic simulation of the matcher with its members (reliability.md, rule 6): one thread,
// virtual time, a disk that loses what was not synced and a network that loses, delays, repeats and
// reorders. Everything follows from the seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/integration/simulated_matcher.h"

namespace tallystick::matcher {

struct SimulationReport {
  std::string violation;  // the first broken promise, or ""
  std::vector<std::string> trace;

  std::uint64_t record_count = 0;
  std::uint64_t release_count = 0;
  std::uint64_t chunk_count = 0;  // put, however often
  std::uint64_t amendment_count = 0;
  std::uint64_t enrolled_again_count = 0;
  std::uint64_t restart_count = 0;
  std::uint64_t power_cut_count = 0;
  std::uint64_t lost_request_count = 0;
  std::uint64_t lost_answer_count = 0;
  std::uint64_t repeated_request_count = 0;
  std::uint64_t refused_count = 0;
};

SimulationReport Simulate(std::uint64_t seed, Mutant mutant = Mutant::kNone);

}  // namespace tallystick::matcher
