#pragma once

#include <string.h>

#include <cstdint>

namespace tallystick::agents {

// StoredMeasure is a row's value of a measure as it is encrypted (agreements::StoredValue), or
// none. It is a person's: it goes about as Plaintext<StoredMeasure> only, which wipes it.
struct StoredMeasure {
  std::uint32_t value = 0;  // where observed
  bool observed = false;

  void Wipe() { ::explicit_bzero(this, sizeof(*this)); }
};

}  // namespace tallystick::agents
