// A copy of a secret is a copy that nobody wipes.
#include "crypto/secret.h"

tallystick::crypto::SecretBytes<32> Act(const tallystick::crypto::SecretBytes<32>& secret) {
  return secret;
}
