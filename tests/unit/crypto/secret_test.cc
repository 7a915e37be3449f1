#include "crypto/secret.h"

#include <gtest/gtest.h>

#include <new>
#include <type_traits>

namespace tallystick::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes<32>>);
static_assert(!std::is_copy_assignable_v<SecretBytes<32>>);
static_assert(!std::is_convertible_v<SecretBytes<32>, ByteView>);
static_assert(!std::is_copy_constructible_v<SecretBuffer>);
static_assert(!std::is_convertible_v<SecretBuffer, ByteView>);

Bytes Content(const auto& secret) {
  return secret.Expose([](ByteView bytes) { return Bytes(bytes); });
}

TEST(SecretBytes, HoldsWhatItWasMadeOf) {
  const auto secret = SecretBytes<4>::FromBytes("abcd");
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(Content(*secret), "abcd");
}

TEST(SecretBytes, RefusesAnotherLength) {
  EXPECT_EQ(SecretBytes<4>::FromBytes("abc").error().id(), "crypto.secret-size");
  EXPECT_EQ(SecretBytes<4>::FromBytes("abcde").error().id(), "crypto.secret-size");
}

TEST(SecretBytes, ComparesByContent) {
  const auto a = SecretBytes<4>::FromBytes("abcd");
  const auto b = SecretBytes<4>::FromBytes("abcd");
  const auto c = SecretBytes<4>::FromBytes("abce");
  EXPECT_TRUE(*a == *b);
  EXPECT_FALSE(*a == *c);
}

TEST(SecretBytes, RandomOnesDiffer) {
  EXPECT_FALSE(SecretBytes<32>::Random() == SecretBytes<32>::Random());
}

TEST(SecretBytes, LeavesZerosWhereItWasMovedFrom) {
  auto source = SecretBytes<4>::FromBytes("abcd").value();
  const SecretBytes<4> target = std::move(source);
  EXPECT_EQ(Content(target), "abcd");
  EXPECT_EQ(Content(source), Bytes(4, '\0'));  // NOLINT(bugprone-use-after-move)
}

TEST(SecretBytes, LeavesZerosWhereItWasDestroyed) {
  alignas(SecretBytes<32>) char memory[sizeof(SecretBytes<32>)];
  auto* secret = new (memory) SecretBytes<32>(SecretBytes<32>::FromBytes(Bytes(32, 'k')).value());
  EXPECT_EQ(ByteView(memory, 32), Bytes(32, 'k'));
  secret->~SecretBytes();
  EXPECT_EQ(ByteView(memory, 32), Bytes(32, '\0'));
}

TEST(SecretBuffer, WipesTheStringItWasMadeOf) {
  for (const std::size_t size : {std::size_t{5}, std::size_t{500}}) {  // inside the string, on heap
    Bytes source(size, 'k');
    source.reserve(size);
    const char* const memory = source.data();
    const SecretBuffer secret(std::move(source));
    EXPECT_EQ(Content(secret), Bytes(size, 'k'));
    EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(ByteView(memory, size).find('k'), ByteView::npos);
  }
}

TEST(SecretBuffer, IsEmptyWhereItWasMovedFrom) {
  SecretBuffer source(Bytes("abcd"));
  SecretBuffer target(Bytes("old"));
  target = std::move(source);
  EXPECT_EQ(Content(target), "abcd");
  EXPECT_EQ(source.size(), 0u);  // NOLINT(bugprone-use-after-move)
}

TEST(Wipe, EmptiesAString) {
  Bytes bytes("a secret that is longer than a short string");
  const char* const memory = bytes.data();
  Wipe(bytes);
  EXPECT_TRUE(bytes.empty());
  EXPECT_EQ(bytes.data(), memory);
  EXPECT_EQ(ByteView(memory, 40).find_first_not_of('\0'), ByteView::npos);
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("tag", "tag"));
  EXPECT_FALSE(ConstantTimeEqual("tag", "tab"));
  EXPECT_FALSE(ConstantTimeEqual("tag", "tags"));
}

}  // namespace
}  // namespace tallystick::crypto
