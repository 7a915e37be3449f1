// A row's value of a measure leaves as a ciphertext or not at all.
#include "agents/egress.h"
#include "agents/validate/stored_measure.h"

void Leak(const tallystick::agents::Plaintext<tallystick::agents::StoredMeasure>& salary) {
  static_cast<void>(tallystick::agents::ToFrame(salary));
}
