#include "agents/normalise/rules.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tallystick::agents {
namespace {

crypto::SecretBytes<32> KeyOf(char byte) {
  return std::move(crypto::SecretBytes<32>::FromBytes(Bytes(32, byte))).value();
}

// A change here is a change of the rules: it needs another version of the normaliser, because
// agents that normalise differently would link less, and nobody would see why.
TEST(NormaliserDigest, IsTheOneOfNormaliser1) {
  EXPECT_EQ(NormaliserDigest().hex(),
            "94f9b72262d930112d43bace5047004750b959699c233766f3e29d70b53805af");
}

TEST(TestTokens, AreTheOnesOfNormaliser1) {
  const Bytes tokens = TestTokens(KeyOf('\x42'));
  EXPECT_EQ(crypto::Sha256(tokens).hex(),
            "10cb87f6f62c16256181053345ec8b71d6d2638f1cdfe525501d656a2a1f82ea");
}

TEST(TestTokens, AreSixtyFourTokensThatDependOnTheKey) {
  const Bytes tokens = TestTokens(KeyOf('\x01'));
  ASSERT_EQ(tokens.size(), kTestTokenCount * 16);
  std::set<Bytes> distinct;
  for (std::size_t i = 0; i < tokens.size(); i += 16) distinct.insert(tokens.substr(i, 16));
  EXPECT_GE(distinct.size(), 50u);  // a name without a nickname is the same under two match keys
  EXPECT_NE(tokens, TestTokens(KeyOf('\x02')));
}

}  // namespace
}  // namespace tallystick::agents
