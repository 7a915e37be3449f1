#pragma once

#include "base/error.h"

namespace tallystick {

// ExitCode is what a program ends with: a subset of sysexits and our own (contract.md).
enum class ExitCode : int {
  kOk = 0,
  kCheckFailed = 1,
  kUsage = 2,
  kInputBad = 65,
  kInputMissing = 66,
  kUnreachable = 69,
  kInternal = 70,
  kCannotCreate = 73,
  kIo = 74,
  kTemporary = 75,
  kVersionMismatch = 76,
  kNotPermitted = 77,
  kConfiguration = 78,
  kDisclosureRefused = 80,
  kWaiting = 81,
  kLogVerificationFailed = 82,
  kFsyncFailed = 90,
  kCorruption = 91,
  kRollback = 92,
  kAuditLogNotWritable = 93,
  kDiskFloor = 94,
};

// ExitCodeOf maps an error to an exit code: a refusal whose rule starts with "SDC-" to
// kDisclosureRefused; by the family of its id ("log.verify…", "config.…", "identity.…", "usage.…",
// "net.…", "storage.…", "file.…"); otherwise by the error's Code.
ExitCode ExitCodeOf(const Error& error);

}  // namespace tallystick
