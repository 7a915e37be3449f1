// Comparing would let any code test a guess against a record.
#include "agents/plaintext.h"

bool Act(const tallystick::agents::Plaintext<std::string>& name) { return name == "garcia"; }
