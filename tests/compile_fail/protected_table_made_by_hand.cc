// A table may be released only when DisclosureControl has reviewed it.
#include "matcher/disclosure/protected_table.h"

tallystick::matcher::ProtectedTable Act(tallystick::agreements::RenderedTable table) {
  return tallystick::matcher::ProtectedTable(std::move(table));
}
