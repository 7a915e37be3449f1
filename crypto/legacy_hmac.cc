// See hash.cc for why these are the low-level functions.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/legacy_hmac.h"

#include <openssl/md5.h>
#include <openssl/sha.h>

#include "base/check.h"

namespace tallystick::crypto {
namespace {

constexpr std::size_t kBlockSize = 64;

// Hashes `key`, then `message`.
void HashTwo(LegacyHmac::Hash hash, ByteView key, ByteView message, std::uint8_t* out) {
  int ok;
  if (hash == LegacyHmac::Hash::kSha1) {
    SHA_CTX context;
    ok = SHA1_Init(&context);
    ok &= SHA1_Update(&context, key.data(), key.size());
    ok &= SHA1_Update(&context, message.data(), message.size());
    ok &= SHA1_Final(out, &context);
  } else {
    MD5_CTX context;
    ok = MD5_Init(&context);
    ok &= MD5_Update(&context, key.data(), key.size());
    ok &= MD5_Update(&context, message.data(), message.size());
    ok &= MD5_Final(out, &context);
  }
  TS_CHECK(ok == 1);
}

// The key block of RFC 2104 with `pad` added to each byte.
SecretBuffer PaddedKey(LegacyHmac::Hash hash, ByteView key, unsigned char pad) {
  std::uint8_t digest[LegacyHmac::kMaxSize];
  Bytes block(kBlockSize, '\0');
  if (key.size() > kBlockSize) {
    HashTwo(hash, key, {}, digest);
    const std::size_t size = hash == LegacyHmac::Hash::kSha1 ? 20 : 16;
    ByteView(reinterpret_cast<const char*>(digest), size).copy(block.data(), size);
    WipeMemory(digest, sizeof digest);
  } else {
    key.copy(block.data(), key.size());
  }
  for (char& c : block) c = static_cast<char>(static_cast<unsigned char>(c) ^ pad);
  return SecretBuffer(std::move(block));
}

}  // namespace

LegacyHmac::LegacyHmac(Hash hash, ByteView key)
    : hash_(hash), inner_key_(PaddedKey(hash, key, 0x36)), outer_key_(PaddedKey(hash, key, 0x5c)) {}

void LegacyHmac::Compute(ByteView message, std::uint8_t out[kMaxSize]) const {
  std::uint8_t inner[kMaxSize];
  inner_key_.Expose([&](ByteView key) { HashTwo(hash_, key, message, inner); });
  const ByteView digest(reinterpret_cast<const char*>(inner), size());
  outer_key_.Expose([&](ByteView key) { HashTwo(hash_, key, digest, out); });
}

}  // namespace tallystick::crypto
