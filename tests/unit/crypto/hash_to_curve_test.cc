#include "crypto/hash_to_curve.h"

#include <gtest/gtest.h>

#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

TEST(HashToCurve, GivesThePointsOfRfc9380AppendixJ1) {
  int random_oracle = 0;
  int nonuniform = 0;
  for (const auto& test : LoadVectors("rfc9380_p256.json")) {
    const Bytes expected = Hex("04" + Text(test, "x") + Text(test, "y"));
    if (Text(test, "suite") == "RO") {
      EXPECT_EQ(HashToCurve(Text(test, "msg"), Text(test, "dst")).value().bytes(), expected);
      ++random_oracle;
    } else {
      EXPECT_EQ(EncodeToCurve(Text(test, "msg"), Text(test, "dst")).bytes(), expected);
      ++nonuniform;
    }
  }
  EXPECT_EQ(random_oracle, 5);
  EXPECT_EQ(nonuniform, 5);
}

TEST(HashToCurve, GivesPointsOfTheCurveThatDifferByMessageAndByDst) {
  for (int i = 0; i < 100; ++i) {
    const Bytes message = RandomBytes(20);
    const Point a = HashToCurve(message, "a").value();
    EXPECT_TRUE(Point::FromBytes(a.bytes()).ok());
    EXPECT_TRUE(Point::FromBytes(EncodeToCurve(message, "a").bytes()).ok());
    EXPECT_FALSE(a == HashToCurve(message, "b").value());
    EXPECT_FALSE(a == HashToCurve(message + "x", "a").value());
  }
}

}  // namespace
}  // namespace tallystick::crypto
