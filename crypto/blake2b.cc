#include "crypto/blake2b.h"

#include <bit>
#include <cstring>

#include "base/check.h"
#include "crypto/secret.h"

namespace tallystick::crypto {
namespace {

constexpr std::size_t kBlockSize = 128;

// RFC 7693 section 2.6; the same words as SHA-512's.
constexpr std::uint64_t kIv[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                  0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                  0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

// RFC 7693 section 2.7; rounds 10 and 11 use the first two rows again.
constexpr std::uint8_t kSigma[12][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                         {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
                                         {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
                                         {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
                                         {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
                                         {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
                                         {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
                                         {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
                                         {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
                                         {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
                                         {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                         {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3}};

std::uint64_t LoadLittleEndian(const std::uint8_t* bytes) {
  std::uint64_t word = 0;
  for (int i = 7; i >= 0; --i) word = word << 8 | bytes[i];
  return word;
}

inline void Mix(std::uint64_t& a, std::uint64_t& b, std::uint64_t& c, std::uint64_t& d,
                std::uint64_t x, std::uint64_t y) {
  a += b + x;
  d = std::rotr(d ^ a, 32);
  c += d;
  b = std::rotr(b ^ c, 24);
  a += b + y;
  d = std::rotr(d ^ a, 16);
  c += d;
  b = std::rotr(b ^ c, 63);
}

enum class Block { kMore, kLast };

// RFC 7693 section 3.2. `hashed_bytes` counts this block too.
void Compress(std::array<std::uint64_t, 8>& h, const std::uint8_t block[kBlockSize],
              std::uint64_t hashed_bytes, Block last) {
  std::uint64_t m[16];
  for (int i = 0; i < 16; ++i) m[i] = LoadLittleEndian(block + 8 * i);
  std::uint64_t v[16];
  for (std::size_t i = 0; i < 8; ++i) {
    v[i] = h[i];
    v[i + 8] = kIv[i];
  }
  v[12] ^= hashed_bytes;
  if (last == Block::kLast) v[14] = ~v[14];
#pragma GCC unroll 12
  for (const auto& s : kSigma) {
    Mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
    Mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
    Mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
    Mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
    Mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
    Mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
    Mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
    Mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
  }
  for (std::size_t i = 0; i < 8; ++i) h[i] ^= v[i] ^ v[i + 8];
}

}  // namespace

KeyedBlake2b::KeyedBlake2b(ByteView key, const Salt& salt) {
  TS_CHECK(!key.empty() && key.size() <= kMaxKeySize);
  // The parameter block: digest length 64, key length, fan-out 1, depth 1; then the salt.
  for (std::size_t i = 0; i < 8; ++i) after_key_[i] = kIv[i];
  after_key_[0] ^= 0x01010000 ^ (key.size() << 8) ^ kSize;
  after_key_[4] ^= LoadLittleEndian(salt.data());
  after_key_[5] ^= LoadLittleEndian(salt.data() + 8);
  std::uint8_t block[kBlockSize] = {};
  std::memcpy(block, key.data(), key.size());
  of_nothing_ = after_key_;
  Compress(of_nothing_, block, kBlockSize, Block::kLast);
  Compress(after_key_, block, kBlockSize, Block::kMore);
  WipeMemory(block, sizeof block);
}

KeyedBlake2b::KeyedBlake2b(KeyedBlake2b&& other) noexcept
    : after_key_(other.after_key_), of_nothing_(other.of_nothing_) {
  WipeMemory(&other.after_key_, sizeof other.after_key_);
  WipeMemory(&other.of_nothing_, sizeof other.of_nothing_);
}

KeyedBlake2b::~KeyedBlake2b() {
  WipeMemory(&after_key_, sizeof after_key_);
  WipeMemory(&of_nothing_, sizeof of_nothing_);
}

void KeyedBlake2b::Compute(ByteView message, std::uint8_t out[kSize]) const {
  State h = message.empty() ? of_nothing_ : after_key_;
  std::uint64_t hashed = kBlockSize;
  while (message.size() > kBlockSize) {
    hashed += kBlockSize;
    Compress(h, reinterpret_cast<const std::uint8_t*>(message.data()), hashed, Block::kMore);
    message.remove_prefix(kBlockSize);
  }
  if (!message.empty()) {
    std::uint8_t block[kBlockSize] = {};
    std::memcpy(block, message.data(), message.size());
    Compress(h, block, hashed + message.size(), Block::kLast);
  }
  for (std::size_t i = 0; i < kSize; ++i) {
    out[i] = static_cast<std::uint8_t>(h[i / 8] >> (8 * (i % 8)));
  }
}

}  // namespace tallystick::crypto
