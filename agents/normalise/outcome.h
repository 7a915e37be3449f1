// What became of one field of a record.
#pragma once

#include <cstdint>

#include "base/literal.h"

namespace tallystick::agents {

enum class FieldState : std::uint8_t {
  kValue,       // has a normal form
  kEmpty,       // nothing stands there
  kNull,        // understood, and not used for matching: a placeholder, a sentinel date, sex x
  kUnreadable,  // breaks a rule: null, counted and warned of; an error where it is required
};

// FieldOutcome says what became of a field and, for kNull and kUnreadable, by which rule; it never
// holds the field's value, so it may leave the agent's record handling.
struct FieldOutcome {
  FieldState state = FieldState::kEmpty;
  Literal rule = "";
};

}  // namespace tallystick::agents
