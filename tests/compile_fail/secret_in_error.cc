// A secret cannot be a fact of an error.
#include "base/error.h"
#include "crypto/secret.h"

tallystick::Error Report(const tallystick::crypto::SecretBytes<32>& secret) {
  return tallystick::Error(tallystick::Code::kInternal, "id", "message").With("key", secret);
}
