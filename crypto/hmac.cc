// See hash.cc for why these are the low-level functions.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac.h"

#include <openssl/sha.h>

#include <cstddef>
#include <cstring>

#include "base/check.h"

namespace tallystick::crypto {
namespace {

constexpr std::size_t kBlockSize = SHA256_CBLOCK;
constexpr std::size_t kMaxOneBlock = kBlockSize - 9;  // a 1 bit and the length follow the message

void StoreWords(const SHA256_CTX& context, std::uint8_t* out) {
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      out[4 * i + j] = static_cast<std::uint8_t>(context.h[i] >> (24 - 8 * j));
    }
  }
}

// Hashes the last block of a message whose first block made `state`: `block` holds `size` bytes and
// then zeros.
void HashLastBlock(const unsigned char* state, std::uint8_t block[kBlockSize], std::size_t size,
                   SHA256_CTX& context) {
  const std::size_t bits = (kBlockSize + size) * 8;
  block[size] = 0x80;
  block[kBlockSize - 2] = static_cast<std::uint8_t>(bits >> 8);
  block[kBlockSize - 1] = static_cast<std::uint8_t>(bits);
  static_assert(offsetof(SHA256_CTX, h) == 0);
  std::memcpy(context.h, state, sizeof context.h);
  SHA256_Transform(&context, block);
}

}  // namespace

HmacSha256::HmacSha256(ByteView key) { Init(key); }

HmacSha256::HmacSha256(const SecretBytes<32>& key) {
  key.Expose([this](ByteView bytes) { Init(bytes); });
}

HmacSha256::HmacSha256(HmacSha256&& other) noexcept : inner_(other.inner_), outer_(other.outer_) {
  WipeMemory(&other.inner_, sizeof other.inner_);
  WipeMemory(&other.outer_, sizeof other.outer_);
}

HmacSha256& HmacSha256::operator=(HmacSha256&& other) noexcept {
  if (this != &other) {
    inner_ = other.inner_;
    outer_ = other.outer_;
    WipeMemory(&other.inner_, sizeof other.inner_);
    WipeMemory(&other.outer_, sizeof other.outer_);
  }
  return *this;
}

HmacSha256::~HmacSha256() {
  WipeMemory(&inner_, sizeof inner_);
  WipeMemory(&outer_, sizeof outer_);
}

void HmacSha256::Init(ByteView key) {
  static_assert(sizeof(SHA256_CTX) == sizeof(State));
  unsigned char block[kBlockSize] = {};
  if (key.size() > kBlockSize) {
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), block);
  } else {
    key.copy(reinterpret_cast<char*>(block), key.size());
  }
  SHA256_CTX context;
  const auto absorb = [&](unsigned char pad, State& state) {
    unsigned char padded[kBlockSize];
    for (std::size_t i = 0; i < kBlockSize; ++i) {
      padded[i] = static_cast<unsigned char>(block[i] ^ pad);
    }
    TS_CHECK(SHA256_Init(&context) == 1 && SHA256_Update(&context, padded, kBlockSize) == 1);
    std::memcpy(state.data(), &context, sizeof context);
    WipeMemory(padded, sizeof padded);
  };
  absorb(0x36, inner_);
  absorb(0x5c, outer_);
  WipeMemory(&context, sizeof context);
  WipeMemory(block, sizeof block);
}

void HmacSha256::Compute(ByteView message, std::uint8_t out[32]) const {
  // The copy ends up holding a hash of the message, no longer the key's state: not wiped.
  SHA256_CTX context;
  if (message.size() <= kMaxOneBlock) {  // a token: two compressions and nothing else
    std::uint8_t block[kBlockSize] = {};
    message.copy(reinterpret_cast<char*>(block), message.size());
    HashLastBlock(inner_.data(), block, message.size(), context);
    std::memset(block, 0, sizeof block);
    StoreWords(context, block);
    HashLastBlock(outer_.data(), block, Digest::kSize, context);
    StoreWords(context, out);
    return;
  }
  std::memcpy(&context, inner_.data(), sizeof context);
  int ok = SHA256_Update(&context, message.data(), message.size());
  ok &= SHA256_Final(out, &context);
  std::memcpy(&context, outer_.data(), sizeof context);
  ok &= SHA256_Update(&context, out, Digest::kSize);
  ok &= SHA256_Final(out, &context);
  TS_CHECK(ok == 1);
}

Digest HmacSha256::Compute(ByteView message) const {
  Digest digest;
  Compute(message, digest.bytes_.data());
  return digest;
}

void HmacSha256::ComputeTruncated16(ByteView message, std::uint8_t out[16]) const {
  std::uint8_t full[Digest::kSize];
  Compute(message, full);
  std::memcpy(out, full, 16);
}

}  // namespace tallystick::crypto
