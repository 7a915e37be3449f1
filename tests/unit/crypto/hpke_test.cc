#include "crypto/hpke.h"

#include <gtest/gtest.h>

#include <optional>

#include "crypto/internal/hpke_core.h"
#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

TEST(Hpke, GivesTheBytesOfRfc9180InBaseAndAuthMode) {
  const auto tests = LoadVectors("rfc9180_hpke_p256.json");
  EXPECT_EQ(tests.size(), 2u);
  for (const auto& test : tests) {
    SCOPED_TRACE(Text(test, "mode"));
    const auto recipient = SealingKey::FromBytes(Hex(test, "skRm"));
    ASSERT_TRUE(recipient.ok());
    EXPECT_EQ(ToHex(recipient->public_key().view()), Text(test, "pkRm"));
    const auto derived = DeriveScalar(Hex(test, "ikmR"));
    derived.value().ExposeBytes(
        [&](ByteView bytes) { EXPECT_EQ(ToHex(bytes), Text(test, "skRm")); });

    std::optional<SealingKey> sender;
    if (Text(test, "mode") == "2") {
      sender.emplace(SealingKey::FromBytes(Hex(test, "skSm")).value());
      EXPECT_EQ(ToHex(sender->public_key().view()), Text(test, "pkSm"));
    }
    const Scalar ephemeral = DeriveScalar(Hex(test, "sender_seed")).value();
    const Bytes sealed = HpkeSeal(recipient->public_key(), sender.has_value() ? &*sender : nullptr,
                                  ephemeral, Hex(test, "info"), Hex(test, "aad"), Hex(test, "pt"));
    EXPECT_EQ(ToHex(sealed), Text(test, "enc") + Text(test, "ct"));

    const auto opened = sender.has_value()
                            ? OpenAuthSealed(*recipient, sender->public_key(), Hex(test, "info"),
                                             Hex(test, "aad"), sealed)
                            : OpenSealed(*recipient, Hex(test, "info"), Hex(test, "aad"), sealed);
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(*opened, Hex(test, "pt"));
  }
}

TEST(Hpke, OpensOnlyWithItsKeyInfoAndAad) {
  const SealingKey key = SealingKey::Generate();
  const Bytes sealed = SealTo(key.public_key(), "info", "aad", "text");
  EXPECT_EQ(sealed.size(), 4 + kSealOverhead);
  EXPECT_EQ(OpenSealed(key, "info", "aad", sealed).value(), "text");
  EXPECT_EQ(OpenSealed(key, "other", "aad", sealed).error().id(), "crypto.unseal");
  EXPECT_FALSE(OpenSealed(key, "info", "other", sealed).ok());
  EXPECT_FALSE(OpenSealed(SealingKey::Generate(), "info", "aad", sealed).ok());
  EXPECT_FALSE(OpenAuthSealed(key, key.public_key(), "info", "aad", sealed).ok());
}

TEST(Hpke, AuthModeOpensOnlyWithItsSender) {
  const SealingKey to = SealingKey::Generate();
  const SealingKey from = SealingKey::Generate();
  const SealingKey other = SealingKey::Generate();
  const Bytes sealed = SealAuthTo(to.public_key(), from, "info", "aad", "text");
  EXPECT_EQ(OpenAuthSealed(to, from.public_key(), "info", "aad", sealed).value(), "text");
  EXPECT_FALSE(OpenAuthSealed(to, other.public_key(), "info", "aad", sealed).ok());
  EXPECT_FALSE(OpenSealed(to, "info", "aad", sealed).ok());
}

TEST(Hpke, EverySealingIsDifferent) {
  const SealingKey key = SealingKey::Generate();
  EXPECT_NE(SealTo(key.public_key(), "", "", "text"), SealTo(key.public_key(), "", "", "text"));
}

TEST(Hpke, RefusesEveryFlippedByteAndEveryShorterText) {
  const SealingKey key = SealingKey::Generate();
  const Bytes sealed = SealTo(key.public_key(), "info", "", "text");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(OpenSealed(key, "info", "", altered).ok()) << i;
    EXPECT_FALSE(OpenSealed(key, "info", "", ByteView(sealed).substr(0, i)).ok()) << i;
  }
}

TEST(SealingKey, ItsBytesMakeItAgain) {
  const SealingKey key = SealingKey::Generate();
  const auto again = key.ExposePrivate([](ByteView bytes) { return SealingKey::FromBytes(bytes); });
  EXPECT_EQ(again.value().public_key(), key.public_key());
  EXPECT_FALSE(SealingKey::FromBytes(Bytes(32, '\0')).ok());
}

TEST(SealingPublicKey, IsAPointOfTheCurve) {
  const SealingKey key = SealingKey::Generate();
  EXPECT_EQ(SealingPublicKey::FromBytes(key.public_key().view()).value(), key.public_key());
  Bytes off_curve(key.public_key().view());
  off_curve[64] = static_cast<char>(off_curve[64] ^ 1);
  EXPECT_FALSE(SealingPublicKey::FromBytes(off_curve).ok());
}

}  // namespace
}  // namespace tallystick::crypto
