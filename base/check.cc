#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace tallystick::internal {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "check failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace tallystick::internal
