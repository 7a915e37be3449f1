#include "crypto/blake2b.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

std::string HexOf(const KeyedBlake2b& hash, ByteView message) {
  std::uint8_t out[KeyedBlake2b::kSize];
  hash.Compute(message, out);
  return ToHex(ByteView(reinterpret_cast<const char*>(out), sizeof out));
}

// blake2-kat.json of the BLAKE2 reference code (CC0): key 000102…3f, no salt.
TEST(KeyedBlake2b, GivesTheReferenceAnswers) {
  Bytes key, message;
  for (int i = 0; i < 64; ++i) key.push_back(static_cast<char>(i));
  const KeyedBlake2b hash(key, {});
  EXPECT_EQ(HexOf(hash, ""),
            "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786"
            "b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568");
  for (int i = 0; i < 255; ++i) message.push_back(static_cast<char>(i));
  EXPECT_EQ(HexOf(hash, message),
            "142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e9248"
            "4be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461");
}

// Figures of CPython's hashlib.blake2b(message, key=b"secret1", salt=b"1"), first half.
TEST(KeyedBlake2b, TakesASaltAndAnyLength) {
  const std::pair<std::size_t, std::string_view> expected[] = {
      {1, "db4309ff97e345634192151e63bb83b3"},   {127, "67b8edae21bb7b5d0eed801e62f2662c"},
      {128, "5ffffd073a1e846a4e7f5af9137a31aa"}, {129, "eb4b4277551dfe037c51ea0d772725df"},
      {256, "598026c93d1c5fa495a87dd8d6423244"}, {300, "64acf196eefee490890065c44e2f69ec"}};
  const KeyedBlake2b hash("secret1", {'1'});
  for (const auto& [size, hex] : expected) {
    Bytes message;
    for (std::size_t i = 0; i < size; ++i) message.push_back(static_cast<char>(i % 251));
    EXPECT_EQ(HexOf(hash, message).substr(0, 32), hex) << size;
  }
}

TEST(KeyedBlake2bDeathTest, AbortsOnAKeyOfTheWrongSize) {
  EXPECT_DEATH(KeyedBlake2b("", {}), "key");
  EXPECT_DEATH(KeyedBlake2b(Bytes(65, 'k'), {}), "key");
}

}  // namespace
}  // namespace tallystick::crypto
