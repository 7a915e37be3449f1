#pragma once

#include "agents/plaintext.h"

namespace tallystick::agents {

// PlaintextProbe lets tests look into a Plaintext.
class PlaintextProbe {
 public:
  template <class T>
  static const T& Read(const Plaintext<T>& plaintext) {
    return PlaintextAccess::Read(plaintext);
  }
};

}  // namespace tallystick::agents
