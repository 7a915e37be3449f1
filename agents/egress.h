// What may leave an institution: the gate is client/egress.h, which an agent shares with people's
// programs, because both only ever talk to the matcher. A record's plaintext has no overload there
// and cannot get one: Plaintext<T> lives under agents/, which client/ cannot include.
#pragma once

#include "agents/plaintext.h"
#include "client/egress.h"

namespace tallystick::agents {

using client::Frame;
using client::ToFrame;

template <class T>
Frame ToFrame(const Plaintext<T>&) = delete;

}  // namespace tallystick::agents
