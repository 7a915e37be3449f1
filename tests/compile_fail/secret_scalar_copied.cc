// A share of the joint key has one owner.
#include "crypto/p256.h"

tallystick::crypto::Scalar Copy(const tallystick::crypto::Scalar& scalar) { return scalar; }
