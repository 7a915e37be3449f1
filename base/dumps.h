// Keeping what a process holds out of files and debuggers.
#pragma once

namespace tallystick {

// ForbidDumps makes this process leave no core dump and let no other process of its account read
// its memory, as it holds keys: PR_SET_DUMPABLE 0 and RLIMIT_CORE 0, soft and hard. Every program
// calls it first. Whatever it starts inherits RLIMIT_CORE alone. Fails silently where a sandbox
// forbids it.
void ForbidDumps();

}  // namespace tallystick
