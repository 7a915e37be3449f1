// Ed25519 signatures (RFC 8032).
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/domain.h"
#include "crypto/secret.h"

struct evp_pkey_st;

namespace tallystick::crypto {

inline constexpr std::size_t kSignatureSize = 64;

// VerifyKey is a public key that passed FromBytes(). A value type.
//
// Thread safety: const access from any thread.
class VerifyKey {
 public:
  static constexpr std::size_t kSize = 32;

  // FromBytes takes 32 bytes. Refused with kInvalidArgument: another length, a non-canonical
  // encoding, and the points of small order, under which one signature fits many messages. A value
  // that is no point at all is accepted here and verifies nothing.
  static Result<VerifyKey> FromBytes(ByteView bytes);

  ByteView view() const { return {bytes_.data(), kSize}; }

  // Verify checks a signature made by SigningKey::Sign() with the same domain. A bad one is
  // kPermissionDenied "crypto.bad-signature". Cost: about 0.1 ms.
  Status Verify(Domain domain, ByteView message, ByteView signature) const;

  // VerifyRaw checks a signature on exactly `message`. Only for formats of other people that bring
  // their own separation, such as C2SP signed notes.
  Status VerifyRaw(ByteView message, ByteView signature) const;

  friend auto operator<=>(const VerifyKey&, const VerifyKey&) = default;

 private:
  friend class SigningKey;
  VerifyKey() = default;

  std::array<char, kSize> bytes_{};
};

// SigningKey is an Ed25519 private key. Move-only, wiped.
//
// Thread safety: const methods from any thread.
class SigningKey {
 public:
  static SigningKey Generate();
  // FromSeed takes the 32-byte private key of RFC 8032, else kInvalidArgument.
  static Result<SigningKey> FromSeed(ByteView seed);

  // ExposeSeed calls f(ByteView) with the 32-byte seed, which is all there is to store.
  template <class F>
  decltype(auto) ExposeSeed(F&& f) const {
    return seed_.Expose(std::forward<F>(f));
  }

  const VerifyKey& verify_key() const { return verify_key_; }

  // Sign returns the 64-byte signature of lp(domain) ‖ message. Deterministic. Cost: about 35 µs.
  Bytes Sign(Domain domain, ByteView message) const;

  // SignRaw signs exactly `message`: see VerifyKey::VerifyRaw().
  Bytes SignRaw(ByteView message) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };

  explicit SigningKey(SecretBytes<32> seed);

  SecretBytes<32> seed_;
  std::unique_ptr<evp_pkey_st, Free> key_;
  VerifyKey verify_key_;
};

}  // namespace tallystick::crypto
