#include "crypto/aead.h"

#include "crypto/internal/openssl.h"
#include "crypto/random.h"

namespace tallystick::crypto {
namespace {

// Fetched once and kept: an implicit fetch costs more than sealing a short message.
const EVP_CIPHER* Cipher() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  TS_CHECK(cipher != nullptr);
  return cipher;
}

Error CannotOpen() {
  return Error(Code::kInvalidArgument, "crypto.aead-open",
               "sealed bytes do not open: altered, or sealed for something else");
}

}  // namespace

Aes256Gcm::Aes256Gcm(const SecretBytes<32>& key)
    : key_(SecretBytes<32>::Generate([&](char* out) {
        key.Expose([&](ByteView bytes) { bytes.copy(out, bytes.size()); });
      })) {}

Bytes Aes256Gcm::Seal(ByteView nonce, ByteView aad, ByteView plaintext) const {
  Bytes out;
  AppendSealed(nonce, aad, plaintext, out);
  return out;
}

void Aes256Gcm::AppendSealed(ByteView nonce, ByteView aad, ByteView plaintext, Bytes& out) const {
  TS_CHECK(nonce.size() == kNonceSize);
  TS_CHECK(plaintext.size() <= kMaxPlaintextSize && aad.size() <= kMaxPlaintextSize);
  const std::size_t start = out.size();
  out.resize(start + plaintext.size() + kTagSize);
  unsigned char* const ciphertext = Unsigned(out.data() + start);

  const CipherCtxPtr context(EVP_CIPHER_CTX_new());
  TS_CHECK(context != nullptr);
  int ok = key_.Expose([&](ByteView key) {
    return EVP_EncryptInit_ex2(context.get(), Cipher(), Unsigned(key), Unsigned(nonce), nullptr);
  });
  int written = 0;
  ok &= EVP_EncryptUpdate(context.get(), nullptr, &written, Unsigned(aad),
                          static_cast<int>(aad.size()));
  ok &= EVP_EncryptUpdate(context.get(), ciphertext, &written, Unsigned(plaintext),
                          static_cast<int>(plaintext.size()));
  ok &= EVP_EncryptFinal_ex(context.get(), ciphertext + plaintext.size(), &written);
  ok &= EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize,
                            ciphertext + plaintext.size());
  TS_CHECK(ok == 1);
}

Result<Bytes> Aes256Gcm::Open(ByteView nonce, ByteView aad, ByteView sealed) const {
  TS_CHECK(nonce.size() == kNonceSize);
  if (sealed.size() < kTagSize || sealed.size() > kMaxPlaintextSize + kTagSize ||
      aad.size() > kMaxPlaintextSize) {
    return CannotOpen();
  }
  const ByteView ciphertext = sealed.substr(0, sealed.size() - kTagSize);
  Bytes tag(sealed.substr(ciphertext.size()));
  Bytes plaintext(ciphertext.size(), '\0');

  const ErrorQueueGuard guard;
  const CipherCtxPtr context(EVP_CIPHER_CTX_new());
  TS_CHECK(context != nullptr);
  int ok = key_.Expose([&](ByteView key) {
    return EVP_DecryptInit_ex2(context.get(), Cipher(), Unsigned(key), Unsigned(nonce), nullptr);
  });
  int written = 0;
  ok &= EVP_DecryptUpdate(context.get(), nullptr, &written, Unsigned(aad),
                          static_cast<int>(aad.size()));
  ok &= EVP_DecryptUpdate(context.get(), Unsigned(plaintext.data()), &written, Unsigned(ciphertext),
                          static_cast<int>(ciphertext.size()));
  ok &= EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data());
  TS_CHECK(ok == 1);
  unsigned char nothing[1];
  if (EVP_DecryptFinal_ex(context.get(), nothing, &written) != 1) {
    Wipe(plaintext);  // unauthenticated
    return CannotOpen();
  }
  return plaintext;
}

Bytes Aes256Gcm::SealRandomNonce(ByteView aad, ByteView plaintext) const {
  Bytes out;
  out.reserve(kNonceSize + plaintext.size() + kTagSize);
  const Bytes nonce = RandomBytes(kNonceSize);
  out.append(nonce);
  AppendSealed(nonce, aad, plaintext, out);
  return out;
}

Result<Bytes> Aes256Gcm::OpenRandomNonce(ByteView aad, ByteView sealed) const {
  if (sealed.size() < kNonceSize) return CannotOpen();
  return Open(sealed.substr(0, kNonceSize), aad, sealed.substr(kNonceSize));
}

}  // namespace tallystick::crypto
