#include "base/exit_code.h"

namespace tallystick {

ExitCode ExitCodeOf(const Error& error) {
  const std::string_view id = error.id();
  if (error.refusal() && error.refusal()->rule.view().starts_with("SDC-")) {
    return ExitCode::kDisclosureRefused;
  }
  if (id.starts_with("log.verify")) return ExitCode::kLogVerificationFailed;
  if (id.starts_with("config.")) return ExitCode::kConfiguration;
  if (id.starts_with("identity.")) return ExitCode::kConfiguration;
  if (id.starts_with("usage.")) return ExitCode::kUsage;
  if (id.starts_with("net.")) return ExitCode::kUnreachable;
  if (id == "file.exists" || id == "file.cannot-create") return ExitCode::kCannotCreate;
  if (id == "storage.backup-not-empty") return ExitCode::kCannotCreate;
  if (id == "storage.fsync-failed") return ExitCode::kFsyncFailed;
  if (id == "storage.rollback") return ExitCode::kRollback;
  if (id == "storage.disk-floor" || id == "storage.disk-full") return ExitCode::kDiskFloor;
  if (id == "storage.io") return ExitCode::kIo;
  // Whether it does not exist or is not theirs must look alike.
  if (id == "agreement.unknown" || id == "request.unknown") return ExitCode::kNotPermitted;
  if (id == "file.missing") return ExitCode::kInputMissing;
  if (id == "file.io" || id == "file.disk-full") return ExitCode::kIo;
  switch (error.code()) {
    case Code::kInvalidArgument:
      return ExitCode::kInputBad;
    case Code::kFailedPrecondition:
      return ExitCode::kNotPermitted;
    case Code::kPermissionDenied:
      return ExitCode::kNotPermitted;
    case Code::kNotFound:
      return ExitCode::kInputMissing;
    case Code::kConflict:
      return ExitCode::kInputBad;
    case Code::kExhausted:
      return ExitCode::kTemporary;
    case Code::kDataLoss:
      return ExitCode::kCorruption;
    case Code::kUnavailable:
      return ExitCode::kTemporary;
    case Code::kVersionMismatch:
      return ExitCode::kVersionMismatch;
    case Code::kInternal:
      return ExitCode::kInternal;
  }
  return ExitCode::kInternal;
}

}  // namespace tallystick
