#include "crypto/domain.h"

#include <gtest/gtest.h>

namespace tallystick::crypto {
namespace {

constexpr Domain kRequest{"tallystick/v1/request"};

TEST(Domain, PutsItsLengthAndLabelBeforeTheMessage) {
  EXPECT_EQ(kRequest.view(), "tallystick/v1/request");
  EXPECT_EQ(kRequest.Separate("m"), Bytes("\0\0\0\x15tallystick/v1/requestm", 4 + 21 + 1));
}

TEST(Domain, AMessageCannotImitateALongerLabel) {
  constexpr Domain kRequests{"tallystick/v1/requests"};
  EXPECT_NE(kRequest.Separate("sm"), kRequests.Separate("m"));
}

}  // namespace
}  // namespace tallystick::crypto
