#include "base/dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace tallystick {

void ForbidDumps() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace tallystick
