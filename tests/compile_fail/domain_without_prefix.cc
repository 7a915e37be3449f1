// A domain separation string names this protocol and its version.
#include "crypto/domain.h"

constexpr tallystick::crypto::Domain kDomain{"manifest"};
