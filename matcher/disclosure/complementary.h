// Complementary suppression: what else must go so that no suppressed cell can be computed back.
#pragma once

#include <vector>

#include "agreements/witness.h"
#include "base/result.h"
#include "matcher/disclosure/linear_program.h"
#include "matcher/disclosure/sensitive_cells.h"

namespace tallystick::matcher {

// How dear it is to lose a cell.
enum class CellWeight { kLogOfCount, kOne, kCount };

// SuppressComplementary chooses the cells to suppress: primary ones, those of `also`, and others,
// such that every attacker is left in the doubt `model` asks for and every suppressed cell has the
// width of WitnessNeed. For each doubt, in order of count, it solves a linear program for the
// cheapest change to the table that fits all published numbers, and suppresses the cells that
// change (Kelly, Golden and Assad 1992; the exact method is Fischetti and Salazar 2001); then it
// puts cells back, dearest first, while all doubts remain.
// Fails with kPermissionDenied SDC-INFEASIBLE, or SDC-METHOD when the deadline passes.
Result<std::vector<bool>> SuppressComplementary(const SensitiveCells& model,
                                                const agreements::DisclosureRules& rules,
                                                CellWeight weight, const std::vector<bool>& also,
                                                const Deadline& deadline);

// The true table with the `suppressed` cells left out.
agreements::RenderedTable Render(const SensitiveCells& model, const std::vector<bool>& suppressed);

}  // namespace tallystick::matcher
