#include "crypto/secret.h"

#include <openssl/crypto.h>

namespace tallystick::crypto {

void WipeMemory(void* memory, std::size_t size) { OPENSSL_cleanse(memory, size); }

void Wipe(Bytes& bytes) {
  bytes.resize(bytes.capacity());
  WipeMemory(bytes.data(), bytes.size());
  bytes.clear();
}

bool ConstantTimeEqual(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SecretBuffer::SecretBuffer(Bytes&& bytes)
    : bytes_(std::make_unique<char[]>(bytes.size())), size_(bytes.size()) {
  bytes.copy(bytes_.get(), size_);
  Wipe(bytes);
}

SecretBuffer& SecretBuffer::operator=(SecretBuffer&& other) noexcept {
  if (this != &other) {
    WipeMemory(bytes_.get(), size_);
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBuffer::~SecretBuffer() { WipeMemory(bytes_.get(), size_); }

}  // namespace tallystick::crypto
