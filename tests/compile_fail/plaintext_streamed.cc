// A person's value must not reach a stream, hence no log or file.
#include <iostream>

#include "agents/plaintext.h"

void Act(const tallystick::agents::Plaintext<std::string>& name) { std::cout << name; }
