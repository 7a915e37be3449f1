// A column of values leaves as ciphertexts or not at all.
#include "agents/egress.h"
#include "agents/encode/measure_values.h"

void Leak(const tallystick::agents::MeasureValues& salaries) {
  static_cast<void>(tallystick::agents::ToFrame(salaries));
}
