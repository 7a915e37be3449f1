#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "tests/unit/crypto/vectors.h"

namespace tallystick::crypto {
namespace {

Aes256Gcm KeyOf(ByteView bytes) { return Aes256Gcm(SecretBytes<32>::FromBytes(bytes).value()); }

TEST(Aes256Gcm, GivesTheWycheproofCiphertextsAndRefusesTheForgedOnes) {
  int valid = 0;
  int invalid = 0;
  for (const auto& test : LoadVectors("wycheproof_aes_256_gcm.json")) {
    SCOPED_TRACE(Number(test, "tcId"));
    const Aes256Gcm aead = KeyOf(Hex(test, "key"));
    const Bytes nonce = Hex(test, "iv");
    const Bytes aad = Hex(test, "aad");
    const Bytes sealed = Hex(test, "ct") + Hex(test, "tag");
    const auto opened = aead.Open(nonce, aad, sealed);
    if (Text(test, "result") == "valid") {
      EXPECT_EQ(ToHex(aead.Seal(nonce, aad, Hex(test, "msg"))), ToHex(sealed));
      ASSERT_TRUE(opened.ok());
      EXPECT_EQ(*opened, Hex(test, "msg"));
      ++valid;
    } else {
      ASSERT_FALSE(opened.ok());
      EXPECT_EQ(opened.error().id(), "crypto.aead-open");
      ++invalid;
    }
  }
  EXPECT_GT(valid, 20);
  EXPECT_GT(invalid, 20);
}

TEST(Aes256Gcm, RefusesEveryFlippedBitAndEveryShorterText) {
  const Aes256Gcm aead(SecretBytes<32>::Random());
  const Bytes nonce(12, 'n');
  const Bytes sealed = aead.Seal(nonce, "aad", "text");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes altered = sealed;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(aead.Open(nonce, "aad", altered).ok()) << bit;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(aead.Open(nonce, "aad", ByteView(sealed).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(aead.Open(nonce, "add", sealed).ok());
  EXPECT_FALSE(aead.Open(Bytes(12, 'm'), "aad", sealed).ok());
  EXPECT_TRUE(aead.Open(nonce, "aad", sealed).ok());
}

TEST(Aes256Gcm, ARandomNonceMakesEachSealingDifferent) {
  const Aes256Gcm aead(SecretBytes<32>::Random());
  const Bytes first = aead.SealRandomNonce("aad", "text");
  const Bytes second = aead.SealRandomNonce("aad", "text");
  EXPECT_NE(first, second);
  EXPECT_EQ(first.size(), 12u + 4 + 16);
  EXPECT_EQ(aead.OpenRandomNonce("aad", first).value(), "text");
  EXPECT_EQ(aead.OpenRandomNonce("aad", second).value(), "text");
  EXPECT_FALSE(aead.OpenRandomNonce("", first).ok());
}

TEST(Aes256Gcm, OpenRandomNonceRefusesATextShorterThanNonceAndTag) {
  const Aes256Gcm aead(SecretBytes<32>::Random());
  for (std::size_t size = 0; size < 28; ++size) {
    EXPECT_FALSE(aead.OpenRandomNonce("", Bytes(size, '\0')).ok()) << size;
  }
  EXPECT_TRUE(aead.OpenRandomNonce("", aead.SealRandomNonce("", "")).ok());
}

TEST(Aes256Gcm, SealsAChunkOfFourMebibytes) {
  const Aes256Gcm aead(SecretBytes<32>::Random());
  const Bytes chunk(std::size_t{4} << 20, 'c');
  EXPECT_EQ(aead.OpenRandomNonce("", aead.SealRandomNonce("", chunk)).value(), chunk);
}

TEST(Aes256Gcm, AppendsWhatSealReturns) {
  const Aes256Gcm aead(SecretBytes<32>::Random());
  const Bytes nonce(12, 'n');
  Bytes out = "header";
  aead.AppendSealed(nonce, "aad", "text", out);
  EXPECT_EQ(out, "header" + aead.Seal(nonce, "aad", "text"));
}

}  // namespace
}  // namespace tallystick::crypto
