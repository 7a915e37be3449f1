#include "crypto/internal/expand.h"

#include "base/check.h"
#include "crypto/hash.h"

namespace tallystick::crypto {

Bytes ExpandMessageXmd(ByteView message, ByteView dst, std::size_t length) {
  constexpr std::size_t kBlockSize = 64;  // s_in_bytes of SHA-256
  TS_CHECK(!dst.empty() && dst.size() <= 255);
  TS_CHECK(length <= 255 * Digest::kSize);

  Bytes dst_prime(dst);
  dst_prime.push_back(static_cast<char>(dst.size()));
  Bytes length_bytes;
  AppendU16(length_bytes, static_cast<std::uint16_t>(length));

  Sha256Hasher hasher;
  hasher.Update(Bytes(kBlockSize, '\0'));
  hasher.Update(message);
  hasher.Update(length_bytes);
  hasher.Update(ByteView("\0", 1));
  hasher.Update(dst_prime);
  const Digest first = hasher.Finish();

  Bytes out;
  Bytes block(Digest::kSize, '\0');  // b_0 xor b_(i-1), where b_0 xor 0 starts the chain
  for (std::uint8_t i = 1; out.size() < length; ++i) {
    for (std::size_t j = 0; j < Digest::kSize; ++j) {
      block[j] = static_cast<char>(block[j] ^ first.view()[j]);
    }
    hasher.Update(block);
    const char counter = static_cast<char>(i);
    hasher.Update(ByteView(&counter, 1));
    hasher.Update(dst_prime);
    block = hasher.Finish().view();
    out.append(block);
  }
  out.resize(length);
  return out;
}

}  // namespace tallystick::crypto
