// A plain hash of a name is as good as the name: only keyed tokens are made, inside agents/encode.
#include "agents/plaintext.h"
#include "crypto/hash.h"

tallystick::crypto::Digest Act(const tallystick::agents::Plaintext<std::string>& name) {
  return tallystick::crypto::Sha256(name);
}
