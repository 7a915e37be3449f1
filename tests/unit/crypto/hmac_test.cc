#include "crypto/hmac.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

TEST(HmacSha256, GivesTheWycheproofTags) {
  int valid = 0;
  for (const auto& test : LoadVectors("wycheproof_hmac_sha256.json")) {
    SCOPED_TRACE(Number(test, "tcId"));
    const HmacSha256 hmac(Hex(test, "key"));
    const Bytes message = Hex(test, "msg");
    Bytes computed(hmac.Compute(message).view());
    if (Number(test, "tagSize") == 128) {
      std::uint8_t truncated[16];
      hmac.ComputeTruncated16(message, truncated);
      computed.assign(reinterpret_cast<const char*>(truncated), sizeof truncated);
    }
    const bool matches = ConstantTimeEqual(computed, Hex(test, "tag"));
    EXPECT_EQ(matches, Text(test, "result") == "valid");
    valid += matches ? 1 : 0;
  }
  EXPECT_GT(valid, 50);
}

TEST(HmacSha256, TakesAShortKeyAsRfc4231Case1) {
  EXPECT_EQ(HmacSha256(Bytes(20, '\x0b')).Compute("Hi There").hex(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(HmacSha256, HashesAKeyLongerThanABlockAsRfc4231Case6) {
  EXPECT_EQ(HmacSha256(Bytes(131, '\xaa'))
                .Compute("Test Using Larger Than Block-Size Key - Hash Key First")
                .hex(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, AgreesWithTheDefinitionAtEveryLength) {
  const Bytes key(64, 'k');  // one whole block: no padding of the key
  const auto padded = [&](char pad) {
    Bytes block = key;
    for (char& c : block) c = static_cast<char>(c ^ pad);
    return block;
  };
  const HmacSha256 hmac(key);
  for (std::size_t size = 0; size < 200; ++size) {
    const Bytes message(size, static_cast<char>(size));
    const Digest inner = Sha256(padded('\x36') + message);
    EXPECT_EQ(hmac.Compute(message), Sha256(padded('\x5c') + Bytes(inner.view()))) << size;
  }
}

TEST(HmacSha256, ASecretKeyIsTheSameKey) {
  const Bytes key(32, 'k');
  EXPECT_EQ(HmacSha256(SecretBytes<32>::FromBytes(key).value()).Compute("m"),
            HmacSha256(key).Compute("m"));
}

TEST(HmacSha256, KeepsItsKeyWhenMoved) {
  HmacSha256 source("key");
  const Digest expected = source.Compute("m");
  HmacSha256 target = std::move(source);
  EXPECT_EQ(target.Compute("m"), expected);
  target = HmacSha256("other");
  EXPECT_EQ(target.Compute("m"), HmacSha256("other").Compute("m"));
}

TEST(HmacSha256, ComputesOnSeveralThreadsAtOnce) {
  const HmacSha256 hmac("key");
  const Digest expected = hmac.Compute("message");
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2000; ++i) wrong[t] += hmac.Compute("message") == expected ? 0 : 1;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace tallystick::crypto
