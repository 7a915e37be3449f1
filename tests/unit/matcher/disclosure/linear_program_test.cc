#include "matcher/disclosure/linear_program.h"

#include <gtest/gtest.h>

namespace tallystick::matcher {
namespace {

using Outcome = LinearProgram::Outcome;
using Start = LinearProgram::Start;

Deadline Soon() { return Deadline(std::chrono::minutes(1)); }

// Chvátal, Linear Programming (1983), chapter 2: maximise 5x + 4y + 3z; the optimum is 13.
LinearProgram Chvatal() {
  const double infinity = LinearProgram::kInfinity;
  return LinearProgram({{0, infinity, -5}, {0, infinity, -4}, {0, infinity, -3}},
                       {{-infinity, 5, {{0, 2}, {1, 3}, {2, 1}}},
                        {-infinity, 11, {{0, 4}, {1, 1}, {2, 2}}},
                        {-infinity, 8, {{0, 3}, {1, 4}, {2, 2}}}});
}

TEST(LinearProgram, FindsATextbookOptimum) {
  LinearProgram program = Chvatal();
  ASSERT_EQ(program.Solve(Start::kLastBasis, Soon()), Outcome::kOptimal);
  EXPECT_NEAR(program.objective(), -13, 1e-9);
  EXPECT_NEAR(program.value(0), 2, 1e-9);
  EXPECT_NEAR(program.value(1), 0, 1e-9);
  EXPECT_NEAR(program.value(2), 1, 1e-9);
}

TEST(LinearProgram, SolvesAgainAfterACostOrABoundChanged) {
  LinearProgram program = Chvatal();
  ASSERT_EQ(program.Solve(Start::kLastBasis, Soon()), Outcome::kOptimal);
  program.SetBounds(0, 0, 1);
  ASSERT_EQ(program.Solve(Start::kLastBasis, Soon()), Outcome::kOptimal);
  EXPECT_NEAR(program.value(0), 1, 1e-9);
  program.SetCost(0, 1);
  program.SetCost(1, 1);
  program.SetCost(2, 1);
  ASSERT_EQ(program.Solve(Start::kZero, Soon()), Outcome::kOptimal);
  EXPECT_NEAR(program.objective(), 0, 1e-9);
}

TEST(LinearProgram, SaysWhenNothingFits) {
  LinearProgram program({{0, 1, 1}, {0, 1, 1}}, {{3, 3, {{0, 1}, {1, 1}}}});
  EXPECT_EQ(program.Solve(Start::kZero, Soon()), Outcome::kInfeasible);
}

TEST(LinearProgram, FailsWhenUnbounded) {
  LinearProgram program({{0, LinearProgram::kInfinity, -1}}, {});
  EXPECT_EQ(program.Solve(Start::kLastBasis, Soon()), Outcome::kFailed);
}

TEST(LinearProgram, DoesNotStartAfterTheDeadline) {
  LinearProgram program = Chvatal();
  EXPECT_EQ(program.Solve(Start::kLastBasis, Deadline(std::chrono::milliseconds(0))),
            Outcome::kTimedOut);
}

}  // namespace
}  // namespace tallystick::matcher
