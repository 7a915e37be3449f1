// Secrets of different sizes are different things.
#include "crypto/secret.h"

bool Act(const tallystick::crypto::SecretBytes<32>& a,
         const tallystick::crypto::SecretBytes<16>& b) {
  return a == b;
}
