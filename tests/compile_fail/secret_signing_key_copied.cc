// A signing key has one owner.
#include "crypto/signature.h"

tallystick::crypto::SigningKey Copy(const tallystick::crypto::SigningKey& key) { return key; }
