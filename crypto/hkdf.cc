#include "crypto/hkdf.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

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

Bytes HkdfBytes(HkdfHash hash, ByteView salt, ByteView ikm, ByteView info, std::size_t length) {
  TS_CHECK(length <= HkdfMaxLength(hash));
  const EVP_MD* md = hash == HkdfHash::kSha256 ? EVP_sha256() : EVP_sha512();
  const auto hmac = [md](ByteView key, ByteView message) {
    Bytes tag(static_cast<std::size_t>(EVP_MD_get_size(md)), '\0');
    TS_CHECK(HMAC(md, key.data(), static_cast<int>(key.size()),
                  reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                  reinterpret_cast<unsigned char*>(tag.data()), nullptr) != nullptr);
    return tag;
  };
  const Bytes no_salt;  // a key of no bytes, but not a null pointer
  Bytes prk = hmac(salt.empty() ? ByteView(no_salt) : salt, ikm);
  Bytes out;
  out.reserve(length);
  Bytes message;
  for (unsigned i = 1; out.size() < length; ++i) {
    message.append(info);
    message.push_back(static_cast<char>(i));
    Bytes block = hmac(prk, message);
    out.append(block, 0, std::min(block.size(), length - out.size()));
    Wipe(message);
    message = std::move(block);
  }
  Wipe(message);
  Wipe(prk);
  return out;
}

}  // namespace tallystick::crypto
