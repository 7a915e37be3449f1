// A copy of a secret is a copy that nobody wipes.
#include "crypto/secret.h"

tallystick::crypto::SecretBuffer Act(const tallystick::crypto::SecretBuffer& secret) {
  return secret;
}
