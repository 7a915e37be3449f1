// Advice on an agreement that parses: what a lawyer, a data steward or a researcher would ask about
// before it is signed. Nothing here stops anybody.
#pragma once

#include <vector>

#include "agreements/agreement.h"
#include "base/clock.h"

namespace tallystick::agreements {

// Returns warnings in the order of the file. `today` is the day in UTC, for dates that have passed.
// Sources: 34 CFR 99.31(a)(6) and 99.35 (FERPA), CalHHS de-identification guidelines, PTAC's
// data-sharing checklist.
std::vector<Diagnostic> Lint(const Agreement& agreement, Date today);

}  // namespace tallystick::agreements
