#include "base/dumps.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tallystick {
namespace {

TEST(ForbidDumps, LeavesNoCoreAndNoMemoryToOtherProcesses) {
  // In a child: what it forbids cannot be allowed again.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool dumpable_before = ::prctl(PR_GET_DUMPABLE) == 1;
    ForbidDumps();
    rlimit core{1, 1};
    const bool limited =
        ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0;
    ::_exit(dumpable_before && ::prctl(PR_GET_DUMPABLE) == 0 && limited ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace tallystick
