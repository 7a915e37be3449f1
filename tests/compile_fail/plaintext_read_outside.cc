// Only the friends of PlaintextAccess read what is inside.
#include "agents/plaintext.h"

std::string Act(const tallystick::agents::Plaintext<std::string>& name) {
  return tallystick::agents::PlaintextAccess::Read(name);
}
