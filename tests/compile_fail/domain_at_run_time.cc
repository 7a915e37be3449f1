// A domain separation string cannot be computed.
#include <string>

#include "crypto/domain.h"

tallystick::crypto::Domain Act(const std::string& label) {
  return tallystick::crypto::Domain(label.c_str());
}
