#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret.h"

namespace tallystick::crypto {

// Aes256Gcm encrypts and authenticates under one key (SP 800-38D). The dangerous misuse is to seal
// twice with one nonce: that reveals both plaintexts and lets anyone forge. Prefer
// SealRandomNonce(), for at most 2^32 messages a key.
//
// Thread safety: const methods from any thread. Move-only.
class Aes256Gcm {
 public:
  static constexpr std::size_t kNonceSize = 12;
  static constexpr std::size_t kTagSize = 16;
  static constexpr std::size_t kMaxPlaintextSize = std::size_t{1} << 30;

  explicit Aes256Gcm(const SecretBytes<32>& key);

  // Seal returns ciphertext ‖ tag. REQUIRES: a 12-byte nonce, a plaintext of at most 1 GiB and as
  // much of `aad`. Cost: about 1 µs and 0.5 ns a byte.
  Bytes Seal(ByteView nonce, ByteView aad, ByteView plaintext) const;

  // AppendSealed is Seal(), appended to `out`. `plaintext` must not be part of `out`.
  void AppendSealed(ByteView nonce, ByteView aad, ByteView plaintext, Bytes& out) const;

  // Open undoes Seal. REQUIRES: a 12-byte nonce. Anything else that is wrong (key, nonce, aad, a
  // flipped bit, a length that cannot be) is the same kInvalidArgument "crypto.aead-open".
  Result<Bytes> Open(ByteView nonce, ByteView aad, ByteView sealed) const;

  // SealRandomNonce returns nonce ‖ ciphertext ‖ tag.
  Bytes SealRandomNonce(ByteView aad, ByteView plaintext) const;
  Result<Bytes> OpenRandomNonce(ByteView aad, ByteView sealed) const;

 private:
  SecretBytes<32> key_;
};

}  // namespace tallystick::crypto
