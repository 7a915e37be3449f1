// One owner wipes a column of values: there are no copies to forget.
#include "agents/encode/measure_values.h"

void Copy(const tallystick::agents::MeasureValues& salaries) {
  const tallystick::agents::MeasureValues copy(salaries);
  static_cast<void>(copy);
}
