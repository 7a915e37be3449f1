// A person's value does not turn into a string by itself.
#include "agents/plaintext.h"

std::string Act(const tallystick::agents::Plaintext<std::string>& name) { return name; }
