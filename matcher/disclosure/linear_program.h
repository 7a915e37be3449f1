// LinearProgram is the one place where a solver is called.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tallystick::matcher {

// Deadline is when a review gives up. It decides only whether there is a result, never which.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds from_now)
      : end_(std::chrono::steady_clock::now() + from_now) {}

  bool passed() const { return std::chrono::steady_clock::now() >= end_; }
  double seconds_left() const {
    return std::chrono::duration<double>(end_ - std::chrono::steady_clock::now()).count();
  }

 private:
  std::chrono::steady_clock::time_point end_;
};

// LinearProgram minimises a linear cost over variables with bounds and rows low <= a·x <= high.
// Bounds and costs may be changed between solves. The same
// sequence of calls gives the same values. Its answers are floating point: nothing is released on
// their word alone (see WitnessSearch).
//
// Thread safety: none.
class LinearProgram {
 public:
  static constexpr double kInfinity = 1e30;
  static constexpr double kTolerance = 1e-6;

  struct Variable {
    double low = 0;
    double high = kInfinity;
    double cost = 0;
  };
  struct Row {
    double low = 0;
    double high = 0;
    std::vector<std::pair<int, double>> terms;  // variable, coefficient
  };
  enum class Outcome { kOptimal, kInfeasible, kTimedOut, kFailed };

  LinearProgram(const std::vector<Variable>& variables, const std::vector<Row>& rows);
  LinearProgram(LinearProgram&&) noexcept;
  LinearProgram& operator=(LinearProgram&&) noexcept;
  ~LinearProgram();

  void SetBounds(int variable, double low, double high);
  std::pair<double, double> bounds(int variable) const;
  void SetCost(int variable, double cost);

  // Where a solve starts: at the basis of the last one, or at zero. The latter is faster where the
  // solution is close to zero, whatever was solved before.
  enum class Start { kLastBasis, kZero };

  // Minimises. kFailed: unbounded or numerical trouble. REQUIRES for kZero: no negative cost.
  Outcome Solve(Start start, const Deadline& deadline);

  // Of the last Solve() that was kOptimal.
  double value(int variable) const;
  double objective() const;

  // "CLP 1.17.6"
  static std::string SolverName();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tallystick::matcher
