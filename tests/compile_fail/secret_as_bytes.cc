// A secret does not turn into bytes without Expose().
#include "crypto/secret.h"

tallystick::Bytes Act(const tallystick::crypto::SecretBytes<32>& secret) { return secret; }
