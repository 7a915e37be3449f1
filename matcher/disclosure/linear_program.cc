#include "matcher/disclosure/linear_program.h"

#include <coin/ClpConfig.h>

#include <coin/ClpSimplex.hpp>
#include <coin/CoinPackedMatrix.hpp>

namespace tallystick::matcher {

struct LinearProgram::State {
  ClpSimplex solver;
  bool costs_changed = true;
};

LinearProgram::LinearProgram(const std::vector<Variable>& variables, const std::vector<Row>& rows)
    : state_(std::make_unique<State>()) {
  std::vector<int> row_indices;
  std::vector<int> columns;
  std::vector<double> coefficients;
  std::vector<double> row_low, row_high, low, high, cost;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (const auto& [variable, coefficient] : rows[row].terms) {
      row_indices.push_back(static_cast<int>(row));
      columns.push_back(variable);
      coefficients.push_back(coefficient);
    }
    row_low.push_back(rows[row].low);
    row_high.push_back(rows[row].high);
  }
  for (const Variable& variable : variables) {
    low.push_back(variable.low);
    high.push_back(variable.high);
    cost.push_back(variable.cost);
  }
  CoinPackedMatrix matrix(/*colordered=*/true, row_indices.data(), columns.data(),
                          coefficients.data(), static_cast<CoinBigIndex>(coefficients.size()));
  matrix.setDimensions(static_cast<int>(rows.size()), static_cast<int>(variables.size()));
  ClpSimplex& solver = state_->solver;
  solver.setLogLevel(0);
  solver.loadProblem(matrix, low.data(), high.data(), cost.data(), row_low.data(), row_high.data());
  solver.scaling(0);  // the coefficients are all 1 and -1
}

LinearProgram::LinearProgram(LinearProgram&&) noexcept = default;
LinearProgram& LinearProgram::operator=(LinearProgram&&) noexcept = default;
LinearProgram::~LinearProgram() = default;

void LinearProgram::SetBounds(int variable, double low, double high) {
  state_->solver.setColumnBounds(variable, low, high);
}

std::pair<double, double> LinearProgram::bounds(int variable) const {
  return {state_->solver.getColLower()[variable], state_->solver.getColUpper()[variable]};
}

void LinearProgram::SetCost(int variable, double cost) {
  state_->solver.setObjectiveCoefficient(variable, cost);
  state_->costs_changed = true;
}

LinearProgram::Outcome LinearProgram::Solve(Start start, const Deadline& deadline) {
  if (deadline.passed()) return Outcome::kTimedOut;
  ClpSimplex& solver = state_->solver;
  solver.setMaximumSeconds(deadline.seconds_left());
  // A new objective leaves the last basis feasible for the primal method, new bounds leave it so
  // for the dual; zero is so for the dual where no cost is negative.
  if (start == Start::kZero) {
    solver.allSlackBasis(true);
    solver.dual();
  } else if (state_->costs_changed) {
    solver.primal();
  } else {
    solver.dual();
  }
  if (!solver.isProvenOptimal() && !solver.isProvenPrimalInfeasible() && !deadline.passed()) {
    solver.allSlackBasis(true);
    solver.primal();
  }
  if (solver.isProvenOptimal()) {
    state_->costs_changed = false;
    return Outcome::kOptimal;
  }
  state_->costs_changed = true;
  if (solver.isProvenPrimalInfeasible()) return Outcome::kInfeasible;
  return deadline.passed() ? Outcome::kTimedOut : Outcome::kFailed;
}

double LinearProgram::value(int variable) const {
  return state_->solver.primalColumnSolution()[variable];
}

double LinearProgram::objective() const { return state_->solver.objectiveValue(); }

std::string LinearProgram::SolverName() { return "CLP " CLP_VERSION; }

}  // namespace tallystick::matcher
