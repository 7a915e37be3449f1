// An unchecked tally is not a protected table.
#include "matcher/disclosure/protected_table.h"
#include "matcher/disclosure/tally.h"

tallystick::matcher::ProtectedTable Act(tallystick::matcher::Tally tally) { return tally; }
