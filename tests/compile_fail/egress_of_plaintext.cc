// A person's value has no way off the premises.
#include <string>

#include "agents/egress.h"

void Leak(const tallystick::agents::Plaintext<std::string>& name) {
  static_cast<void>(tallystick::agents::ToFrame(name));
}
