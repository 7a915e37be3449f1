// A fuzz target is one function of hostile bytes. entry.cc hands it to libFuzzer; without
// libFuzzer, replay_main.cc runs it.
#pragma once

#include "base/bytes.h"

namespace tallystick {

// FuzzOne feeds `input` to a parser, and what it accepts to the code behind it. It aborts when a
// promise is broken. Returns whether the parser accepted `input`: it does with every seed of the
// corpus but those named refused-…
// REQUIRES of each target: the same input does the same in every run.
bool FuzzOne(ByteView input);

}  // namespace tallystick
