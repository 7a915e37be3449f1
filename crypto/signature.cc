#include "crypto/signature.h"

#include <cstdint>
#include <string_view>

#include "crypto/internal/openssl.h"

namespace tallystick::crypto {
namespace {

// The y coordinates of the eight points whose order divides 8, little-endian (two points each share
// the third to the fifth). With such a key one signature verifies for many messages.
constexpr std::string_view kSmallOrder[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

// Whether y, the encoding without its sign bit, is 2^255 - 19 or more.
bool IsNonCanonical(ByteView y) {
  if (static_cast<std::uint8_t>(y[0]) < 0xed || y[31] != 0x7f) return false;
  return y.substr(1, 30).find_first_not_of('\xff') == ByteView::npos;
}

bool IsWeak(ByteView bytes) {
  Bytes y(bytes);
  y[31] = static_cast<char>(y[31] & 0x7f);
  if (IsNonCanonical(y)) return true;
  const std::string hex = ToHex(y);
  for (const std::string_view weak : kSmallOrder) {
    if (hex == weak) return true;
  }
  return false;
}

PkeyPtr PrivateKey(const SecretBytes<32>& seed) {
  PkeyPtr key(seed.Expose([](ByteView bytes) {
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Unsigned(bytes), bytes.size());
  }));
  TS_CHECK(key != nullptr);
  return key;
}

Error BadSignature() {
  return Error(Code::kPermissionDenied, "crypto.bad-signature",
               "the signature is not this key's on these bytes");
}

}  // namespace

Result<VerifyKey> VerifyKey::FromBytes(ByteView bytes) {
  if (bytes.size() != kSize || IsWeak(bytes)) {
    return Error(Code::kInvalidArgument, "crypto.verify-key",
                 "not an Ed25519 public key: wrong length, or a weak point");
  }
  VerifyKey key;
  bytes.copy(key.bytes_.data(), kSize);
  return key;
}

Status VerifyKey::Verify(Domain domain, ByteView message, ByteView signature) const {
  return VerifyRaw(domain.Separate(message), signature);
}

Status VerifyKey::VerifyRaw(ByteView message, ByteView signature) const {
  if (signature.size() != kSignatureSize) return BadSignature();
  const ErrorQueueGuard guard;
  const PkeyPtr key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Unsigned(view()), kSize));
  const MdCtxPtr context(EVP_MD_CTX_new());
  if (key == nullptr || context == nullptr ||
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestVerify(context.get(), Unsigned(signature), signature.size(), Unsigned(message),
                       message.size()) != 1) {
    return BadSignature();
  }
  return Ok();
}

void SigningKey::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

SigningKey::SigningKey(SecretBytes<32> seed)
    : seed_(std::move(seed)), key_(PrivateKey(seed_).release()) {
  std::size_t size = VerifyKey::kSize;
  TS_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), Unsigned(verify_key_.bytes_.data()), &size) ==
           1);
  TS_CHECK(size == VerifyKey::kSize);
}

SigningKey SigningKey::Generate() { return SigningKey(SecretBytes<32>::Random()); }

Result<SigningKey> SigningKey::FromSeed(ByteView seed) {
  TS_ASSIGN_OR_RETURN(auto bytes, SecretBytes<32>::FromBytes(seed));
  return SigningKey(std::move(bytes));
}

Bytes SigningKey::Sign(Domain domain, ByteView message) const {
  return SignRaw(domain.Separate(message));
}

Bytes SigningKey::SignRaw(ByteView message) const {
  Bytes signature(kSignatureSize, '\0');
  std::size_t size = signature.size();
  const MdCtxPtr context(EVP_MD_CTX_new());
  TS_CHECK(context != nullptr);
  TS_CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
  TS_CHECK(EVP_DigestSign(context.get(), Unsigned(signature.data()), &size, Unsigned(message),
                          message.size()) == 1);
  TS_CHECK(size == kSignatureSize);
  return signature;
}

}  // namespace tallystick::crypto
