// The low-level SHA-256 functions, although deprecated, because the EVP ones of OpenSSL 3.0 spend
// more time on allocation and dispatch than on hashing a short message.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash.h"

#include <openssl/sha.h>

#include <new>

#include "base/check.h"

namespace tallystick::crypto {
namespace {

SHA256_CTX* Context(std::array<unsigned char, 112>& state) {
  return std::launder(reinterpret_cast<SHA256_CTX*>(state.data()));
}

}  // namespace

Result<Digest> Digest::FromBytes(ByteView bytes) {
  if (bytes.size() != kSize) {
    return Error(Code::kInvalidArgument, "crypto.digest", "a SHA-256 digest is 32 bytes")
        .With("actual", bytes.size());
  }
  Digest digest;
  std::memcpy(digest.bytes_.data(), bytes.data(), kSize);
  return digest;
}

Result<Digest> Digest::FromHex(std::string_view hex) {
  Bytes bytes;
  if (hex.size() != 2 * kSize || !tallystick::FromHex(hex, &bytes)) {
    return Error(Code::kInvalidArgument, "crypto.digest", "a SHA-256 digest is 64 hex digits");
  }
  return FromBytes(bytes);
}

Digest Sha256(ByteView bytes) {
  Sha256Hasher hasher;
  hasher.Update(bytes);
  return hasher.Finish();
}

Sha256Hasher::Sha256Hasher() {
  static_assert(sizeof(SHA256_CTX) == sizeof(state_) && alignof(SHA256_CTX) <= 8);
  new (state_.data()) SHA256_CTX;
  TS_CHECK(SHA256_Init(Context(state_)) == 1);
}

void Sha256Hasher::Update(ByteView bytes) {
  TS_CHECK(SHA256_Update(Context(state_), bytes.data(), bytes.size()) == 1);
}

Digest Sha256Hasher::Finish() {
  Digest digest;
  TS_CHECK(SHA256_Final(digest.bytes_.data(), Context(state_)) == 1);
  TS_CHECK(SHA256_Init(Context(state_)) == 1);
  return digest;
}

}  // namespace tallystick::crypto
