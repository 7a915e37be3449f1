#include "proto/log_origin.h"

#include <gtest/gtest.h>

namespace tallystick {
namespace {

TEST(LogOrigin, NamesTheRestoreAndWhatItBroughtBack) {
  const LogOrigin began{"tallystick/unite-la/0123", 0, 0};
  const LogOrigin restored{"tallystick/unite-la/0123", 2, 41};
  EXPECT_EQ(began.ToString(), "tallystick/unite-la/0123");
  EXPECT_EQ(restored.ToString(), "tallystick/unite-la/0123/restored-2-at-41");
  EXPECT_EQ(ParseLogOrigin(began.ToString()), began);
  EXPECT_EQ(ParseLogOrigin(restored.ToString()), restored);
}

TEST(LogOrigin, TakesWhatIsNoRestoreForTheNameOfALogThatBegan) {
  for (const char* name : {"a/restored-", "a/restored-1", "a/restored-1-at-", "a/restored-0-at-5",
                           "a/restored-01-at-5", "a/restored-1-at-05", "a/restored-1-at-5x",
                           "a/restored--1-at-5", "a/restored-1-at-99999999999999999999", ""}) {
    EXPECT_EQ(ParseLogOrigin(name), (LogOrigin{name, 0, 0})) << name;
  }
}

}  // namespace
}  // namespace tallystick
