#include "crypto/hkdf.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/hash.h"
#include "crypto/hmac.h"

namespace tallystick::crypto {
namespace {

// Writes the output key material to `out`.
void Expand(ByteView prk, ByteView info, char* out, std::size_t length) {
  TS_CHECK(length <= kHkdfMaxLength);
  const HmacSha256 hmac(prk);
  Bytes message;
  message.reserve(Digest::kSize + info.size() + 1);
  Digest block;
  for (unsigned i = 1; length > 0; ++i) {
    message.append(info);
    message.push_back(static_cast<char>(i));
    block = hmac.Compute(message);
    const std::size_t piece = std::min(length, Digest::kSize);
    block.view().copy(out, piece);
    out += piece;
    length -= piece;
    message.assign(block.view());
  }
  Wipe(message);
  WipeMemory(&block, sizeof block);
}

}  // namespace

SecretBytes<32> HkdfExtract(ByteView salt, ByteView ikm) {
  return SecretBytes<32>::Generate([&](char* out) {
    Digest prk = HmacSha256(salt).Compute(ikm);
    prk.view().copy(out, Digest::kSize);
    WipeMemory(&prk, sizeof prk);
  });
}

SecretBytes<32> HkdfExpand(const SecretBytes<32>& prk, ByteView info) {
  return SecretBytes<32>::Generate([&](char* out) {
    prk.Expose([&](ByteView key) { Expand(key, info, out, SecretBytes<32>::kSize); });
  });
}

Bytes HkdfExpandBytes(ByteView prk, ByteView info, std::size_t length) {
  Bytes out(length, '\0');
  Expand(prk, info, out.data(), length);
  return out;
}

}  // namespace tallystick::crypto
