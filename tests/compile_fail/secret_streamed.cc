// A secret must not reach a stream.
#include <iostream>

#include "crypto/secret.h"

void Act(const tallystick::crypto::SecretBytes<32>& secret) { std::cout << secret; }
